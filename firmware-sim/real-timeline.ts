import { Agenda } from './agenda.js';
import type { Timeline } from './timeline.js';

/** The time of this machine, from 0 when it was made. `stop` ends it, so that no timer keeps the process. */
export class RealTimeline implements Timeline {
  private readonly agenda = new Agenda();
  private readonly start = performance.now();
  private timer: NodeJS.Timeout | undefined;
  /** What the timer is set to. */
  private armedFor = Number.POSITIVE_INFINITY;
  private isStopped = false;

  /** `speed` 2: two seconds of the simulation in one of the machine. */
  constructor(private readonly speed = 1) {}

  now(): number {
    return (performance.now() - this.start) * this.speed;
  }

  at(time: number, call: () => void): () => void {
    // Times that are over still come in the order they were asked for.
    const remove = this.agenda.add(Math.max(time, this.now()), call);
    this.arm();
    return remove;
  }

  /** Nothing is called any more. */
  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private arm(): void {
    const next = this.agenda.nextTime();
    if (this.isStopped || next === undefined || next >= this.armedFor) return;
    clearTimeout(this.timer);
    this.armedFor = next;
    const delayMs = Math.ceil((next - this.now()) / this.speed);
    this.timer = setTimeout(() => this.fire(), Math.min(Math.max(delayMs, 0), DELAY_MS_MAX));
  }

  private fire(): void {
    this.armedFor = Number.POSITIVE_INFINITY;
    const now = this.now();
    // What is asked for meanwhile has its turn later: the ports of the process come in between.
    while (!this.isStopped && (this.agenda.nextTime() ?? Number.POSITIVE_INFINITY) <= now) {
      this.agenda.take()?.call();
    }
    this.arm();
  }
}

/** What a timer of Node can wait. */
const DELAY_MS_MAX = 2 ** 31 - 1;
