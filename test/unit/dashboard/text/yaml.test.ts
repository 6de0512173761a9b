import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { yamlText } from '../../../../src/dashboard/text/yaml.js';

it.each([
  [{ a: 1, b: { c: 'x y', d: [] } }, 'a: 1\nb:\n  c: x y\n  d: []'],
  [[{ name: 'lan', keys: ['a'] }], '- name: lan\n  keys:\n    - a'],
  [
    { a: 'true', b: '***', c: '0x1', d: '', e: null },
    'a: "true"\nb: "***"\nc: "0x1"\nd: ""\ne: null',
  ],
])('%j is as people write it', (value, text) => {
  expect(yamlText(value)).toBe(text);
});

it('whatever a configuration has in it, what is shown means the same', () => {
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.string(),
      fc.constantFrom('true', 'No', 'null', '~', '- a', 'a: b', 'a #b', ' a', 'a ', '1e3', '0o7'),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.stringMatching(/^[a-z_]{1,9}$/), tie('value'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(value, (one) => {
      expect(parse(yamlText(one))).toEqual(one);
    }),
  );
});
