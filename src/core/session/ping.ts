/**
 * Keep alive and the wake-up of sleepers (SN 6.11, 6.14). A PINGREQ with a client id is looked up by
 * that id, not by the address: sleepers come back from behind another NAT port or another radio.
 */
import type { Pingreq } from '../../codec/messages/pingreq.js';
import type { Context } from '../context.js';
import { PINGREQ_COPY_MS } from '../limits.js';
import type { Peer } from '../peer.js';
import { pump, resend } from './deliver.js';
import { bind } from './ending.js';
import type { Session } from './session.js';
import { isConnected } from './state.js';

export function onPingreq(
  ctx: Context,
  peer: Peer,
  here: Session | undefined,
  message: Pingreq,
): void {
  const known = message.clientId === undefined ? here : ctx.sessions.get(message.clientId);
  const session = known?.isGhost ? undefined : known;
  if (session?.state.name === 'CONNECTING') {
    ctx.dropFrame(peer, 'wrong-state', { messageType: 'PINGREQ', client: session.clientId });
    return;
  }
  if (session === undefined || !isConnected(session.state.name)) {
    if (!ctx.turnAway(peer)) ctx.dropFrame(peer, 'unknown-sender', { messageType: 'PINGREQ' });
    return;
  }
  bind(ctx, session, peer);
  answer(ctx, session);
}

function answer(ctx: Context, session: Session): void {
  const { state } = session;
  if (state.name === 'ACTIVE') {
    ctx.supervise(session, session.keepAliveSec);
    // Or CONNACK is on its way, and says as much.
    if (session.unsaid === 0) ctx.reply(session, { type: 'PINGRESP' });
    pump(ctx, session);
    return;
  }
  if (state.name === 'AWAKE') {
    const { sentAt = Number.NEGATIVE_INFINITY } = session.inFlight ?? {};
    // A repeat that the network lets come behind PUBREL would be another message to the device.
    if (ctx.now - sentAt < PINGREQ_COPY_MS) return;
    // The device misses something; PINGRESP is still to come, once (SLP-12).
    if (!resend(ctx, session)) pump(ctx, session);
    return;
  }
  if (state.name === 'ASLEEP') wake(ctx, session, state.durationSec);
}

function wake(ctx: Context, session: Session, durationSec: number): void {
  session.paused = undefined;
  session.gapUntil = 0;
  ctx.dropAll(session, session.buffer.expire(session.settings.sleep.ageMs, ctx.now));
  ctx.become(session, { name: 'AWAKE', durationSec, since: ctx.now, delivered: 0 }, 'PINGREQ');
  session.silentUntil = Number.POSITIVE_INFINITY;
  if (!resend(ctx, session)) pump(ctx, session);
}
