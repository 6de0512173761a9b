import { expect, it } from 'vitest';
import { Chance } from '../../support/crash/chance.js';
import { planStrikes, tell } from '../../support/crash/strikes.js';

const plan = (seed: number): string[] =>
  planStrikes(new Chance(seed), 100, ['gateway', 'broker', 'both']).map(tell);

it('the same seed gives the same strikes, another one others', () => {
  expect(plan(7)).toEqual(plan(7));
  expect(plan(7)).not.toEqual(plan(8));
});

it('every victim is struck, at times and at frames, and the gateway also while it starts', () => {
  const text = plan(1).join('\n');
  for (const part of [
    'gateway, ',
    'broker, ',
    'both, ',
    'after start',
    'after ready',
    'after up',
    'at the next',
  ]) {
    expect(text).toContain(part);
  }
});

it('branches of one seed differ, and do not depend on each other', () => {
  const numbers = (chance: Chance): number[] =>
    Array.from({ length: 5 }, () => chance.integer(1, 1000));
  const root = new Chance(1);
  const first = numbers(root.branch('a'));
  expect(numbers(root.branch('b'))).not.toEqual(first);
  expect(numbers(root.branch('a'))).toEqual(first);
});
