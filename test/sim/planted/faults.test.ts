/** The world is tested by what it finds: a checker that has gone blind leaves a planted fault unnoticed. */
import { expect, it } from 'vitest';
import { FAULTS } from './faults.js';
import { complaint, plant } from './plant.js';

it.each(FAULTS)('caught: $name', async (fault) => {
  expect(await complaint(await plant(fault), fault, fault.seed)).toBeDefined();
});
