import { expect, it } from 'vitest';
import { WillWatch } from '../../support/soak/wills.js';

it('a will that is published once for a device that is gone is right', () => {
  const wills = new WillWatch();
  wills.dies('a');
  expect(wills.deadCount).toBe(1);
  expect(wills.isPublished('a')).toBe(false);
  wills.fires('a', 3000);
  expect(wills.isPublished('a')).toBe(true);
  wills.rises('a', 1000);
  expect(wills.breaches).toEqual([]);
  expect(wills.seenCount).toBe(1);
});

it('a will of somebody who is there is wrong', () => {
  const wills = new WillWatch();
  wills.fires('a', 3000);
  expect(wills.breaches).toEqual(['the will of a was published, which had been there ever']);
});

it('a will of somebody who has come back is wrong', () => {
  const wills = new WillWatch();
  wills.dies('a');
  wills.fires('a', 500);
  wills.rises('a', 1000);
  wills.fires('a', 3000);
  expect(wills.breaches).toEqual(['the will of a was published, which had been there for 2000 ms']);
});

it('a will that comes twice is wrong, before its device is back and afterwards', () => {
  const wills = new WillWatch();
  wills.dies('a');
  wills.fires('a', 3000);
  wills.fires('a', 3000);
  wills.rises('a', 1000);
  wills.fires('a', 3000);
  expect(wills.breaches).toHaveLength(2);
});

it('a will that does not come is wrong', () => {
  const wills = new WillWatch();
  wills.dies('a');
  wills.rises('a', 1000);
  expect(wills.breaches).toEqual(['a was gone, and nobody got its will']);
});
