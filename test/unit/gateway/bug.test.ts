import { expect, it } from 'vitest';
import { tellBug } from '../../../src/gateway/bug.js';
import { LogBook } from '../../../src/observe/log-book.js';

/** The fields of the line that a bug makes. */
function told(
  ...bug: [error: unknown, input?: Parameters<typeof tellBug>[2]]
): Record<string, unknown> {
  const book = new LogBook(() => 0);
  const error = (fields: object, message: string): void =>
    void book.add({ code: 'INTERNAL_ERROR', level: 'error', message }, { ...fields });
  tellBug({ error }, ...bug);
  const [entry] = book.entries({ level: 'error', after: 0, limit: 9 });
  return { ...entry?.details };
}

it('a bug is told with its stack, and the input that led to it as a trace has it', () => {
  const data = Buffer.from('051800', 'hex');
  const { error, input } = told(new TypeError('no session'), {
    kind: 'datagram',
    link: 'lan',
    address: 'A',
    data,
  });
  expect(error).toMatch(/^TypeError: no session\n.*bug\.test\.ts/);
  expect(input).toBe('{"kind":"datagram","link":"lan","address":"A","data":{"$hex":"051800"}}');
});

it('what is no error, and what came from nowhere, is told, too', () => {
  expect(told('a word')).toMatchObject({ error: "'a word'" });
  expect(told(Object.create(null))).toMatchObject({ error: '[Object: null prototype] {}' });
  const caused = new Error('outer', { cause: new Error('inner') });
  expect(told(caused)['error']).toMatch(/outer[^]*inner/);
  expect(told(undefined)).toMatchObject({ error: 'undefined' });
  expect(told('a word')).not.toHaveProperty('input');
});

it('what is kept of it is bounded', () => {
  const data = new Uint8Array(60_000);
  const { error, input } = told('x'.repeat(60_000), {
    kind: 'datagram',
    link: 'l',
    address: 'A',
    data,
  });
  expect([String(error).length, String(input).length]).toEqual([4000, 4000]);
});
