import { expect, it } from 'vitest';
import { minimal } from './minimal.js';

const numbers = Array.from({ length: 100 }, (_, index) => index);

it.each([
  ['two far from each other', [3, 97]],
  ['two neighbours', [49, 50]],
  ['the last', [99]],
  ['none', []],
  ['all', numbers],
])('what fails because of %s is cut down to that', async (_, culprits) => {
  const fails = async (rest: readonly number[]) => culprits.every((one) => rest.includes(one));
  expect(await minimal(numbers, fails)).toEqual(culprits);
});

it('whatever depends on a number of items keeps no more than that number', async () => {
  const rest = await minimal(numbers, async (some) => some.length >= 7);
  expect(rest).toHaveLength(7);
});

it('a hundred items with two culprits need less than fifty looks', async () => {
  let looks = 0;
  await minimal(numbers, async (rest) => {
    looks += 1;
    return rest.includes(20) && rest.includes(70);
  });
  expect(looks).toBeLessThan(50);
});
