import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SECTIONS } from '../../support/codes-page.js';

const ROWS = SECTIONS.flatMap(([, rows]) => Object.entries(rows));
const CODES = ROWS.map(([code]) => code);

/** What the gateway is made of, beside the table, without the members of union types. */
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.includes('observe/codes/'))
  .map((path) => readFileSync(`src/${path}`, 'utf8').replaceAll(/^\s*\| .*$/gm, ''))
  .join('\n');

describe('the table of codes', () => {
  it('has every code that is written into the source', () => {
    // Codes of the system, as ETIMEDOUT, are single words.
    const written = [...sources.matchAll(/\bcode: '([A-Z]+(?:_[A-Z]+)+)'/g)].map(
      ([, code]) => code,
    );
    expect(written.length).toBeGreaterThan(25);
    expect(written.filter((code) => !CODES.includes(code ?? ''))).toEqual([]);
  });

  it('has no row for what nobody writes', () => {
    // The compiler sees to those that are made of reasons, requests and states.
    const made = /^(?:DROP|SESSION|REFUSED|DELIVERY_PAUSED)_/;
    const literal = CODES.filter((code) => !made.test(code));
    expect(literal.filter((code) => !sources.includes(`'${code}'`))).toEqual([]);
  });

  it('has each code once, with a cause and a remedy in sentences that fit into a cell', () => {
    expect(new Set(CODES).size).toBe(CODES.length);
    for (const [code, { cause, remedy }] of ROWS) {
      expect(code).toMatch(/^[A-Z]+(?:_[A-Z]+)*$/);
      for (const text of [cause, remedy]) expect(text, code).toMatch(/^[A-Z`][^|\n]*\.$/);
    }
  });
});
