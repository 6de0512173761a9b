import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { registerTopics } from '../../../src/cli/topics.js';
import { cHeader } from '../../../src/config/c-header.js';
import { runCommand } from './test-terminal.js';

const folder = mkdtempSync(join(tmpdir(), 'mqttsn-topics-'));
const file = join(folder, 'gateway.yaml');

afterEach(() => {
  process.exitCode = undefined;
});
afterAll(() => rmSync(folder, { recursive: true }));

const CONFIG = `topics:
  predefined:
    - { id: 1, topic: 'sensors/\${clientId}/temperature' }
    - { id: 2, topic: doors/state, clients: ['door-*', gate] }
`;

async function exported(config: string, ...args: string[]) {
  writeFileSync(file, config);
  const { output, errors, exitCode } = await runCommand(registerTopics, [
    ...['topics', 'export', '-c', file],
    ...args,
  ]);
  return { output, errors, exitCode: exitCode ?? process.exitCode ?? 0 };
}

describe('topics export', () => {
  it('gives a header for C', async () => {
    expect(await exported(CONFIG, '--c-header')).toEqual({
      output: `/* Predefined topics, made by \`mqttsn-gateway topics export --c-header\`: change the configuration of the gateway, not this. */
#ifndef MQTTSN_TOPICS_H
#define MQTTSN_TOPICS_H

/* sensors/\${clientId}/temperature, for all devices */
#define MQTTSN_TOPIC_SENSORS_TEMPERATURE 1

/* doors/state, for door-*, gate */
#define MQTTSN_TOPIC_DOORS_STATE 2

#endif
`,
      errors: '',
      exitCode: 0,
    });
  });

  it('gives JSON', async () => {
    const { output } = await exported(CONFIG, '--json');
    expect(JSON.parse(output)).toEqual([
      { id: 1, topic: 'sensors/${clientId}/temperature' },
      { id: 2, topic: 'doors/state', clients: ['door-*', 'gate'] },
    ]);
  });

  it('without topics both are empty', async () => {
    expect((await exported('', '--json')).output).toBe('[]\n');
    expect((await exported('', '--c-header')).output).not.toContain('TOPIC_');
  });

  it.each([[[]], [['--json', '--c-header']]])('%j is wrong usage', async (args) => {
    const { errors, exitCode } = await exported(CONFIG, ...args);
    expect([errors, exitCode]).toEqual(['error: choose --c-header or --json\n', 64]);
  });

  it('a configuration with mistakes is refused with them', async () => {
    const { output, errors, exitCode } = await exported('topics: { predefind: [] }\n', '--json');
    expect([output, exitCode]).toEqual(['', 78]);
    expect(errors).toContain('did you mean "predefined"?');
  });
});

describe('names in the header', () => {
  const namesOf = (...topics: [id: number, topic: string][]): string[] =>
    [...cHeader(topics.map(([id, topic]) => ({ id, topic }))).matchAll(/#define (\S+) \d+/g)].map(
      ([, name = '']) => name.replace('MQTTSN_TOPIC_', ''),
    );

  it.each<[[number, string][], string[]]>([
    [[[1, 'a/b-c/d']], ['A_B_C_D']],
    [[[7, '\u4f60']], ['7']],
    [
      [
        [1, 'a/b'],
        [2, 'a-b'],
        [3, 'c'],
      ],
      ['A_B_1', 'A_B_2', 'C'],
    ],
    [
      [
        [1, 'a/b'],
        [1, 'a-b'],
        [3, 'a/b/1'],
      ],
      ['A_B_1', 'A_B_1_2', 'A_B_1_3'],
    ],
  ])('of %j are %j', (topics, names) => {
    expect(namesOf(...topics)).toEqual(names);
  });

  it('are different, names of C, and comments end where they should, whatever the topics', () => {
    const topic = fc.string({
      unit: fc.constantFrom('a', 'B', '1', '_', '/', '*', '\n', '\\', '\u00e9'),
    });
    const entry = fc.record({ id: fc.integer({ min: 1, max: 3 }), topic });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), (topics) => {
        const text = cHeader(topics);
        const code = text.replace(/\/\*[^]*?\*\//g, '');
        const names = [...code.matchAll(/^#define (MQTTSN_TOPIC_[A-Z0-9_]+) [1-3]$/gm)];
        expect(new Set(names.map(([, name]) => name)).size).toBe(topics.length);
        const rest = code.replace(/^#(define|ifndef|endif).*$/gm, '').trim();
        expect(rest).toBe('');
        expect(text).not.toMatch(/\\\n/);
      }),
    );
  });
});
