/** What a radio has done and suffered, for checks from outside. */

/** Why a station did not get a frame that was meant for it. */
export type LossReason =
  /** Its receiver was off. */
  | 'asleep'
  /** It was sending itself. */
  | 'half-duplex'
  | 'collision'
  /** Too far away, or behind too much. */
  | 'too-weak'
  /** Noise. */
  | 'loss'
  /** The outage switch. */
  | 'outage';

const HOUR_MS = 3_600_000;

export class StationStatistics {
  /** Transmissions, repeats of the link layer included. */
  sentFrames = 0;
  airTimeMs = 0;
  /** The most air time in any interval of an hour so far, frames counted in part where they reach beyond it. */
  worstHourMs = 0;
  receivedFrames = 0;
  corruptedFrames = 0;
  /** Frames that it got once more: repeats of the link layer whose acknowledgement was lost, and others. */
  duplicates = 0;
  /** Frames of its own that no link layer has acknowledged. */
  unacknowledged = 0;
  readonly lost: Record<LossReason, number> = {
    asleep: 0,
    'half-duplex': 0,
    collision: 0,
    'too-weak': 0,
    loss: 0,
    outage: 0,
  };
  /** Of the last hour. One station sends one frame at a time, so they are in order and apart. */
  private readonly frames: { start: number; end: number }[] = [];
  /** Air time of `frames`. */
  private framesMs = 0;

  /** A frame begins. */
  sends(start: number, end: number): void {
    this.sentFrames += 1;
    this.airTimeMs += end - start;
    this.forget(start - HOUR_MS);
    this.frames.push({ start, end });
    this.framesMs += end - start;
    // Where an interval holds the most, there is always one that ends with a frame.
    this.worstHourMs = Math.max(this.worstHourMs, this.lastHourMs(end));
  }

  /** Air time within the hour before `now`, which does not lie before the latest frame's begin. */
  lastHourMs(now: number): number {
    const since = now - HOUR_MS;
    let outside = Math.max((this.frames.at(-1)?.end ?? now) - now, 0);
    for (const { start, end } of this.frames) {
      if (start >= since) break;
      outside += Math.min(end, since) - start;
    }
    return this.framesMs - outside;
  }

  private forget(before: number): void {
    const kept = this.frames.findIndex(({ end }) => end > before);
    const gone = this.frames.splice(0, kept === -1 ? this.frames.length : kept);
    for (const { start, end } of gone) this.framesMs -= end - start;
  }
}
