/**
 * The event loop of the gateway's process, on virtual time. While it is installed, the process's timers, clocks
 * and chance are the simulation's, for MQTT.js as well as for us. Promises and ticks stay Node's own: between
 * two events they run until none is left, so their order is a matter of the code alone.
 *
 * What is called while no simulation runs is the real thing: modules keep functions that they have
 * taken at their start.
 */
import type { Random } from '../../firmware-sim/random.js';
import type { VirtualTimeline } from '../../firmware-sim/virtual-timeline.js';

/** More immediates without time passing are a loop. */
const IMMEDIATES_MAX = 1_000_000;

/** Beyond it Node takes a delay for 1 ms. */
const DELAY_MS_MAX = 0x7fffffff;

const real = {
  setTimeout: globalThis.setTimeout,
  setInterval: globalThis.setInterval,
  setImmediate: globalThis.setImmediate,
  clearTimeout: globalThis.clearTimeout,
  clearInterval: globalThis.clearInterval,
  clearImmediate: globalThis.clearImmediate,
  now: performance.now.bind(performance),
  dateNow: Date.now,
  random: Math.random,
};

type Call = (...given: unknown[]) => void;

let current: Loop | undefined;

export interface LoopSetup {
  timeline: VirtualTimeline;
  /** The process's own stream. */
  random: Random;
  wallMs: () => number;
  /** Something was thrown that nobody caught: Node would end the process. */
  onError: (error: unknown) => void;
}

export class Loop {
  private immediates: Immediate[] = [];
  private readonly timers = new Set<Timer>();
  /** Gateway code has run, and promises of it may be waiting. */
  private isTouched = true;
  private isStopped = false;

  constructor(readonly setup: LoopSetup) {}

  /** To be told whenever something of the world calls the gateway. */
  touch(): void {
    this.isTouched = true;
  }

  /** Everything up to this time happens, each event with all that it sets off. */
  async run(untilMs: number): Promise<void> {
    const { timeline } = this.setup;
    for (;;) {
      await this.settle();
      if (this.isStopped) return;
      const next = timeline.nextTime();
      if (next === undefined || next > untilMs) break;
      this.guard(() => timeline.step());
    }
    timeline.run(untilMs);
  }

  /** Nothing more happens once the present moment is over. */
  stop(): void {
    this.isStopped = true;
  }

  /** The process is dead: nothing that it has begun goes on. */
  forget(): void {
    for (const timer of [...this.timers]) timer.close();
    this.immediates = [];
  }

  after(delayMs: number, repeats: boolean, call: () => void): Timer {
    return new Timer(this.setup.timeline, this.timers, delayMs, repeats, () => {
      this.isTouched = true;
      call();
    });
  }

  soon(call: () => void): Immediate {
    const immediate = new Immediate(call);
    this.immediates.push(immediate);
    return immediate;
  }

  /** Promises and ticks, then the next immediate in a turn of its own, until there is none. */
  private async settle(): Promise<void> {
    for (let count = 0; ; count++) {
      if (count > IMMEDIATES_MAX) throw new Error('the gateway does not come to rest');
      if (this.isTouched) await new Promise((done) => real.setImmediate(done));
      this.isTouched = false;
      const next = this.immediates.shift();
      if (next === undefined) return;
      this.isTouched = true;
      this.guard(() => next.call?.());
    }
  }

  private guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.setup.onError(error);
    }
  }
}

/** Puts the loop in place of the process's own. One at a time; returns what puts that back. */
export function install(loop: Loop): () => void {
  if (current !== undefined) throw new Error('another simulation runs in this process');
  const { timeline, random, wallMs } = loop.setup;
  current = loop;
  Object.assign(globalThis, replacements);
  performance.now = () => timeline.now();
  Date.now = () => Math.floor(wallMs());
  Math.random = () => random.fraction();
  return () => {
    current = undefined;
    const { now, dateNow, random: chance, ...timers } = real;
    Object.assign(globalThis, timers);
    performance.now = now;
    Date.now = dateNow;
    Math.random = chance;
  };
}

class Immediate {
  constructor(public call: (() => void) | undefined) {}
}

/** What setTimeout and setInterval return. */
class Timer {
  private cancel: () => void = () => {};
  private readonly delayMs: number;

  constructor(
    private readonly timeline: VirtualTimeline,
    private readonly pending: Set<Timer>,
    delayMs: number,
    private readonly repeats: boolean,
    private readonly call: () => void,
  ) {
    this.delayMs = delayMs >= 1 && delayMs <= DELAY_MS_MAX ? delayMs : 1;
    this.refresh();
  }

  refresh(): this {
    this.cancel();
    this.pending.add(this);
    this.cancel = this.timeline.at(this.timeline.now() + this.delayMs, () => this.fire());
    return this;
  }

  close(): this {
    this.cancel();
    this.pending.delete(this);
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  private fire(): void {
    this.pending.delete(this);
    if (this.repeats) this.refresh();
    this.call();
  }
}

function starter(repeats: boolean, instead: typeof real.setTimeout | typeof real.setInterval) {
  return (call: Call, delayMs = 1, ...given: unknown[]) =>
    current === undefined
      ? instead(call, delayMs, ...given)
      : current.after(delayMs, repeats, () => call(...given));
}

function stop(timer: Timer | Immediate | NodeJS.Timeout | undefined): void {
  if (timer instanceof Timer) timer.close();
  else if (timer instanceof Immediate) timer.call = undefined;
  else real.clearTimeout(timer);
}

const replacements = {
  setTimeout: starter(false, real.setTimeout),
  setInterval: starter(true, real.setInterval),
  setImmediate: (call: Call, ...given: unknown[]) =>
    current === undefined ? real.setImmediate(call, ...given) : current.soon(() => call(...given)),
  clearTimeout: stop,
  clearInterval: stop,
  clearImmediate: stop,
};
