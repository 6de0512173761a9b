/**
 * The core's clock: milliseconds that go on over restarts and never go back, whatever happens to the
 * wall clock. So a deadline in the journal means the same in the next run.
 *
 * The journal holds one moment in three clocks: ours, the time since the machine booted, and the wall
 * clock. A run in the same boot goes by the time since booting, which nobody sets. After a reboot
 * only the wall clock can tell how long the machine was off. A Raspberry Pi has no battery for it, so
 * it may have been wrong: then the time off does not count. A device is lost too late rather than for
 * a clock that was set.
 */
import { existsSync, readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import type { Instant, JournalValue } from '../core/types.js';
import type { Journal } from '../store/journal.js';

const KEY = 'gc';

/** How often the moment is written: a wall clock that was corrected counts from then on. */
const KEPT_EVERY_MS = 60_000;

/** A wall clock before this has never been set: no release of ours is as old. */
const PLAUSIBLE_SINCE_MS = Date.UTC(2026, 0, 1);

/** No longer time off is believed: it would end all sessions, and age all buffers, at once. */
const OFF_MAX_MS = 24 * 3_600_000;

/** Where systemd-timesyncd, the clock's keeper on Raspberry Pi OS and Debian, says what it has done. */
const TIMESYNC = '/run/systemd/timesync';

/** The clocks of the machine. */
export interface Machine {
  /** Never goes back within a run. */
  monotonicMs(): number;
  wallMs(): number;
  /** false: the system knows that its wall clock has not been set since booting. */
  isWallSet(): boolean;
  /** Time since booting, suspended or not. */
  uptimeMs(): number;
  /** Tells one boot from another; undefined: the system cannot say. */
  bootId: string | undefined;
}

export const thisMachine = (): Machine => ({
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  isWallSet: () => !existsSync(TIMESYNC) || existsSync(`${TIMESYNC}/synchronized`),
  uptimeMs: () => uptime() * 1000,
  bootId: readBootId(),
});

function readBootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined; // not Linux
  }
}

/** Whether a wall clock can have been set to that. */
export const isPlausible = (wallMs: number): boolean => wallMs >= PLAUSIBLE_SINCE_MS;

export class Clock {
  private originMs = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly journal: Journal,
    private readonly machine: Machine,
  ) {}

  /** Continues where the earlier run's clock would be by now. To be called when the journal is open. */
  start(): void {
    const before = momentOf(this.journal.take(KEY)[0]?.value);
    if (before) this.originMs = before.instant + this.elapsedSince(before);
    this.originMs -= this.machine.monotonicMs();
    this.keep();
    this.timer = setInterval(() => this.keep(), KEPT_EVERY_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.keep();
  }

  now(): Instant {
    return Math.floor(this.originMs + this.machine.monotonicMs());
  }

  private keep(): void {
    const { machine } = this;
    const wallMs = machine.wallMs();
    const isSet = isPlausible(wallMs) && machine.isWallSet();
    this.journal.put(KEY, [
      this.now(),
      isSet ? wallMs : null,
      machine.uptimeMs(),
      machine.bootId ?? null,
    ]);
  }

  private elapsedSince({ wallMs, uptimeMs, bootId }: Moment): number {
    const { machine } = this;
    const sameBoot = bootId !== undefined && bootId === machine.bootId;
    if (sameBoot) return Math.max(machine.uptimeMs() - uptimeMs, 0);
    if (wallMs === undefined) return 0;
    return Math.min(Math.max(machine.wallMs() - wallMs, 0), OFF_MAX_MS);
  }
}

interface Moment {
  instant: Instant;
  /** undefined: it was not known. */
  wallMs: number | undefined;
  uptimeMs: number;
  bootId: string | undefined;
}

function momentOf(value: JournalValue | undefined): Moment | undefined {
  if (!Array.isArray(value)) return undefined;
  const [instant, wallMs, uptimeMs, bootId] = value as readonly JournalValue[];
  if (typeof instant !== 'number' || typeof uptimeMs !== 'number') return undefined;
  return {
    instant,
    wallMs: typeof wallMs === 'number' ? wallMs : undefined,
    uptimeMs,
    bootId: typeof bootId === 'string' ? bootId : undefined,
  };
}
