import { expect, it } from 'vitest';
import { nameText } from '../../../../src/dashboard/text/names.js';

it.each([
  ['node-17', 'node-17'],
  ['дача 3', 'дача 3'],
  ['node\u202e17', 'node\\u{202e}17'],
  ['node\u200b17', 'node\\u{200b}17'],
  ['node\u00a017', 'node\\u{a0}17'],
  ['node 17', 'node 17'],
  ['node17  ', 'node17\\u{20}\\u{20}'],
  [' ', '\\u{20}'],
  ['a\nb', 'a\\u{a}b'],
  ['', '(empty)'],
])('%j is shown as %s', (name, shown) => {
  expect(nameText(name)).toBe(shown);
});
