/** What the operator does to one device. */
import type { Context } from '../context.js';
import { keepSession } from '../journal/keep.js';
import { abandonAttempt } from './connect.js';
import type { Downlink } from './buffer.js';
import { pump, sayWhenKept } from './deliver.js';
import { endSession, forgetSession } from './ending.js';
import type { Session } from './session.js';
import { isConnected } from './state.js';

/** Good-bye without the will. Who sleeps hears of it when it wakes up, as every stranger does. */
export function disconnect(ctx: Context, session: Session, why: string): void {
  abandonAttempt(ctx, session, why);
  if (session.removed || !isConnected(session.state.name)) return;
  const { peer, state } = session;
  endSession(ctx, session, why);
  if (!session.removed) keepSession(ctx, session);
  if (peer === undefined || state.name === 'ASLEEP') return;
  // Its answer to this is none to answer.
  ctx.disconnects.permit(peer, ctx.now);
  // A restart must not bring back who has been told that it is disconnected.
  sayWhenKept(ctx, session, () => ctx.send(peer, { type: 'DISCONNECT' }));
}

/** Nothing is known of the device any more, but what it has sent and the broker does not have yet. */
export function forget(ctx: Context, clientId: string): void {
  const why = 'the operator wants it forgotten';
  ctx.approvals.withdraw(clientId);
  const session = ctx.sessions.get(clientId);
  if (session) disconnect(ctx, session, why);
  // Others may remember a device that has no session any more.
  if (session === undefined || session.removed) {
    ctx.notice({ notice: 'forgotten', client: clientId, why });
  } else forgetSession(ctx, session, why);
}

/** Drops what waits for the device; what it has already, and only the end of a handshake is owed of, stays. */
export function removeMessages(
  ctx: Context,
  session: Session,
  which: (message: Downlink) => boolean,
): void {
  const { buffer, inFlight } = session;
  const removed = buffer.removeWhere((one) => !one.received && which(one), 'removed-by-operator');
  if (inFlight?.kind === 'publish' && removed.some(({ message }) => message === inFlight.message)) {
    session.inFlight = undefined;
  }
  ctx.dropAll(session, removed);
  pump(ctx, session);
  ctx.toArm.add(session);
}
