/**
 * How long a device takes to answer, as RFC 6298 estimates it, from the moment when our frame has left.
 * What was repeated is no measure, because nobody knows which of the two was answered (Karn's rule); but
 * it shows that the time was too short, so it is doubled until there is a measure again.
 */
import {
  ANSWER_TIMEOUT_MAX_MS,
  CLOCK_GRAIN_MS,
  TIMEOUT_DOUBLINGS_MAX,
  UNMEASURED_ANSWER_MS,
} from '../limits.js';

export class RoundTrip {
  private smoothed: { rttMs: number; variationMs: number } | undefined;
  private doublings = 0;

  onRepeated(): void {
    this.doublings = Math.min(this.doublings + 1, TIMEOUT_DOUBLINGS_MAX);
  }

  /** A frame that was sent once was answered after that time. */
  onMeasured(rttMs: number): void {
    this.doublings = 0;
    const { smoothed } = this;
    if (smoothed === undefined) {
      this.smoothed = { rttMs, variationMs: rttMs / 2 };
      return;
    }
    // RFC 6298, 2.3: the variation first, it needs the old mean.
    smoothed.variationMs += (Math.abs(smoothed.rttMs - rttMs) - smoothed.variationMs) / 4;
    smoothed.rttMs += (rttMs - smoothed.rttMs) / 8;
  }

  /** After that time an answer will not come any more. */
  timeoutMs(): number {
    const { smoothed } = this;
    const onceMs = smoothed
      ? smoothed.rttMs + Math.max(CLOCK_GRAIN_MS, 4 * smoothed.variationMs)
      : UNMEASURED_ANSWER_MS;
    return Math.ceil(Math.min(onceMs * 2 ** this.doublings, ANSWER_TIMEOUT_MAX_MS));
  }
}
