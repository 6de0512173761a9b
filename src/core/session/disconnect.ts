/** DISCONNECT from a device: good-bye, or good night when it carries a duration (SN 6.13, 6.14). */
import type { Disconnect } from '../../codec/messages/disconnect.js';
import type { Context } from '../context.js';
import { keepSession } from '../journal/keep.js';
import type { Peer } from '../peer.js';
import { sayWhenKept } from './deliver.js';
import { endSession } from './ending.js';
import type { Session } from './session.js';
import { fallAsleep } from './sleep.js';
import { isConnected } from './state.js';

export function onDisconnect(
  ctx: Context,
  peer: Peer,
  session: Session | undefined,
  message: Disconnect,
): void {
  // A duration of 0 is no sleep (row 19).
  const durationSec = message.duration ?? 0;
  if (
    session === undefined ||
    session.state.name === 'DISCONNECTED' ||
    session.state.name === 'LOST' ||
    (session.isGhost && session.state.name !== 'CONNECTING')
  ) {
    if (!ctx.turnAway(peer)) ctx.dropFrame(peer, 'unknown-sender', { messageType: 'DISCONNECT' });
    return;
  }
  if (session.state.name === 'CONNECTING') {
    const { resume, waitingFor } = session.state;
    const isUnasked = waitingFor !== 'broker' && resume !== undefined;
    endSession(ctx, session, 'DISCONNECT', !isUnasked || isConnected(resume.name));
  } else if (durationSec > 0) {
    fallAsleep(ctx, session, durationSec, `DISCONNECT(${durationSec} s)`);
  } else {
    ctx.disconnects.permit(peer, ctx.now);
    endSession(ctx, session, 'DISCONNECT');
  }
  if (!session.removed) keepSession(ctx, session);
  // A restart must not bring back a device that is awake, or whose will could fire.
  sayWhenKept(ctx, session, () => ctx.send(peer, { type: 'DISCONNECT' }));
}
