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

/** More immediates between two events are a loop. */
const IMMEDIATES_MAX = 1_000_000;

/** As many are begun at once. */
const TURNS = 64;

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
  /** Since the last event. */
  private immediatesTaken = 0;
  private readonly timers = new Set<Timer>();
  /** Gateway code has run, and promises of it may be waiting. */
  private isTouched = false;
  private isStopped = false;

  constructor(readonly setup: LoopSetup) {}

  /** To be told whenever something of the world calls the gateway. */
  touch(): void {
    this.isTouched = true;
  }

  /** Everything up to this time happens, each event with all that it sets off. */
  async run(untilMs: number): Promise<void> {
    await this.turns(untilMs);
    if (!this.isStopped) this.setup.timeline.run(untilMs);
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

  /**
   * Node lets promises and ticks run between two immediates until none is left. Many are begun at once,
   * because after the last of them it asks the system whether something has happened, which here nothing ever has.
   */
  private async turns(untilMs: number): Promise<void> {
    let isOver = false;
    const take = () => {
      isOver ||= !this.turn(untilMs);
    };
    while (!isOver) {
      for (let left = TURNS - 1; left > 0; left--) real.setImmediate(take);
      await new Promise((done) => real.setImmediate(done));
      take();
      if (this.immediatesTaken > IMMEDIATES_MAX)
        throw new Error('the gateway does not come to rest');
    }
  }

  /**
   * The next immediate; where there is none, the next event, and those after it that leave the gateway alone.
   * Returns whether anything happened.
   */
  private turn(untilMs: number): boolean {
    const { timeline } = this.setup;
    this.isTouched = false;
    const immediate = this.immediates.shift();
    if (immediate !== undefined) {
      this.immediatesTaken++;
      this.guard(() => immediate.call?.());
      return true;
    }
    this.immediatesTaken = 0;
    while (!this.isTouched) {
      const next = this.isStopped ? undefined : timeline.nextTime();
      if (next === undefined || next > untilMs) return false;
      this.guard(() => timeline.step());
    }
    return true;
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
