import { expect, it } from 'vitest';
import { CHECKERS } from './checkers/index.js';
import { storyOf } from './generate.js';
import type { Story } from './story.js';
import { play } from './world.js';

it.each([1, 2, 3, 4, 5])('seed %i gives the same run twice, byte for byte', async (seed) => {
  const first = await play(storyOf(seed), CHECKERS);
  // As JSON, because that is how a story is kept.
  const again = JSON.parse(JSON.stringify(storyOf(seed))) as Story;
  const second = await play(again, CHECKERS);
  expect(first.events).toBeGreaterThan(100);
  expect(second.digest).toBe(first.digest);
});

it('another seed gives another run', async () => {
  const [one, other] = [await play(storyOf(6), CHECKERS), await play(storyOf(7), CHECKERS)];
  expect(one.digest).not.toBe(other.digest);
});
