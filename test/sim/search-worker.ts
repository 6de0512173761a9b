/** Plays seeds until its time is over, and tells what came of each. */
import { parentPort, workerData } from 'node:worker_threads';
import { CHECKERS } from './checkers/index.js';
import { storyOf } from './generate.js';
import { play } from './world.js';

export interface Finding {
  seed: number;
  virtualMs: number;
  breaches: readonly string[];
}

const { first, step, until } = workerData as { first: number; step: number; until: number };
for (let seed = first; Date.now() < until; seed += step) {
  const { virtualMs, breaches } = await play(storyOf(seed), CHECKERS);
  parentPort?.postMessage({ seed, virtualMs, breaches } satisfies Finding);
}
