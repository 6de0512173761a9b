/** How a session ends, moves to another address, and is supervised for silence (SN 6.13, 6.14). */
import type { Context } from '../context.js';
import { dropSession, keepSession } from '../journal/keep.js';
import { SESSION_EXPIRY_MS } from '../limits.js';
import { type Peer, samePeer } from '../peer.js';
import { onMoved } from './deliver.js';
import type { Session } from './session.js';
import { fallAsleep } from './sleep.js';
import { isConnected, type SettledState } from './state.js';

/** Good-bye without the will. `closeUpstream` false: the broker's side was never asked. */
export function endSession(
  ctx: Context,
  session: Session,
  why: string,
  closeUpstream = true,
): void {
  if (closeUpstream) close(ctx, session, 'discard');
  ctx.become(session, { name: 'DISCONNECTED', expiresAt: ctx.now + SESSION_EXPIRY_MS }, why);
  settleData(ctx, session);
}

/** Silent beyond its deadline, or displaced: the will is fired, once. */
export function loseSession(ctx: Context, session: Session, why: string): void {
  if (session.will) {
    ctx.notice({ notice: 'will-fired', client: session.clientId, topic: session.will.topic });
  }
  close(ctx, session, 'fire');
  ctx.become(session, { name: 'LOST', expiresAt: ctx.now + SESSION_EXPIRY_MS }, why);
  settleData(ctx, session);
}

/** Back to what the session was before a connect attempt that the broker has not heard of. */
export function resumeSession(
  ctx: Context,
  session: Session,
  state: SettledState,
  why: string,
): void {
  ctx.become(session, state, why);
  if (!isConnected(state.name)) settleData(ctx, session);
}

/** The broker's side has ended by itself. */
export function sessionClosedUpstream(ctx: Context, session: Session, why: string): void {
  const { state } = session;
  if (state.name === 'CONNECTING') {
    // The prompts go on; there is only nothing to go back to. Once asked again, the broker means the old session.
    if (state.resume && isConnected(state.resume.name)) {
      state.resume = { name: 'DISCONNECTED', expiresAt: ctx.now + SESSION_EXPIRY_MS };
      // Of a connection that is over the broker's side keeps nothing, nor may a restart believe in it.
      if (session.cleanSession) dropSession(ctx, session);
      else keepSession(ctx, session, state.resume);
    }
    return;
  }
  if (!isConnected(state.name)) return;
  if (session.state.name === 'ACTIVE' && session.peer) ctx.turnAway(session.peer);
  ctx.become(session, { name: 'DISCONNECTED', expiresAt: ctx.now + SESSION_EXPIRY_MS }, why);
  settleData(ctx, session);
}

/** The kept data of a session without a connection go: they have outlived their time, or others need the room. */
export function forgetSession(ctx: Context, session: Session, why: string): void {
  ctx.toBroker({ op: 'close', client: session.clientId, will: 'discard', forget: true });
  ctx.notice({ notice: 'forgotten', client: session.clientId, why });
  ctx.retireIds(session.topicIds.highestId);
  remove(ctx, session);
}

/** Moves a session to the address its device speaks from. */
export function bind(ctx: Context, session: Session, peer: Peer): void {
  const before = session.peer;
  if (before && samePeer(before, peer)) return;
  const loser = ctx.sessions.bind(session, peer);
  ctx.touch(session);
  if (loser) ctx.touch(loser);
  onMoved(ctx, session);
  // Without an address a wake-up cannot go on; the device will ask again from wherever it is.
  if (loser?.state.name === 'AWAKE') {
    fallAsleep(ctx, loser, loser.state.durationSec, 'another device speaks from its address');
  }
  if (before === undefined) return;
  ctx.notice({
    notice: 'roamed',
    client: session.clientId,
    link: peer.link,
    address: peer.key,
    fromLink: before.link,
    fromAddress: before.key,
  });
}

function close(ctx: Context, session: Session, will: 'fire' | 'discard'): void {
  ctx.toBroker({ op: 'close', client: session.clientId, will, forget: session.cleanSession });
}

/** CleanSession=1 leaves nothing behind; CleanSession=0 keeps all but what only a connection needs. */
function settleData(ctx: Context, session: Session): void {
  session.lastConnect = undefined;
  session.forgetRequests();
  session.silentUntil = Number.POSITIVE_INFINITY;
  if (session.cleanSession) remove(ctx, session);
}

function remove(ctx: Context, session: Session): void {
  dropSession(ctx, session);
  ctx.dropAll(session, session.buffer.clear('session-ended'));
  ctx.sessions.remove(session);
  ctx.deadlines.disarm(session);
}
