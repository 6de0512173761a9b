import { expect, it } from 'vitest';
import { CLOSES_WITHIN_MS } from '../../../src/upstream/limits.js';
import { AWAY, GIVEN_UP, LOST } from '../../../src/upstream/reasons.js';
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

it('a connection that ends long after it was asked, or ends over something else, says little of the filter', () => {
  let now = 0;
  const suspects = new Suspects({ ...realTime, nowMs: () => now });
  for (let loss = 0; loss < 7; loss++) {
    const judge = suspects.asks('all');
    now += 2 * CLOSES_WITHIN_MS;
    expect(judge(LOST)).toBe(LOST);
    expect(suspects.asks('all')(AWAY)).toBe(AWAY);
  }
  const judge = suspects.asks('all');
  now += 2 * CLOSES_WITHIN_MS;
  expect(judge(LOST)).toBe(GIVEN_UP);
});
