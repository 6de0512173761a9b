import type { Instant } from '../core/types.js';

/** A wall clock that was set is noticed so late at most: asking for each frame costs as much as a good part of keeping it. */
const ASKED_EVERY_MS = 100;

/** Moments of the core on the wall clock. */
export class WallTimes {
  private askedAt: Instant = Number.NEGATIVE_INFINITY;
  private zeroMs = 0;

  /** `wallMs`: milliseconds since 1970, now. */
  constructor(private readonly wallMs: () => number) {}

  /** In whole milliseconds since 1970. `now`: of the core, and never before the one that was asked for last. */
  of(now: Instant): number {
    if (now - this.askedAt >= ASKED_EVERY_MS) {
      this.zeroMs = this.wallMs() - now;
      this.askedAt = now;
    }
    return Math.round(this.zeroMs + now);
  }
}
