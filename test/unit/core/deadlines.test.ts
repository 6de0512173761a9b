import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deadlines, type Timed } from '../../../src/core/deadlines.js';

class Item implements Timed {
  armedAt: number | undefined;
  queuedAt = -1;
}

type Action = { arm: number; at: number } | { disarm: number } | { serve: number };

const ITEMS = 8;
const item = fc.nat(ITEMS - 1);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ arm: item, at: fc.nat(50) }) },
  fc.record({ disarm: item }),
  fc.record({ serve: fc.nat(50) }),
);

describe('Deadlines', () => {
  it('behaves like a list that is searched each time', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const items = Array.from({ length: ITEMS }, () => new Item());
        const deadlines = new Deadlines<Item>();
        const model = new Map<Item, number>();
        const earliest = () => (model.size === 0 ? undefined : Math.min(...model.values()));
        for (const step of actions) {
          if ('arm' in step) {
            const one = items[step.arm] as Item;
            deadlines.arm(one, step.at);
            model.set(one, Math.min(step.at, model.get(one) ?? step.at));
          } else if ('disarm' in step) {
            const one = items[step.disarm] as Item;
            deadlines.disarm(one);
            model.delete(one);
          } else {
            for (
              let due = deadlines.takeDue(step.serve);
              due;
              due = deadlines.takeDue(step.serve)
            ) {
              expect(model.get(due)).toBe(earliest());
              expect(model.get(due)).toBeLessThanOrEqual(step.serve);
              model.delete(due);
            }
            expect(earliest() ?? Number.POSITIVE_INFINITY).toBeGreaterThan(step.serve);
          }
          expect(deadlines.next()).toBe(earliest());
          expect(deadlines.size).toBe(model.size);
        }
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('takes no more room for an item that moves its deadline for ever', () => {
    const deadlines = new Deadlines<Item>();
    const one = new Item();
    for (let now = 0; now < 1000; now++) {
      deadlines.arm(one, now + 1000);
      deadlines.arm(one, now);
      expect(deadlines.takeDue(now)).toBe(one);
      deadlines.arm(one, now + 1000);
    }
    expect(deadlines.size).toBe(1);
  });

  it('refuses a time that is none: it would be due for ever', () => {
    expect(() => new Deadlines<Item>().arm(new Item(), Number.NaN)).toThrow('broken invariant');
  });
});
