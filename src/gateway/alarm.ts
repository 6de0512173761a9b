/**
 * One timer, for the core's next deadline. A deadline is looked at after everything that came before it: when the
 * process has stood still (a machine with other work, a disk that blocked it, SIGSTOP), timers fire while
 * datagrams still wait in sockets, and a device that spoke in time would be lost and its will fired.
 *
 * A turn of the event loop reads some datagrams of a socket, not all. So the bell rings after a turn that
 * brought few, within a bound: who has more to read than it can is not to miss its deadlines for ever.
 */
import type { Instant } from '../core/types.js';

/** Node's timers cannot wait longer; a later deadline is simply looked at again then. */
const TIMER_MS_MAX = 3_600_000;

/** A timer that is as late has stood still. No tolerance of the protocol is as short. */
const STALL_MS = 100;

/** Serial ports are read on other threads: after a stall the first octets take so long at most. */
const FIRST_READ_MS = 100;

/** Node reads 32 datagrams of a socket in a turn at most. Half of that in all: nothing is left behind. */
const FULL_TURN = 16;

/** How long deadlines wait while every turn is a full one, without stalls: then the machine is too slow for its devices. */
const CATCH_UP_MS_MAX = 10_000;

export class Alarm {
  private state: 'idle' | 'set' | 'catching-up' = 'idle';
  private at: Instant = Number.POSITIVE_INFINITY;
  /** Datagrams that this turn has brought. */
  private heardCount = 0;
  /** Of the time to catch up. */
  private leftMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private turn: NodeJS.Immediate | undefined;

  constructor(
    private readonly now: () => Instant,
    private readonly ring: () => void,
  ) {}

  /** Rings at that time, or before: that costs a look, so only an earlier deadline needs a new timer. */
  set(at: Instant): void {
    if (this.state === 'catching-up' || (this.state === 'set' && this.at <= at)) return;
    clearTimeout(this.timer);
    this.state = 'set';
    this.at = at;
    const delayMs = Math.min(Math.max(at - this.now(), 1), TIMER_MS_MAX);
    this.timer = setTimeout(() => this.catchUp(), delayMs);
  }

  /** A datagram has come: there may be more. */
  heard(): void {
    this.heardCount++;
  }

  stop(): void {
    clearTimeout(this.timer);
    clearImmediate(this.turn);
  }

  private catchUp(): void {
    this.state = 'catching-up';
    this.leftMs = CATCH_UP_MS_MAX;
    this.listen(this.at);
  }

  /** Lets a turn of the event loop go by; first gives ports their time if this comes later than it was to. */
  private listen(expectedAt: Instant): void {
    const now = this.now();
    const lateMs = Math.max(now - expectedAt, 0);
    // A stall reads nothing, and there may be another one at any time: it is not to eat up the bound.
    this.leftMs -= Math.min(lateMs, STALL_MS);
    this.heardCount = 0;
    if (lateMs < STALL_MS) this.turn = setImmediate(() => this.look(now));
    else this.timer = setTimeout(() => this.listen(now + FIRST_READ_MS), FIRST_READ_MS);
  }

  private look(turnBeganAt: Instant): void {
    const hasStoodStill = this.now() - turnBeganAt >= STALL_MS;
    if (this.leftMs > 0 && (hasStoodStill || this.heardCount >= FULL_TURN)) {
      this.listen(turnBeganAt);
      return;
    }
    this.state = 'idle';
    this.ring();
  }
}
