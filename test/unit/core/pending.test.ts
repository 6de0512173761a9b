import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PendingAnswers } from '../../../src/core/pending.js';

describe('PendingAnswers', () => {
  it('gives each value back once, and never a token twice', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 100 }), (choices) => {
        const pending = new PendingAnswers<object>();
        const open: [number, object][] = [];
        const tokens = new Set<number>();
        for (const choice of choices) {
          if (choice % 2 === 0 || open.length === 0) {
            const value = {};
            const token = pending.add(value);
            expect(tokens.has(token)).toBe(false);
            expect(token).toBeGreaterThan(0);
            tokens.add(token);
            open.push([token, value]);
          } else {
            const [[token, value] = [0, {}]] = open.splice(choice % open.length, 1);
            expect(pending.take(token)).toBe(value);
            expect(pending.take(token)).toBeUndefined();
          }
        }
        for (const [token, value] of open) expect(pending.take(token)).toBe(value);
        for (const token of tokens) expect(pending.take(token)).toBeUndefined();
      }),
      { seed: 3 },
    );
  });

  it.each([0, -1, 1.5, 2 ** 20, Number.NaN, Number.MAX_SAFE_INTEGER])(
    'finds nothing under %s',
    (token) => {
      const pending = new PendingAnswers<object>();
      const taken = pending.add({});
      expect(token === taken ? undefined : pending.take(token)).toBeUndefined();
    },
  );
});
