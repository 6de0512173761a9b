import { expect, it } from 'vitest';
import { GIVEN_UP, LOST } from '../../../src/upstream/reasons.js';
import { Suspects } from '../../../src/upstream/suspects.js';
import { realTime } from '../../../src/upstream/time.js';

it('one loss of the connection counts once, however many have asked for the filter', () => {
  const suspects = new Suspects(realTime);
  const answers = [suspects.asks('all'), suspects.asks('all'), suspects.asks('all')];
  expect(answers.map((judge) => judge(LOST))).toEqual([LOST, LOST, LOST]);
  expect(suspects.has('all')).toBe(true);
  expect(suspects.hasGivenUp('all')).toBe(false);
  expect(suspects.asks('all')(LOST)).toBe(GIVEN_UP);
  expect(suspects.hasGivenUp('all')).toBe(true);
});

it('a filter that is granted is no suspect any more', () => {
  const suspects = new Suspects(realTime);
  expect(suspects.asks('all')(LOST)).toBe(LOST);
  expect(suspects.asks('all')({ granted: 1 })).toEqual({ granted: 1 });
  expect(suspects.has('all')).toBe(false);
  expect(suspects.asks('all')(LOST)).toBe(LOST);
});
