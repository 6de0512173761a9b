/**
 * Loaded in front of a program (`node --import warp.mjs program.js`): its clock runs as ever, and
 * leaps ahead when the parent process says `{ leapMs }` over the IPC channel. Timers that are due
 * within a leap fire in their order, each at its own time, with room for what they set off; the answer
 * is `{ leapt: true }`. So a test need not wait, and nothing in the program knows.
 *
 * Not moved: node:timers/promises, AbortSignal.timeout and the timeouts inside Node.
 */
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import timers from 'node:timers';

/** @typedef {(...given: unknown[]) => void} Callback */

const NANOSECONDS_PER_SEC = 1_000_000_000n;
/** Beyond it Node takes a delay for 1 ms. */
const DELAY_MS_MAX = 0x7fffffff;

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setImmediate: globalThis.setImmediate,
  now: performance.now.bind(performance),
  dateNow: Date.now,
  hrtime: process.hrtime.bigint.bind(process.hrtime),
};

/** Milliseconds by which the program's clock is ahead. */
let aheadMs = 0;

const now = () => real.now() + aheadMs;

/** What setTimeout and setInterval return. */
class WarpTimer {
  /** @type {Set<WarpTimer>} */
  static pending = new Set();
  /** @type {NodeJS.Timeout | undefined} */
  real;
  dueAt = 0;
  isRef = true;

  /**
   * @param {() => void} run
   * @param {number} delayMs
   * @param {boolean} repeats
   */
  constructor(run, delayMs, repeats) {
    this.run = run;
    this.delayMs = delayMs >= 1 && delayMs <= DELAY_MS_MAX ? delayMs : 1;
    this.repeats = repeats;
    this.refresh();
  }

  refresh() {
    this.dueAt = now() + this.delayMs;
    WarpTimer.pending.add(this);
    return this.arm();
  }

  /** Sets the real timer for what is left. */
  arm() {
    real.clearTimeout(this.real);
    this.real = real.setTimeout(() => this.fire(), Math.max(this.dueAt - now(), 1));
    if (!this.isRef) this.real.unref();
    return this;
  }

  fire() {
    this.close();
    if (this.repeats) this.refresh();
    this.run();
  }

  close() {
    real.clearTimeout(this.real);
    WarpTimer.pending.delete(this);
    return this;
  }

  ref() {
    this.isRef = true;
    this.real?.ref();
    return this;
  }

  unref() {
    this.isRef = false;
    this.real?.unref();
    return this;
  }

  hasRef() {
    return this.isRef;
  }
}

/** @param {boolean} repeats */
function starter(repeats) {
  /**
   * @param {Callback} run
   * @param {number} delayMs
   * @param {unknown[]} given
   */
  return (run, delayMs, ...given) => new WarpTimer(() => run(...given), delayMs, repeats);
}

/** @param {WarpTimer | undefined} timer */
function stop(timer) {
  if (timer instanceof WarpTimer) timer.close();
  else real.clearTimeout(timer);
}

const replacements = {
  setTimeout: starter(false),
  setInterval: starter(true),
  clearTimeout: stop,
  clearInterval: stop,
};
Object.assign(globalThis, replacements);
Object.assign(timers, replacements);

performance.now = now;
process.hrtime = Object.assign(hrtime, {
  bigint: () => real.hrtime() + BigInt(Math.round(aheadMs * 1e6)),
});
Date.now = () => Math.floor(real.dateNow() + aheadMs);
globalThis.Date = new Proxy(Date, {
  construct: (target, given) =>
    /** @type {Date} */ (Reflect.construct(target, given.length > 0 ? given : [Date.now()])),
});
syncBuiltinESMExports();

/**
 * @param {[number, number]} [since]
 * @returns {[number, number]}
 */
function hrtime(since = [0, 0]) {
  const start = BigInt(since[0]) * NANOSECONDS_PER_SEC + BigInt(since[1]);
  const elapsed = process.hrtime.bigint() - start;
  return [Number(elapsed / NANOSECONDS_PER_SEC), Number(elapsed % NANOSECONDS_PER_SEC)];
}

// A leap leaves Nagle's algorithm no time: what is written before it must be under way.
const { prototype } = Socket;
Object.assign(prototype, {
  connect: new Proxy(/** @type {() => Socket} */ (Reflect.get(prototype, 'connect')), {
    /**
     * @param {Socket} socket
     * @param {[]} given
     */
    apply: (target, socket, given) => Reflect.apply(target, socket.setNoDelay(true), given),
  }),
});

/** @param {number} byMs */
async function leap(byMs) {
  // What has arrived before the leap is seen before it.
  await roundOfTheLoop();
  const target = now() + byMs;
  for (let due = earliest(); due !== undefined && due.dueAt <= target; due = earliest()) {
    aheadMs += Math.max(due.dueAt - now(), 0);
    due.fire();
    await roundOfTheLoop();
  }
  aheadMs += Math.max(target - now(), 0);
  for (const timer of WarpTimer.pending) timer.arm();
  await roundOfTheLoop();
}

function earliest() {
  /** @type {WarpTimer | undefined} */
  let first;
  for (const timer of WarpTimer.pending) {
    if (first === undefined || timer.dueAt < first.dueAt) first = timer;
  }
  return first;
}

/** Promises, sockets and immediates get their turn; twice, for what the first has set off. */
async function roundOfTheLoop() {
  for (let turn = 0; turn < 2; turn++) await new Promise((done) => real.setImmediate(done));
}

process.on('message', (/** @type {{ leapMs: number }} */ { leapMs }) => {
  void leap(leapMs).then(() => process.send?.({ leapt: true }));
});
// The program ends when it would have ended without us.
process.channel?.unref();
