import { Agenda } from './agenda.js';
import type { Timeline } from './timeline.js';

/** Time that passes only when it is told to: an hour takes as long as what happens in it. */
export class VirtualTimeline implements Timeline {
  private readonly agenda = new Agenda();
  private time: number;

  constructor(startMs = 0) {
    this.time = startMs;
  }

  now(): number {
    return this.time;
  }

  at(time: number, call: () => void): () => void {
    return this.agenda.add(Math.max(time, this.time), call);
  }

  /** When the next call is due; undefined: nothing waits. */
  nextTime(): number | undefined {
    return this.agenda.nextTime();
  }

  /** Goes on to the next call and makes it; false: nothing waits, and no time has passed. */
  step(): boolean {
    const next = this.agenda.take();
    if (next === undefined) return false;
    this.time = next.time;
    next.call();
    return true;
  }

  /** Makes all calls up to this time, which it is then. Throws when they go round without time passing. */
  run(untilMs: number): void {
    let calls = 0;
    let since = this.time;
    for (;;) {
      const next = this.agenda.nextTime();
      if (next === undefined || next > untilMs) break;
      if (next > since) {
        since = next;
        calls = 0;
      }
      calls += 1;
      if (calls > CALLS_PER_INSTANT_MAX) throw new Error(`time stands still at ${since} ms`);
      this.step();
    }
    this.time = Math.max(this.time, untilMs);
  }
}

/** More at one moment is a loop. */
const CALLS_PER_INSTANT_MAX = 1_000_000;
