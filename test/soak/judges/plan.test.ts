import { expect, it } from 'vitest';
import { Chance } from '../../support/crash/chance.js';
import { planBlows } from '../../support/soak/plan.js';

const MINUTE_MS = 60_000;

it('the same seed gives the same blows, another one others', () => {
  const plan = (seed: number) => planBlows(new Chance(seed), 10 * MINUTE_MS);
  expect(plan(1)).toEqual(plan(1));
  expect(plan(1)).not.toEqual(plan(2));
});

it('each victim is struck in a run of any length, and the gateway is left alone in most of it', () => {
  for (const minutes of [0.1, 1, 5, 60]) {
    for (let seed = 1; seed <= 20; seed++) {
      const durationMs = minutes * MINUTE_MS;
      const blows = planBlows(new Chance(seed), durationMs);
      expect(new Set(blows.map(({ victim }) => victim)).size).toBe(3);
      const kills = blows.filter(({ victim }) => victim === 'gateway');
      expect(kills.at(-1)?.atMs).toBeLessThan(durationMs * 0.4);
    }
  }
});
