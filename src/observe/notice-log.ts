import type { Input, Notice } from '../core/types.js';
import type { Code } from './codes/index.js';
import { type Description, describe } from './describe.js';
import type { Logger } from './logger.js';

/** Lines of one code within one interval; the rest is counted, so that a flood on the radio is no flood on the SD card. */
const LINES_MAX = 10;
const INTERVAL_MS = 10_000;

/** Writes notices, and bugs of ours, to the log, each under its code, repeated ones thinned out. */
export class NoticeLog {
  private readonly counts = new Map<Code, number>();
  private intervalEndsAt = 0;

  constructor(
    private readonly log: Logger,
    private readonly now: () => number,
  ) {}

  write(notice: Notice): void {
    const description = describe(notice);
    if (!this.log.isLevelEnabled(description.level)) return;
    if (this.permits(description)) {
      const { notice: _kind, ...fields } = notice;
      this.log[description.level]({ code: description.code, ...fields }, description.message);
    }
  }

  /** A broken invariant: with what led to it, so that it can be reported. */
  internalError(error: unknown, input: Input): void {
    if (!this.permits({ code: 'INTERNAL_ERROR', level: 'error' })) return;
    this.log.error(
      { code: 'INTERNAL_ERROR', err: error, input },
      'this is a bug of the gateway, which goes on; please report it with this line',
    );
  }

  private permits({ code, level }: Pick<Description, 'code' | 'level'>): boolean {
    const now = this.now();
    if (now >= this.intervalEndsAt) {
      this.reportSuppressed();
      this.intervalEndsAt = now + INTERVAL_MS;
    }
    // Debugging wants to see everything.
    if (level === 'debug') return true;
    const count = (this.counts.get(code) ?? 0) + 1;
    this.counts.set(code, count);
    return count <= LINES_MAX;
  }

  private reportSuppressed(): void {
    for (const [code, count] of this.counts) {
      const suppressed = count - LINES_MAX;
      if (suppressed > 0) {
        this.log.warn({ code, suppressed }, `${suppressed} more of ${code} were not written`);
      }
    }
    this.counts.clear();
  }
}
