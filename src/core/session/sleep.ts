import type { Context } from '../context.js';
import type { Session } from './session.js';

/** ASLEEP for a time in seconds, from now on: nothing is sent to the device until it asks. */
export function fallAsleep(ctx: Context, session: Session, durationSec: number, why: string): void {
  ctx.become(session, { name: 'ASLEEP', durationSec }, why);
  ctx.supervise(session, durationSec);
}
