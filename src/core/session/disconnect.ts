/** DISCONNECT from a device: good-bye, or good night when it carries a duration (SN 6.13, 6.14). */
import type { Disconnect } from '../../codec/messages/disconnect.js';
import type { Context } from '../context.js';
import type { Peer } from '../peer.js';
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
    session.state.name === 'LOST'
  ) {
    if (!ctx.turnAway(peer)) ctx.dropFrame(peer, 'unknown-sender', { messageType: 'DISCONNECT' });
    return;
  }
  if (session.state.name === 'CONNECTING') {
    const { resume } = session.state;
    ctx.reply(session, { type: 'DISCONNECT' });
    endSession(ctx, session, 'DISCONNECT', resume === undefined || isConnected(resume.name));
    return;
  }
  ctx.reply(session, { type: 'DISCONNECT' });
  if (durationSec > 0) {
    fallAsleep(ctx, session, durationSec, `DISCONNECT(${durationSec} s)`);
    return;
  }
  ctx.disconnects.permit(peer, ctx.now);
  endSession(ctx, session, 'DISCONNECT');
}
