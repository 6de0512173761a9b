/** Searches one target in a thread of its own, so that somebody is left to see when it hangs. */
import { parentPort, workerData } from 'node:worker_threads';
import { search } from './search.js';
import { TARGETS } from './targets/index.js';
import { CURRENT_HEAD_BYTES, type Task, type Told } from './task.js';

const task = workerData as Task;
const head = new Uint32Array(task.current, 0, 2);
const body = new Uint8Array(task.current, CURRENT_HEAD_BYTES);
const target = TARGETS.find(({ name }) => name === task.target);
if (target === undefined) throw new Error(`there is no target ${task.target}`);

const tell = (told: Told): void => parentPort?.postMessage(told);

const result = await search(target, {
  seed: task.seed,
  untilMs: performance.now() + task.seconds * 1000,
  onRun: (input) => {
    body.set(input);
    head[0] = input.length;
    Atomics.add(head, 1, 1);
  },
  onFinding: (input, what) => tell({ kind: 'finding', input, what }),
});
tell({ kind: 'done', result });
// A server that a target has started would keep the thread alive.
process.exit();
