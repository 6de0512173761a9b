/** Plays seeds until its time is over, and tells what came of each. Of each kind of failure it shrinks the first. */
import { parentPort, workerData } from 'node:worker_threads';
import { CHECKERS } from './checkers/index.js';
import { storyOf } from './generate.js';
import { kindOf } from './shrink/complaint.js';
import { fileOf, shrinkToFile } from './shrink/save.js';
import { RUNS_MAX } from './shrink/shrink.js';
import { play } from './world.js';

export interface Finding {
  seed: number;
  virtualMs: number;
  breaches: readonly string[];
  /** What came of shrinking it. */
  shrunk?: string;
}

/** For each story that is shrunk, the end of the search notwithstanding. */
const SHRINK_MS_MAX = 60_000;

const { first, step, until } = workerData as { first: number; step: number; until: number };
const known = new Set<string>();

for (let seed = first; Date.now() < until; seed += step) {
  const { virtualMs, breaches } = await play(storyOf(seed), CHECKERS);
  const finding: Finding = { seed, virtualMs, breaches };
  const shrunk = breaches[0] === undefined ? undefined : await shrinkNew(seed, breaches[0]);
  if (shrunk !== undefined) finding.shrunk = shrunk;
  parentPort?.postMessage(finding);
}

async function shrinkNew(seed: number, breach: string): Promise<string | undefined> {
  const kind = kindOf(breach);
  if (known.has(kind)) return undefined;
  known.add(kind);
  const story = storyOf(seed);
  const end = Date.now() + SHRINK_MS_MAX;
  return shrinkToFile(story, fileOf(story), CHECKERS, {
    runsMax: RUNS_MAX,
    mayGoOn: () => Date.now() < end,
    tell: () => {},
  });
}
