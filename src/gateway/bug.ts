import { inspect } from 'node:util';
import type { Input } from '../core/types.js';
import { traceInput } from '../core/trace.js';
import type { SharedLog } from '../observe/shared-log.js';

/** Enough for a stack, and for any datagram of a radio; the log is kept in memory for those who look on. */
const CHARS_MAX = 4000;

/** Tells a bug of ours, so that it can be reported: of the core with the input that led to it. */
export function tellBug(log: Pick<SharedLog, 'error'>, error: unknown, input?: Input): void {
  const what = inspect(error);
  const cause = input === undefined ? {} : { input: traceInput(input).slice(0, CHARS_MAX) };
  log.error(
    { code: 'INTERNAL_ERROR', error: what.slice(0, CHARS_MAX), ...cause },
    'this is a bug of the gateway, which goes on; please report it with this line',
  );
}
