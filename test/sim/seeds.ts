import { expect, it } from 'vitest';
import { CHECKERS } from './checkers/index.js';
import { storyOf } from './generate.js';
import { play } from './world.js';

/** One test for each seed. They are spread over files because those run side by side. */
export function playSeeds(from: number, to: number): void {
  const seeds = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  it.each(seeds)('nothing wrong is found in the world of seed %i', async (seed) => {
    const { breaches, lastEvents } = await play(storyOf(seed), CHECKERS);
    const hint = `npm run sim -- --seed ${seed}\n${lastEvents.join('\n')}\n`;
    expect(breaches, hint).toEqual([]);
  });
}
