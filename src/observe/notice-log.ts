import type { Input, Notice } from '../core/types.js';
import { describe } from './describe.js';
import type { Logger } from './logger.js';
import type { Thinning } from './thinning.js';

/** Writes notices, and bugs of ours, to the log, each under its code, repeated ones thinned out. */
export class NoticeLog {
  constructor(
    private readonly log: Logger,
    private readonly thinning: Thinning,
  ) {}

  write(notice: Notice): void {
    const { code, level, message } = describe(notice);
    const link = 'link' in notice ? notice.link : undefined;
    if (!this.thinning.permits(level, link ? { code, link } : { code })) return;
    const { notice: _kind, ...fields } = notice;
    this.log[level]({ code, ...fields }, message);
  }

  /** A bug of ours, so that it can be reported: of the core with the input that led to it. */
  internalError(error: unknown, input?: Input): void {
    if (!this.thinning.permits('error', { code: 'INTERNAL_ERROR' })) return;
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.log.error(
      { code: 'INTERNAL_ERROR', error: what, input },
      'this is a bug of the gateway, which goes on; please report it with this line',
    );
  }
}
