/** The world is tested by what it finds: a checker that has gone blind leaves a planted fault unnoticed. */
import { beforeAll, expect, it } from 'vitest';
import { CHECKERS } from '../checkers/index.js';
import { FAULTS } from './faults.js';
import { Plantation } from './plant.js';

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

it('what is caught comes from the fault: without it the suite plays each seed and hears no complaint', () => {
  for (const { name, seed } of FAULTS) expect(seed, name).toBeLessThanOrEqual(200);
});
