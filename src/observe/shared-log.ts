import type { Level, LogBook } from './log-book.js';
import type { Fields, Logger } from './logger.js';
import type { Thinning } from './thinning.js';

/** Lines of the log that are no notices: written, repeated ones thinned out, and shown to those who look on. */
export class SharedLog {
  constructor(
    private readonly log: Pick<Logger, Level>,
    /** undefined: nobody looks on. */
    private readonly book: LogBook | undefined,
    private readonly thinning: Thinning,
  ) {}

  debug(fields: Fields, message: string): void {
    this.write('debug', fields, message);
  }

  info(fields: Fields, message: string): void {
    this.write('info', fields, message);
  }

  warn(fields: Fields, message: string): void {
    this.write('warn', fields, message);
  }

  error(fields: Fields, message: string): void {
    this.write('error', fields, message);
  }

  private write(level: Level, fields: Fields, message: string): void {
    const { code, ...rest } = fields;
    const { link } = rest;
    const kind = typeof link === 'string' ? { code, link } : { code };
    if (this.thinning.permits(level, kind)) this.log[level](fields, message);
    this.book?.add({ code, level, message }, rest);
  }
}
