/** How the log looks. */
import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { createLogger } from '../../../src/observe/logger.js';

/** What the logger writes, in one piece. */
async function written(
  format: 'pretty' | 'json',
  message: string,
  more: object = {},
): Promise<string> {
  let text = '';
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  const log = await createLogger({ level: 'info', format }, stream);
  log.info({ code: 'SESSION_ACTIVE', client: message, link: 'lan', ...more }, message);
  await new Promise((resolve) => setImmediate(resolve));
  return stripVTControlCharacters(text);
}

it.each(['pretty', 'json'] as const)(
  '%s: an event is one line, with what belongs to it',
  async (format) => {
    const text = await written(format, 'dev1 is ACTIVE (connected)');
    expect(text.trimEnd().split('\n')).toHaveLength(1);
    expect(text).toContain('dev1 is ACTIVE (connected)');
    expect(text).toMatch(/"code":"SESSION_ACTIVE".*"link":"lan"/);
  },
);

it.each(['pretty', 'json'] as const)('%s: an error is in it, with its stack', async (format) => {
  const text = await written(format, 'a bug', { error: new TypeError('not\na session').stack });
  expect(text.trimEnd().split('\n')).toHaveLength(1);
  expect(text).toMatch(/"error":"TypeError: not\\na session.*logger\.test\.ts/);
});

it.each(['pretty', 'json'] as const)('%s: no name makes a line of its own', async (format) => {
  const text = await written(format, 'dev\nINFO: forged\r is ACTIVE');
  expect(text.trimEnd().split(/[\n\r]/)).toHaveLength(1);
  if (format === 'json') return;
  const odd = await written(format, 'a\u0085FAKE \u009b2J\u202e\u2028');
  expect(odd).not.toMatch(/[\u0085\u009b\u202e\u2028]/);
  expect(odd).toContain('\\u{9b}2J');
});
