/**
 * The journal: messages for sleeping devices, each waited for before the broker would be acknowledged,
 * and the start with what an earlier run has left.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { JournalProblem } from '../src/store/journal.js';
import type { Driver } from '../src/store/level.js';
import { LevelStore } from '../src/store/level-store.js';
import { IdleThread } from './idle-thread.js';
import { slowDisk } from './slow-disk.js';
import type { Row } from './table.js';

const PAYLOAD = new Uint8Array(100).fill(0x55);
const SECONDS = 3;
/** The quietest counts: what else the machine does can only make a stall longer. */
const ROUNDS = 3;
const OFFERED_PER_SEC = 500;
/** Of the rate that is offered; the rest is what is still under way when the time is over. */
const SUSTAINED = 0.9;
/** Messages are offered this often, so many at a time as it takes. */
const TICK_MS = 10;
/** Messages that wait for their devices; older ones have been delivered and are deleted. */
const BUFFERED = 2000;
/** Messages under way when as many as possible are offered: as many as a broker sends without an answer. */
const WINDOW = 500;
const STALL_TARGET_MS = 20;
/**
 * With everything: its deletion, the head of its batch, the file system's pages, compaction. A card of
 * 8 GB that can be written 3000 times lasts for three years of a hundred such messages each second.
 */
const BYTES_TARGET = 2048;
const SESSIONS = 10_000;
const MESSAGES = 100_000;
const START_TARGET_MS = 3000;
/** Memory at the start, in octets for each octet in the records. */
const MEMORY_TARGET = 8;

interface Result {
  perSec: number;
  stallMs: number;
  /** Of a thread that did nothing meanwhile. */
  idleStallMs: number;
  /** What the kernel sent to the disk, per message. */
  bytes: number;
}

export async function benchJournal(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const slowerByMs of [0, 20, 100]) {
    const disk = slowerByMs === 0 ? 'this disk' : `fsync + ${slowerByMs} ms`;
    const steady = await quietest(slowDisk(slowerByMs), offerSteadily);
    rows.push(
      {
        what: `QoS 1 messages into the journal, ${OFFERED_PER_SEC}/s offered, ${disk}`,
        value: `${steady.perSec.toFixed(0)}/s`,
        target: `≥ ${OFFERED_PER_SEC * SUSTAINED}/s`,
        met: steady.perSec >= OFFERED_PER_SEC * SUSTAINED,
      },
      ...rowsOf(steady, disk),
    );
    const most = await quietest(slowDisk(slowerByMs), offerMost);
    rows.push(
      {
        what: `as many as it takes, ${WINDOW} under way, ${disk}`,
        value: `${most.perSec.toFixed(0)}/s`,
        target: `≥ ${OFFERED_PER_SEC}/s`,
        met: most.perSec >= OFFERED_PER_SEC,
      },
      ...rowsOf(most, disk),
    );
  }
  return [...rows, ...(await benchStart())];
}

async function quietest(driver: Driver, offer: Offer): Promise<Result> {
  const results: Result[] = [];
  for (let round = 0; round < ROUNDS; round++) results.push(await withStore(driver, offer));
  return results.reduce((best, next) => (next.stallMs < best.stallMs ? next : best));
}

function rowsOf({ stallMs, idleStallMs, bytes }: Result, disk: string): Row[] {
  return [
    {
      what: `  longest stall of the event loop, ${disk}`,
      value: `${stallMs.toFixed(1)} ms`,
      yardstick: `${idleStallMs.toFixed(1)} ms, idle thread`,
      target: `< ${STALL_TARGET_MS} ms`,
      met: stallMs < STALL_TARGET_MS,
    },
    {
      what: `  written per message of ${PAYLOAD.length} octets, ${disk}`,
      value: `${bytes.toFixed(0)} octets`,
      target: `< ${BYTES_TARGET} octets`,
      met: bytes < BYTES_TARGET,
    },
  ];
}

/** Resolves to how many messages were committed in time. */
type Offer = (store: LevelStore) => Promise<number>;

/** Sends message after message; `onCommitted` is where the broker would be acknowledged. */
class Sender {
  committed = 0;
  #sent = 0;

