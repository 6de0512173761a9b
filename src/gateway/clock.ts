/**
 * The core's clock: milliseconds that go on over restarts and never go back, whatever happens to the
 * wall clock. So a deadline in the journal means the same in the next run.
 *
 * The journal holds one moment in three clocks: ours, the time since the machine booted, and the wall
 * clock. A run in the same boot goes by the time since booting, which nobody sets. After a reboot
 * only the wall clock can tell how long the machine was off; a Raspberry Pi without a battery may
 * have it wrong until the network is there, but then it is behind, and nobody is taken for lost.
 */
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import type { Instant, JournalValue } from '../core/types.js';
import type { Journal } from '../store/journal.js';

const KEY = 'gc';

/** How often the moment is written: a wall clock that was corrected counts from then on. */
const KEPT_EVERY_MS = 60_000;

/** The clocks of the machine. */
export interface Machine {
  /** Never goes back within a run. */
  monotonicMs(): number;
  wallMs(): number;
  /** Time since booting, suspended or not. */
  uptimeMs(): number;
  /** Tells one boot from another; undefined: the system cannot say. */
  bootId: string | undefined;
}

export const thisMachine = (): Machine => ({
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
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

export class Clock {
  private originMs = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly journal: Journal,
    private readonly machine: Machine = thisMachine(),
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
    this.journal.put(KEY, [
      this.now(),
      machine.wallMs(),
      machine.uptimeMs(),
      machine.bootId ?? null,
    ]);
  }

  private elapsedSince({ wallMs, uptimeMs, bootId }: Moment): number {
    const { machine } = this;
    const sameBoot = bootId !== undefined && bootId === machine.bootId;
    const elapsed = sameBoot ? machine.uptimeMs() - uptimeMs : machine.wallMs() - wallMs;
    return Math.max(elapsed, 0);
  }
}

interface Moment {
  instant: Instant;
  wallMs: number;
  uptimeMs: number;
  bootId: string | undefined;
}

function momentOf(value: JournalValue | undefined): Moment | undefined {
  if (!Array.isArray(value)) return undefined;
  const [instant, wallMs, uptimeMs, bootId] = value as readonly JournalValue[];
  if (typeof instant !== 'number' || typeof wallMs !== 'number' || typeof uptimeMs !== 'number')
    return undefined;
  return { instant, wallMs, uptimeMs, bootId: typeof bootId === 'string' ? bootId : undefined };
}
