/** Documents that repeat what the code says are made from it; `npm run docs` writes them anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TRANSITIONS } from '../src/core/session/state.js';
import { drawSessions, insertFigure } from './support/figure.js';

const ARCHITECTURE = 'ARCHITECTURE.md';

describe('documents made from the code', () => {
  it('ARCHITECTURE.md draws the sessions as the transition table has them', () => {
    const text = readFileSync(ARCHITECTURE, 'utf8');
    const drawn = insertFigure(text, drawSessions(TRANSITIONS));
    if (process.env['UPDATE_DOCS']) writeFileSync(ARCHITECTURE, drawn);
    else expect(text).toBe(drawn);
  });
});
