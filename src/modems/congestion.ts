/** Whether the air of a modem has room for more than answers, so that devices can be told early. */
import type { RadioScheduler } from '../radio/scheduler.js';

/** A message of that size is what is asked about; radio messages are short. */
const TYPICAL_BYTES = 32;

/** Messages that wait longer than that will soon be repeated by those who wait for their answers. */
const CONGESTED_MS = 7500;

/** There is room again when they wait no longer than that: a state that flickers tells nobody anything. */
const RELIEVED_MS = 2500;

/** Waits as long as this come from the allowance of the hour, not from the queue. */
const HOUR_WAIT_MS = 60_000;

/** How often it is looked whether a congestion is over, when nothing else happens. */
const LOOK_INTERVAL_MS = 1000;

export class Congestion {
  private isCongested = false;
  private lookAt = Number.POSITIVE_INFINITY;

  constructor(private readonly scheduler: RadioScheduler) {}

  /** Returns the state when it has changed. */
  look(now: number): boolean | undefined {
    const waitMs = this.waitMs(now);
    const isCongested = waitMs > (this.isCongested ? RELIEVED_MS : CONGESTED_MS);
    this.lookAt = isCongested ? now + LOOK_INTERVAL_MS : Number.POSITIVE_INFINITY;
    if (isCongested === this.isCongested) return undefined;
    this.isCongested = isCongested;
    return isCongested;
  }

  /** It is the allowance of the hour that is used up, not only the queue that is long. */
  isForTheHour(now: number): boolean {
    return this.waitMs(now) > HOUR_WAIT_MS;
  }

  nextDeadline(): number {
    return this.lookAt;
  }

  private waitMs(now: number): number {
    return this.scheduler.estimatedWaitMs(3, TYPICAL_BYTES, now);
  }
}
