/** What is allowed and probably not meant. */
import { expect, it } from 'vitest';
import { formatError } from '../../../src/config/errors.js';
import { parse } from './support.js';

const LONG = 'a'.repeat(16);

const warnings = (http: string): string[] =>
  (
    parse(`http: ${http}
`).warnings ?? []
  ).map(formatError);

it.each([
  [`{ listen: '0.0.0.0:8080', token: short }`, 1],
  [`{ listen: '0.0.0.0:8080', token: ${LONG} }`, 0],
  [`{ listen: '127.0.0.1:8080', token: short }`, 0],
])('of the token of %s: %i', (http, count) => {
  const found = warnings(http);
  expect(found).toHaveLength(count);
  for (const text of found) expect(text).toContain('16 characters');
});
