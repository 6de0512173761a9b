/**
 * All that is remembered for those who look on. There is one only where somebody can look: with `http`. It sees each step of
 * the core and each notice, and changes nothing.
 */
import type { Inspection } from '../core/inspect/inspection.js';
import type { Effect, Input, Instant, Notice } from '../core/types.js';
import type { Capture } from './capture/capture.js';
import { Changes } from './changes.js';
import { DeviceMemories } from './devices/memories.js';
import { LogBook } from './log-book.js';
import { WallTimes } from './wall-times.js';

/** Something that is there or not, since when, and what was said of it. */
export interface Presence {
  isUp: boolean;
  sinceMs: number;
  detail: string | undefined;
}

export class Watch {
  readonly log: LogBook;
  readonly changes = new Changes();
  readonly devices: DeviceMemories;
  broker: Presence;
  store: Presence;
  private readonly times: WallTimes;

  /** `wallMs`: milliseconds since 1970. */
  constructor(
    readonly capture: Capture,
    private readonly inspect: Inspection,
    wallMs: () => number,
  ) {
    this.times = new WallTimes(wallMs);
    this.log = new LogBook(wallMs);
    this.devices = new DeviceMemories(inspect);
    const sinceMs = wallMs();
    this.broker = { isUp: false, sinceMs, detail: undefined };
    this.store = { isUp: true, sinceMs, detail: undefined };
  }

  /** After the core's step, before its notices. */
  step(input: Input, effects: readonly Effect[], now: Instant): void {
    const atMs = this.times.of(now);
    this.capture.step(input, effects, atMs);
    const { speaker } = this.inspect;
    this.devices.step(input, effects, speaker, atMs);
    if (input.kind === 'datagram') {
      if (speaker !== undefined) this.changes.mark(speaker);
    } else if (input.kind === 'upstream' && input.event.event === 'message') {
      this.changes.mark(input.event.client);
    }
  }

  notice(notice: Notice): void {
    const entry = this.log.notice(notice);
    this.devices.notice(notice, entry);
    if ('client' in notice && notice.client !== undefined) this.changes.mark(notice.client);
    if (notice.notice === 'broker') this.broker = changed(this.broker, notice, entry.atMs);
    else if (notice.notice === 'store') this.store = changed(this.store, notice, entry.atMs);
  }
}

/** What was there before, and is told again, began when it was told first. */
const changed = (
  before: Presence,
  { up, detail }: { up: boolean; detail?: string },
  atMs: number,
): Presence => ({ isUp: up, sinceMs: before.isUp === up ? before.sinceMs : atMs, detail });
