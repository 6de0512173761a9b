/**
 * How much the end of a connection speaks against what the broker was sent on it and has not answered, as a part of `LOSSES_MAX`. Who
 * dislikes something closes at once. A broker that restarts, or a network that breaks, ends a connection at any time.
 */
import { CLOSES_WITHIN_MS, DOUBTFUL_LOSS, PING_GRACE_MS, RESEND_TIMEOUT_MS } from './limits.js';
import type { Time, Timer } from './time.js';

/** Of a connection that the other side has ended, so long after it got it. */
export const blameAfter = (ms: number): number => (ms <= CLOSES_WITHIN_MS ? 1 : DOUBTFUL_LOSS);

/** A broker that is silent for one and a half keep alives loses the connection; one that it still has then is there. */
export const repeatPatienceMs = (keepaliveSec: number): number =>
  Math.max(RESEND_TIMEOUT_MS, 1500 * keepaliveSec + PING_GRACE_MS);

/** What was in flight on an earlier connection goes out again, one message after another: the oldest one is under way. */
export class Repetition {
  #sinceMs = 0;
  #timer: Timer | undefined;
  #isIgnored = false;

  /**
   * @param patienceMs the broker is there if the connection still is, and so ignores what it was sent
   * @param ignored has to end the connection
   */
  constructor(
    private readonly time: Time,
    private readonly patienceMs: number,
    private readonly ignored: () => void,
  ) {
    this.goesOn();
  }

  /** The next one is under way. */
  goesOn(): void {
    this.#sinceMs = this.time.nowMs();
    this.end();
    this.#timer = this.time.after(this.patienceMs, () => {
      this.#isIgnored = true;
      this.ignored();
    });
  }

  /** All of them are settled, or nobody waits for that any more. */
  end(): void {
    this.#timer?.cancel();
  }

  /** Of the one that was under way when the connection ended. `isSilent`: the broker answered nothing, not even a ping. */
  blame(isSilent: boolean): number {
    if (this.#isIgnored) return 1;
    return isSilent ? 0 : blameAfter(this.time.nowMs() - this.#sinceMs);
  }
}
