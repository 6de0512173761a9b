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
  const count = availableParallelism();
  const total = { seeds: 0, failed: 0, virtualMs: 0 };
  const note = ({ seed, virtualMs, breaches, shrunk }: Finding): void => {
    total.seeds += 1;
    total.virtualMs += virtualMs;
    if (breaches.length === 0) return;
    total.failed += 1;
    console.log(`seed ${seed}: ${breaches[0]}`);
    if (shrunk !== undefined) console.log(`  ${shrunk}`);
  };
  await Promise.all(
    Array.from({ length: count }, (_, index) => {
      const workerData = { first: first + index, step: count, until };
      const worker = new Worker(new URL('./search-worker.js', import.meta.url), { workerData });
      let seed = first + index;
      const stuck = setTimeout(() => {
        note({ seed, virtualMs: 0, breaches: [`does not end within ${STUCK_MS / 1000} s`] });
        void worker.terminate();
      }, STUCK_MS);
      worker.on('message', (finding: Finding) => {
        note(finding);
        seed = finding.seed + count;
        stuck.refresh();
      });
      return new Promise((resolve, reject) =>
        worker.on('exit', resolve).on('error', reject),
      ).finally(() => clearTimeout(stuck));
    }),
  );
  const hours = (total.virtualMs / HOUR_MS).toFixed(0);
  console.log(`${total.seeds} seeds from ${first}, ${hours} hours: ${total.failed} failed`);
  return total.failed === 0;
}
