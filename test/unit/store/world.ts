/** Runs of a journal on a disk and in a time of the test's own. */
import { LevelStore } from '../../../src/store/level-store.js';
import { LAZY_COMMIT_MS } from '../../../src/store/limits.js';
import { SimulatedDisk } from '../../support/store/simulated-disk.js';
import { VirtualTime } from './virtual-time.js';

/** A run on an empty disk. */
export async function makeWorld() {
  const time = new VirtualTime();
  const disk = new SimulatedDisk(time);
  const { store, problems } = plugIn(disk, time);
  const opened = store.open();
  await time.advance(disk.latencyMs);
  await opened;
  disk.batchSizes.length = 0;
  return { time, disk, problems, store };
}

/** A disk with one record of an earlier run. */
export async function makeLegacy() {
  const { time, disk, store } = await makeWorld();
  store.put('k\0old', 1);
  await time.advance(LAZY_COMMIT_MS + disk.latencyMs);
  disk.cutPower(false);
  return { time, disk, ...plugIn(disk, time) };
}

export function plugIn(disk: SimulatedDisk, time: VirtualTime) {
  const problems: string[] = [];
  const store = new LevelStore('/journal', {
    driver: disk.plugIn(),
    time,
    onProblem: ({ problem, detail }) => problems.push(`${problem}: ${detail}`),
  });
  return { store, problems };
}

export const kindsOf = (problems: readonly string[]) =>
  problems.map((problem) => problem.split(':')[0]);
export const keysOn = (disk: SimulatedDisk) => [...disk.kept.keys()].sort();
