import { describe, expect, it } from 'vitest';
import { Random } from '../../../firmware-sim/random.js';

const some = (random: Random, count = 1000): number[] =>
  Array.from({ length: count }, () => random.fraction());

describe('chance', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(some(new Random(7))).toEqual(some(new Random(7)));
    expect(some(new Random(7))).not.toEqual(some(new Random(8)));
  });

  it('has branches that depend on their name alone', () => {
    const random = new Random(7);
    const before = some(random.branch('a'));
    some(random);
    expect(some(random.branch('a'))).toEqual(before);
    expect(some(random.branch('b'))).not.toEqual(before);
    expect(some(new Random(8).branch('a'))).not.toEqual(before);
  });

  it('is spread evenly', () => {
    const random = new Random(1);
    const fractions = some(random, 20_000);
    const mean = fractions.reduce((sum, one) => sum + one, 0) / fractions.length;
    expect(mean).toBeCloseTo(0.5, 1);
    expect(Math.min(...fractions)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...fractions)).toBeLessThan(1);
    const faces = new Set(Array.from({ length: 200 }, () => random.integer(1, 6)));
    expect(faces).toEqual(new Set([1, 2, 3, 4, 5, 6]));
    expect(random.chance(0)).toBe(false);
    expect(random.chance(1)).toBe(true);
  });

  it('picks each as often as its weight says', () => {
    const random = new Random(2);
    const drawn = Array.from({ length: 4000 }, () =>
      random.weighted([
        [1, 'a'],
        [0, 'b'],
        [3, 'c'],
      ] as const),
    );
    const share = (one: string): number => drawn.filter((other) => other === one).length / 4000;
    expect([share('a'), share('b'), share('c')]).toEqual([
      expect.closeTo(0.25, 1),
      0,
      expect.closeTo(0.75, 1),
    ]);
    const picked = new Set(Array.from({ length: 100 }, () => random.pick(['x', 'y', 'z'])));
    expect(picked).toEqual(new Set(['x', 'y', 'z']));
  });

  it('knows the bell curve', () => {
    const random = new Random(3);
    const values = Array.from({ length: 20_000 }, () => random.normal());
    const within = values.filter((value) => Math.abs(value) < 1).length / values.length;
    expect(within).toBeCloseTo(0.683, 1);
  });
});
