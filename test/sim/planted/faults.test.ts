/** The world is tested by what it finds: a checker that has gone blind leaves a planted fault unnoticed. */
import { beforeAll, expect, it } from 'vitest';
import { CHECKERS } from '../checkers/index.js';
import { storyOf } from '../generate.js';
import { play } from '../world.js';
import { FAULTS } from './faults.js';
import { Plantation } from './plant.js';

const SEEDS_IN_SUITE = 200;

let plantation: Plantation;
beforeAll(async () => {
  plantation = await Plantation.of(FAULTS);
});

it.each(FAULTS)('caught: $name', async (fault) => {
  expect(await plantation.complaint(fault, fault.seed)).toBeDefined();
});

it('every checker is needed by a fault', () => {
  const needed = new Set(FAULTS.map(({ checker }) => checker));
  expect(CHECKERS.map(({ name }) => name).filter((name) => !needed.has(name))).toEqual([]);
});

/** The suite plays those before without any fault. */
const RARE = FAULTS.filter(({ seed }) => seed > SEEDS_IN_SUITE);

it.each(RARE)('what is caught comes from the fault, not without it: $name', async ({ seed }) => {
  expect((await play(storyOf(seed), CHECKERS)).breaches).toEqual([]);
});
