/** Documents that repeat what the code says are made from it; `npm run docs` writes them anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../src/config/parse.js';
import { TRANSITIONS } from '../src/core/session/state.js';
import { MODEM_NAMES } from '../src/modems/registry.js';
import { codesPage } from './support/codes-page.js';
import { drawSessions, insertMade } from './support/figure.js';
import { airTimeTable, dutyCycleTable, modemTable } from './support/radio-tables.js';

const MADE: [what: string, file: string, name: string, make: () => string][] = [
  [
    'the sessions as the transition table has them',
    'ARCHITECTURE.md',
    'sessions',
    () => drawSessions(TRANSITIONS),
  ],
  ['cause and remedy of every code', 'docs/codes.md', 'codes', codesPage],
  ['the facts of each modem', 'README.md', 'modems', modemTable],
  ['what a message costs on the air', 'README.md', 'air time', airTimeTable],
  ['what the law allows', 'README.md', 'duty cycles', dutyCycleTable],
];

describe('documents made from the code', () => {
  it.each(MADE)('show %s (%s)', (_what, file, name, make) => {
    const text = readFileSync(file, 'utf8');
    const made = insertMade(text, name, make());
    if (process.env['UPDATE_DOCS']) writeFileSync(file, made);
    else expect(text).toBe(made);
  });
});

describe('configurations in README.md', () => {
  const readme = readFileSync('README.md', 'utf8');
  const blocks = [...readme.matchAll(/```yaml\n([^]*?)```/g)].map(({ 1: text = '', index }) => ({
    line: readme.slice(0, index).split('\n').length,
    text,
  }));

  it.each(blocks)('are in order (line $line)', ({ text }) => {
    const machine = { env: {}, hostName: 'readme', readFile: () => 'a secret of some length' };
    const { errors, warnings } = parseConfig(text, 'README.md', machine);
    expect({ errors, warnings }).toEqual({ errors: undefined, warnings: [] });
  });

  it('show every kind of modem', () => {
    const shown = blocks.flatMap(({ text }) => [...text.matchAll(/modem: ([\w-]+)/g)]);
    expect(new Set(shown.map(([, modem]) => modem))).toEqual(new Set(MODEM_NAMES));
  });
});
