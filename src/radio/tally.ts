/** What a scheduler has done, in numbers: counters since the start, and the worst wait of late. */
import type { AirUsage, DropReason, Refusal } from './frames.js';
import { RecentWorst } from './worst.js';

type Tallied =
  | 'worstWaitMs'
  | 'sentFrames'
  | 'sentAirMs'
  | 'deferred'
  | 'renewed'
  | 'refused'
  | 'dropped';

export class Tally {
  private readonly worstWait = new RecentWorst();
  private sentFrames = 0;
  private sentAirMs = 0;
  private deferred = 0;
  private renewed = 0;
  private readonly refusals: Record<Refusal, number> = {
    congested: 0,
    'expired-before-sent': 0,
    'too-big': 0,
  };
  private readonly drops: Record<DropReason, number> = { expired: 0, displaced: 0, busy: 0 };

  onRefused(reason: Refusal): void {
    this.refusals[reason]++;
  }

  onDeferred(): void {
    this.deferred++;
  }

  onRenewed(): void {
    this.renewed++;
  }

  /** Its turn has come. */
  onTurn(waitedMs: number, now: number): void {
    this.worstWait.add(waitedMs, now);
  }

  onSent(airMs: number): void {
    this.sentFrames++;
    this.sentAirMs += airMs;
  }

  onDropped(reason: DropReason, waitedMs: number, now: number): void {
    this.drops[reason]++;
    this.worstWait.add(waitedMs, now);
  }

  figures(now: number): Pick<AirUsage, Tallied> {
    const { sentFrames, sentAirMs, deferred, renewed } = this;
    return {
      worstWaitMs: this.worstWait.value(now),
      sentFrames,
      sentAirMs,
      deferred,
      renewed,
      refused: { ...this.refusals },
      dropped: { ...this.drops },
    };
  }
}
