/**
 * Loaded in front of a program (`node --import warp.mjs program.js`): its clock runs as ever, and
 * leaps ahead when the parent process says `{ leapMs }` over the IPC channel. Timers that are due
 * within a leap fire in their order, each at its own time, with room for what they set off; the answer
 * is `{ leapt: true }`. So a test need not wait, and nothing in the program knows.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { performance } from 'node:perf_hooks';

const require = createRequire(import.meta.url);
const timers = require('node:timers');
const { Socket } = require('node:net');
const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setImmediate: globalThis.setImmediate,
  now: performance.now.bind(performance),
  dateNow: Date.now,
  hrtime: process.hrtime.bind(process),
  bigint: process.hrtime.bigint.bind(process.hrtime),
};
const RealDate = Date;

/** Milliseconds by which the program's clock is ahead. */
let aheadMs = 0;

const now = () => real.now() + aheadMs;

class WarpTimer {
  static pending = new Set();

  constructor(run, delayMs, repeats) {
    this.run = run;
    // Like Node: what is no usable delay is one millisecond.
    this.delayMs = delayMs >= 1 && delayMs <= 0x7fffffff ? delayMs : 1;
    this.repeats = repeats;
    this.isRef = true;
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
    this.real.ref();
    return this;
  }

  unref() {
    this.isRef = false;
    this.real.unref();
    return this;
  }

  hasRef() {
    return this.isRef;
  }
}

const start = (repeats) =>
  function set(run, delayMs, ...given) {
    return new WarpTimer(() => run(...given), delayMs, repeats);
  };

const stop = (timer) => {
  if (timer instanceof WarpTimer) timer.close();
  else real.clearTimeout(timer);
};

const replacements = {
  setTimeout: start(false),
  setInterval: start(true),
  clearTimeout: stop,
  clearInterval: stop,
};
Object.assign(globalThis, replacements);
Object.assign(timers, replacements);

performance.now = now;
process.hrtime = Object.assign(
  (since) => {
    const ns = process.hrtime.bigint() - (since ? BigInt(since[0]) * 10n ** 9n + BigInt(since[1]) : 0n);
    return [Number(ns / 10n ** 9n), Number(ns % 10n ** 9n)];
  },
  { bigint: () => real.bigint() + BigInt(Math.round(aheadMs * 1e6)) },
);
globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [Date.now()] : given));
  }

  static now() {
    return Math.floor(real.dateNow() + aheadMs);
  }
};
syncBuiltinESMExports();

// A leap leaves Nagle's algorithm no time: what is written before it must be under way.
const { connect } = Socket.prototype;
Socket.prototype.connect = function connectAtOnce(...given) {
  return connect.apply(this.setNoDelay(true), given);
};

async function leap(byMs) {
  // What has arrived before the leap is seen before it.
  await roundOfTheLoop();
  const target = now() + byMs;
  for (;;) {
    const due = earliest();
    if (due === undefined || due.dueAt > target) break;
    aheadMs += Math.max(due.dueAt - now(), 0);
    due.fire();
    await roundOfTheLoop();
  }
  aheadMs += Math.max(target - now(), 0);
  for (const timer of WarpTimer.pending) timer.arm();
  await roundOfTheLoop();
}

function earliest() {
  let first;
  for (const timer of WarpTimer.pending) if (!first || timer.dueAt < first.dueAt) first = timer;
  return first;
}

/** Promises, sockets and immediates get their turn; twice, for what the first has set off. */
const roundOfTheLoop = () =>
  new Promise((done) => {
    real.setImmediate(() => real.setImmediate(done));
  });

process.on('message', async ({ leapMs }) => {
  await leap(leapMs);
  process.send({ leapt: true });
});
// The program ends when it would have ended without us.
process.channel?.unref();
