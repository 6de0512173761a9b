import type { Notice } from '../core/types.js';
import { describe } from './describe.js';
import type { Logger } from './logger.js';
import type { Thinning } from './thinning.js';

/** Writes notices to the log, each under its code, repeated ones thinned out. */
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
}