  constructor(
    private readonly store: LevelStore,
    private readonly onCommitted: () => void = () => {},
  ) {}

  send(): void {
    const i = this.#sent++;
    this.store.put(keyOf(i), { t: 'sensors/barn/set', p: PAYLOAD, q: 1, r: false, a: i });
    if (i >= BUFFERED) this.store.delete(keyOf(i - BUFFERED));
    this.store.afterCommit(() => {
      this.committed++;
      this.onCommitted();
    });
  }
}

const keyOf = (i: number): string => `d\0device-${i % 100}\0${i.toString().padStart(10, '0')}`;

async function offerSteadily(store: LevelStore): Promise<number> {
  const sender = new Sender(store);
  const begin = performance.now();
  for (let sent = 0; sent < OFFERED_PER_SEC * SECONDS; ) {
    await pause(TICK_MS);
    const due = ((performance.now() - begin) * OFFERED_PER_SEC) / 1000;
    for (; sent < due; sent++) sender.send();
  }
  return sender.committed;
}

async function offerMost(store: LevelStore): Promise<number> {
  let isOver = false;
  const sender = new Sender(store, () => {
    if (!isOver) sender.send();
  });
  for (let i = 0; i < WINDOW; i++) sender.send();
  await pause(SECONDS * 1000);
  isOver = true;
  return sender.committed;
}

async function withStore(driver: Driver, offer: Offer): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-journal-'));
  const store = new LevelStore(folder, { onProblem, driver });
  await store.open();
  const idleThread = new IdleThread();
  await idleThread.longestStallMs();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const writtenBefore = writtenBytes();
  const begin = performance.now();
  delay.enable();
  const committed = await offer(store);
  delay.disable();
  const seconds = (performance.now() - begin) / 1000;
  const idleStallMs = await idleThread.longestStallMs();
  await idleThread.stop();
  await store.close();
  const bytes = (writtenBytes() - writtenBefore) / committed;
  rmSync(folder, { recursive: true });
  return { perSec: committed / seconds, stallMs: delay.max / 1e6, idleStallMs, bytes };
}

/** What this process has caused to be sent to disks (man 5 proc). */
function writtenBytes(): number {
  return Number(/^write_bytes: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

async function benchStart(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-journal-'));
  const earlier = new LevelStore(folder, { onProblem });
  await earlier.open();
  for (let i = 0; i < SESSIONS; i++) {
    earlier.put(`s\0device-${i}`, { state: 'asleep', until: i, address: `10.0.0.1:${i}`, ids: i });
  }
  for (let i = 0; i < MESSAGES; i++) {
    earlier.put(`d\0device-${i % SESSIONS}\0${i.toString().padStart(10, '0')}`, {
      t: 'sensors/barn/set',
      p: PAYLOAD,
      q: 1,
      r: false,
      a: i,
    });
  }
  await earlier.close();
  const stored = earlier.written.bytes;

  globalThis.gc?.();
  const before = usedBytes();
  const begin = performance.now();
  const store = new LevelStore(folder, { onProblem });
  await store.open();
  const records = [...store.take('s'), ...store.take('d')];
  const tookMs = performance.now() - begin;
  globalThis.gc?.();
  const memory = (usedBytes() - before) / stored;
  if (records.length !== SESSIONS + MESSAGES)
    throw new Error(`${records.length} records came back`);
  await store.close();
  rmSync(folder, { recursive: true });
  return [
    {
      what: `start with ${SESSIONS.toLocaleString('en')} sessions and ${MESSAGES.toLocaleString('en')} messages`,
      value: `${tookMs.toFixed(0)} ms`,
      target: `< ${START_TARGET_MS} ms`,
      met: tookMs < START_TARGET_MS,
    },
    {
      what: `  memory for the ${(stored / 2 ** 20).toFixed(0)} MiB of their records`,
      value: `${memory.toFixed(1)} times`,
      target: `< ${MEMORY_TARGET} times`,
      met: memory < MEMORY_TARGET,
    },
  ];
}

function usedBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function onProblem({ problem, detail }: JournalProblem): void {
  throw new Error(`${problem}: ${detail}`);
}
