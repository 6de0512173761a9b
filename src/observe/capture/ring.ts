/** The frames of the latest minutes, for whoever comes to look only after something has happened. */
import type { Frame } from './frame.js';

export interface RingLimits {
  /** Milliseconds that a frame is kept at least, unless there are too many. 0: none is kept. */
  ageMs: number;
  /** Octets of memory that all may take. */
  bytes: number;
}

/** What a frame takes in memory beside its octets: measured, rounded up. */
const FRAME_BYTES = 250;

/** Frames that are gone are cut off when they are as many, and half of all. */
const CUT_MIN = 1024;

export class FrameRing {
  private frames: Frame[] = [];
  /** Those before are gone. */
  private first = 0;
  private bytes = 0;

  constructor(private readonly limits: RingLimits) {}

  add(frame: Frame): void {
    if (this.limits.ageMs === 0) return;
    this.frames.push(frame);
    this.bytes += bytesOf(frame);
    const since = frame.wallMs - this.limits.ageMs;
    while (this.bytes > this.limits.bytes || (this.oldest?.wallMs ?? since) < since) this.forget();
  }

  /** Of the time from then on, in order. A clock that was set back in between hides none. */
  since(wallMs: number): Frame[] {
    return this.frames.slice(this.first).filter((frame) => frame.wallMs >= wallMs);
  }

  private get oldest(): Frame | undefined {
    return this.frames[this.first];
  }

  private forget(): void {
    const { oldest } = this;
    if (oldest === undefined) return;
    this.bytes -= bytesOf(oldest);
    this.first++;
    if (this.first < CUT_MIN || this.first < this.frames.length / 2) return;
    this.frames = this.frames.slice(this.first);
    this.first = 0;
  }
}

const bytesOf = ({ data }: Frame): number => data.length + FRAME_BYTES;
