/** Looks for failing seeds, on all cores: each worker plays one new seed after the other. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Finding } from './search-worker.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** A story takes seconds, and its shrinking a minute: one that takes longer than this does not come to an end. */
const STUCK_MS = 5 * MINUTE_MS;

/** Returns whether nothing was found. */
export async function search(minutes: number): Promise<boolean> {
  const until = Date.now() + minutes * MINUTE_MS;
  const first = Date.now() % 1_000_000_000;
  const total = { seeds: 0, failed: 0, virtualMs: 0 };
  const note = ({ seed, virtualMs, breaches, shrunk }: Finding): void => {
    total.seeds += 1;
    total.virtualMs += virtualMs;
    if (breaches.length === 0) return;
    total.failed += 1;
    console.log(`seed ${seed}: ${breaches[0]}`);
    if (shrunk !== undefined) console.log(`  ${shrunk}`);
  };
  const step = availableParallelism();
  const searches = Array.from({ length: step }, async (_, index) => {
    let next = first + index;
    // A worker with a story that does not come to its end is given up, and another one goes on behind it.
    do next = await searchFrom({ first: next, step, until }, note);
    while (Date.now() < until);
  });
  await Promise.all(searches);
  const hours = (total.virtualMs / HOUR_MS).toFixed(0);
  console.log(`${total.seeds} seeds from ${first}, ${hours} hours: ${total.failed} failed`);
  return total.failed === 0;
}

interface Share {
  first: number;
  step: number;
  until: number;
}

/** One worker, until the time is over or it is stuck; returns the seed after the last one that it has begun. */
async function searchFrom(share: Share, note: (finding: Finding) => void): Promise<number> {
  const worker = new Worker(new URL('./search-worker.js', import.meta.url), { workerData: share });
  let seed = share.first;
  const stuck = setTimeout(() => {
    note({ seed, virtualMs: 0, breaches: [`does not end within ${STUCK_MS / 1000} s`] });
    seed += share.step;
    void worker.terminate();
  }, STUCK_MS);
  worker.on('message', (finding: Finding) => {
    note(finding);
    seed = finding.seed + share.step;
    stuck.refresh();
  });
  await new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject)).finally(
    () => clearTimeout(stuck),
  );
  return seed;
}
