/**
 * `npm run fuzz`: searches for inputs that break a promise, all targets or those that are named, for
 * some minutes each. What it finds comes to test/fuzz/findings, and `npm test` runs it from then on.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { keep } from './corpus.js';
import type { SearchResult } from './search.js';
import type { Target } from './target.js';
import { TARGETS } from './targets/index.js';
import { CURRENT_HEAD_BYTES, type Task, type Told } from './task.js';

/** A run that takes longer does not end. */
const PATIENCE_MS = 20_000;
const SEEDS = 2 ** 32;

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true, default: TARGETS.map(({ name }) => name) },
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * SEEDS)) },
  },
});
const chosen = values.target.map((name) => {
  const target = TARGETS.find((one) => one.name === name);
  if (target !== undefined) return target;
  const names = TARGETS.map((one) => one.name).join(', ');
  console.error(`there is no target ${name}; there are ${names}`);
  process.exit(64);
});
const seconds = Number(values.minutes) * 60;
const seed = Number(values.seed);
if (!(seconds > 0) || !Number.isInteger(seed)) {
  console.error('--minutes and --seed are numbers');
  process.exit(64);
}

console.log(`seed ${seed}, ${seconds} s for each of ${chosen.map(({ name }) => name).join(', ')}`);
let findings = 0;
const waiting = [...chosen];
await Promise.all(Array.from({ length: availableParallelism() }, work));
process.exitCode = findings > 0 ? 1 : 0;

async function work(): Promise<void> {
  for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
    await searchApart(target);
  }
}

async function searchApart(target: Target): Promise<void> {
  const current = new SharedArrayBuffer(CURRENT_HEAD_BYTES + 2 * target.bytesMax + 0xffff);
  const workerData: Task = { target: target.name, seed, seconds, current };
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData });
  const guard = guardOf(target, current, worker);
  await new Promise<void>((resolve) => {
    worker.on('message', (told: Told) => {
      if (told.kind === 'finding') report(target, told.input, told.what);
      else console.log(summaryOf(target, told.result));
    });
    worker.on('error', (error) => {
      findings += 1;
      console.error(`${target.name}: the search itself failed: ${error.stack}`);
    });
    worker.on('exit', () => resolve());
  });
  clearInterval(guard);
}

/** Ends a search whose run does not. */
function guardOf(target: Target, current: SharedArrayBuffer, worker: Worker): NodeJS.Timeout {
  const head = new Uint32Array(current, 0, 2);
  let runs = 0;
  return setInterval(() => {
    const now = Atomics.load(head, 1);
    if (now === runs) {
      const input = new Uint8Array(current, CURRENT_HEAD_BYTES, head[0]).slice();
      report(target, input, `does not end within ${PATIENCE_MS / 1000} s`);
      void worker.terminate();
    }
    runs = now;
  }, PATIENCE_MS);
}

function report(target: Target, input: Uint8Array, what: string): void {
  findings += 1;
  console.error(`\n${target.name}: ${what}\n  kept as ${keep('findings', target.name, input)}`);
}

function summaryOf({ name }: Target, result: SearchResult): string {
  const { runs, seconds: took, blocks, corpus } = result;
  const rate = Math.round(runs / took);
  return `${name}: ${runs} runs, ${rate} in a second, ${blocks} blocks, corpus of ${corpus}, ${result.findings} findings`;
}
