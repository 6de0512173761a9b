import type { Code } from './codes/index.js';
import type { Level } from './log-book.js';
import type { Logger } from './logger.js';

/** Lines of one kind within one interval; the rest is counted, so that a flood on the radio is no flood on the SD card. */
const LINES_MAX = 10;
const INTERVAL_MS = 10_000;

interface Kind {
  code: Code;
  link?: string;
}

/** Decides which lines are written: repeated ones are thinned out, and how many is told. */
export class Thinning {
  private readonly kinds = new Map<string, { kind: Kind; lines: number }>();
  private intervalEndsAt = 0;

  constructor(
    private readonly log: Pick<Logger, 'isLevelEnabled' | 'warn'>,
    private readonly now: () => number,
  ) {}

  /** Whether a line is to be written. `link`: its lines are counted apart, because one link's trouble hides no other's. */
  permits(level: Level, kind: Kind): boolean {
    if (!this.log.isLevelEnabled(level)) return false;
    const now = this.now();
    if (now >= this.intervalEndsAt) {
      this.reportSuppressed();
      this.intervalEndsAt = now + INTERVAL_MS;
    }
    // Debugging wants to see everything.
    if (level === 'debug') return true;
    const key = `${kind.code} ${kind.link ?? ''}`;
    const lines = (this.kinds.get(key)?.lines ?? 0) + 1;
    this.kinds.set(key, { kind, lines });
    return lines <= LINES_MAX;
  }

  private reportSuppressed(): void {
    for (const { kind, lines } of this.kinds.values()) {
      const suppressed = lines - LINES_MAX;
      if (suppressed <= 0) continue;
      const where = kind.link === undefined ? '' : ` on ${kind.link}`;
      this.log.warn(
        { ...kind, suppressed },
        `${suppressed} more of ${kind.code}${where} were not written`,
      );
    }
    this.kinds.clear();
  }
}
