/**
 * How long each node takes to answer, as RFC 6298 estimates it, from the end of our frame to its
 * answer. What was repeated is no measure, because nobody knows which of the two was answered
 * (Karn's rule); but it shows that the time was too short, so it is doubled until there is a measure again.
 */
import { CLOCK_GRAIN_MS, DOUBLINGS_MAX, ROUND_TRIPS_MAX, TIMEOUT_MAX_MS } from './limits.js';

interface Estimate {
  /** undefined: nothing has been measured yet. */
  smoothed: { rttMs: number; variationMs: number } | undefined;
  doublings: number;
  open: { exchange: number; since: number; isRepeated: boolean } | undefined;
}

export class RoundTrips {
  /** The one heard of latest comes last. */
  private readonly byAddress = new Map<string, Estimate>();

  /** A frame that wants an answer has been sent. `exchange` is the same when it is repeated. */
  asked(address: string, exchange: number, now: number): void {
    const estimate = this.latest(address);
    if (estimate.open?.exchange === exchange) {
      estimate.open.isRepeated = true;
      estimate.doublings = Math.min(estimate.doublings + 1, DOUBLINGS_MAX);
    } else estimate.open = { exchange, since: now, isRepeated: false };
  }

  answered(address: string, exchange: number, now: number): void {
    const estimate = this.byAddress.get(address);
    if (estimate?.open?.exchange !== exchange) return;
    const { since, isRepeated } = estimate.open;
    estimate.open = undefined;
    if (isRepeated) return;
    const rttMs = now - since;
    estimate.doublings = 0;
    const { smoothed } = estimate;
    if (smoothed === undefined) {
      estimate.smoothed = { rttMs, variationMs: rttMs / 2 };
      return;
    }
    // RFC 6298, 2.3: the variation first, it needs the old mean.
    smoothed.variationMs += (Math.abs(smoothed.rttMs - rttMs) - smoothed.variationMs) / 4;
    smoothed.rttMs += (rttMs - smoothed.rttMs) / 8;
  }

  /** After that time an answer will not come any more; `unmeasuredMs` is assumed of unknown nodes. */
  timeoutMs(address: string, unmeasuredMs: number): number {
    const { smoothed, doublings = 0 } = this.byAddress.get(address) ?? {};
    const onceMs = smoothed
      ? smoothed.rttMs + Math.max(CLOCK_GRAIN_MS, 4 * smoothed.variationMs)
      : unmeasuredMs;
    return Math.min(onceMs * 2 ** doublings, Math.max(TIMEOUT_MAX_MS, unmeasuredMs));
  }

  private latest(address: string): Estimate {
    const known = this.byAddress.get(address);
    const estimate = known ?? { smoothed: undefined, doublings: 0, open: undefined };
    this.byAddress.delete(address);
    if (this.byAddress.size >= ROUND_TRIPS_MAX) {
      for (const oldest of this.byAddress.keys()) {
        this.byAddress.delete(oldest);
        break;
      }
    }
    this.byAddress.set(address, estimate);
    return estimate;
  }
}
