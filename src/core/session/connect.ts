/**
 * Opening a session (SN 6.3, 6.4; section 11.2 of our notes).
 *
 *   CleanSession Will   the gateway
 *   1            1      deletes all session data, asks for a will
 *   1            0      deletes all session data, no will
 *   0            1      keeps everything, asks; the new will replaces the stored one, an empty topic deletes it
 *   0            0      keeps everything, the stored will too, and asks nothing
 *
 * Nothing is deleted before the broker has agreed: an attempt that fails earlier changes nothing, and
 * neither does one that finds the broker away. Once asked, the broker's side may have begun: then only
 * its word that it is away brings the session back that was there before.
 * The will is session data in MQTT-SN: a plain DISCONNECT only keeps it from being fired.
 * The client id is the identity; whoever sends its CONNECT is the device from then on (rows 10, 11, 12).
 */
import { RETURN_CODE } from '../../codec/index.js';
import type { Connect } from '../../codec/messages/connect.js';
import type { DeviceSettings } from '../config.js';
import type { Context } from '../context.js';
import { dropSession, keepSession, keepWhatCounts, periodOf } from '../journal/keep.js';
import { BROKER_TIMEOUT_MS, CONGESTION_WAIT_MS } from '../limits.js';
import { type Peer, samePeer } from '../peer.js';
import { mayPublish, maySubscribe } from '../settings.js';
import type { UpstreamEvent, Will } from '../types.js';
import { clientIdProblem } from './client-id.js';
import { pump, reopenExchange, sayWhenKept } from './deliver.js';
import { bind, endSession, forgetSession, loseSession, resumeSession } from './ending.js';
import { Session } from './session.js';
import { isConnected, type SessionState, type SettledState } from './state.js';
import { unsubscribe } from './subscribe.js';

const PROTOCOL_ID = 1;

export function onConnect(ctx: Context, peer: Peer, request: Connect): void {
  const known = ctx.sessions.get(request.clientId);
  if (known?.peer && samePeer(known.peer, peer) && answerRepeat(ctx, known, request)) return;
  const settings = ctx.settingsFor(request.clientId);
  const refusal = objection(ctx, request, peer, known, settings !== undefined);
  if (refusal || settings === undefined) {
    const { returnCode, why } = refusal ?? { returnCode: RETURN_CODE.notSupported, why: 'denied' };
    ctx.refuse(peer, 'CONNECT', { type: 'CONNACK', returnCode }, why, request.clientId);
    return;
  }
  const session = known ?? newSession(ctx, request.clientId, settings);
  session.settings = settings;
  evictOther(ctx, session, peer);
  bind(ctx, session, peer);
  begin(ctx, session, request);
}

function newSession(ctx: Context, clientId: string, settings: DeviceSettings): Session {
  const session = new Session(clientId, settings);
  // A session of its before may be on its way out of the journal, and must be gone before CONNACK.
  session.lastWrite = ctx.journal.latest;
  session.topicIds.beginAbove(ctx.retiredIds);
  ctx.sessions.add(session);
  return session;
}

function objection(
  ctx: Context,
  request: Connect,
  peer: Peer,
  known: Session | undefined,
  allowed: boolean,
): { returnCode: number; why: string } | undefined {
  const { clientId, protocolId } = request;
  const notSupported = (why: string) => ({ returnCode: RETURN_CODE.notSupported, why });
  if (protocolId !== PROTOCOL_ID)
    return notSupported(`protocol id ${protocolId} is not MQTT-SN 1.2`);
  const problem = clientIdProblem(clientId);
  if (problem !== undefined) return notSupported(problem);
  if (!allowed) return notSupported('no device rule matches and access.unknown_devices is deny');
  const isConnectedNow = known !== undefined && isConnected(known.state.name);
  if (!isConnectedNow && ctx.links.isCongested(peer.link)) {
    return {
      returnCode: RETURN_CODE.congestion,
      why: `the air of link ${peer.link} has no room for more`,
    };
  }
  if (known === undefined && !hasRoom(ctx)) {
    return {
      returnCode: RETURN_CODE.congestion,
      why: `limits.devices (${ctx.config.limits.devices}) is reached`,
    };
  }
  return undefined;
}

/** Room for one more device, if need be that of a session that keeps nothing anybody would miss. */
function hasRoom(ctx: Context): boolean {
  if (ctx.sessions.size < ctx.config.limits.devices) return true;
  const idle = ctx.sessions.firstIdle();
  if (idle) forgetSession(ctx, idle, 'another device needs the room (limits.devices)');
  return idle !== undefined;
}

/** A device that missed an answer repeats its CONNECT; true when that was all. */
function answerRepeat(ctx: Context, session: Session, request: Connect): boolean {
  const { state, lastConnect } = session;
  if (state.name === 'CONNECTING' && sameConnect(state.request, request)) {
    prompt(ctx, session);
    return true;
  }
  if (
    state.name !== 'ACTIVE' ||
    lastConnect === undefined ||
    !lastConnect.quiet ||
    !sameConnect(lastConnect.request, request) ||
    ctx.now - lastConnect.answeredAt > ctx.repeatWindowMs(session)
  ) {
    return false;
  }
  ctx.supervise(session, session.keepAliveSec);
  if (session.unsaid > 0) return true;
  ctx.reply(session, { type: 'CONNACK', returnCode: RETURN_CODE.accepted });
  return true;
}

const sameConnect = (a: Connect, b: Connect): boolean =>
  a.will === b.will && a.cleanSession === b.cleanSession && a.duration === b.duration;

/** Another device spoke from this address before: it cannot be there any more (row 11). */
function evictOther(ctx: Context, session: Session, peer: Peer): void {
  const other = ctx.sessions.at(peer.link, peer.key);
  if (other === undefined || other === session) return;
  abandonAttempt(ctx, other, 'another client id from its address');
  if (isConnected(other.state.name)) loseSession(ctx, other, 'another client id from its address');
}

function begin(ctx: Context, session: Session, request: Connect): void {
  const resume = settled(session.state);
  const { resumeOnWake } = session.settings;
  // Of a ghost there is nothing left to be kept.
  const resumed = resumeOnWake && resume?.name === 'ASLEEP' && !session.isGhost;
  const cleanSession = request.cleanSession && !resumed;
  // A sign of life for the session it may go back to, too.
  if (resume?.name === 'ACTIVE') ctx.supervise(session, session.keepAliveSec);
  else if (resume?.name === 'ASLEEP') ctx.supervise(session, resume.durationSec);
  const next: SessionState = {
    name: 'CONNECTING',
    request,
    cleanSession,
    waitingFor: 'will-topic',
    will: undefined,
    expiresAt: ctx.now + ctx.repeatWindowMs(session),
    resume,
  };
  session.lastConnect = undefined;
  ctx.become(session, next, 'CONNECT');
  if (request.will && !resumed) prompt(ctx, session);
  else openUpstream(ctx, session, cleanSession ? undefined : allowedWill(session));
}

/** The stored will, unless the rules have changed since. */
export function allowedWill({ will, settings, clientId }: Session): Will | undefined {
  return will && mayPublish(settings, clientId, will.topic) ? will : undefined;
}

/** What a session falls back to when a CONNECT comes to nothing. */
function settled(state: SessionState): SettledState | undefined {
  if (state.name === 'CONNECTING') return unasked(state);
  return state.name === 'AWAKE' ? { name: 'ASLEEP', durationSec: state.durationSec } : state;
}

/** What the session can go back to by itself; undefined once the broker was asked. */
const unasked = ({
  waitingFor,
  resume,
}: Extract<SessionState, { name: 'CONNECTING' }>): SettledState | undefined =>
  waitingFor === 'broker' ? undefined : resume;

function prompt(ctx: Context, session: Session): void {
  if (session.state.name !== 'CONNECTING') return;
  switch (session.state.waitingFor) {
    case 'will-topic':
      ctx.reply(session, { type: 'WILLTOPICREQ' });
      return;
    case 'will-message':
      ctx.reply(session, { type: 'WILLMSGREQ' });
      return;
    case 'broker':
      return;
    default:
      session.state.waitingFor satisfies never;
  }
}

/** All that the device has to say is known: now the broker decides. */
export function openUpstream(ctx: Context, session: Session, will: Will | undefined): void {
  if (session.state.name !== 'CONNECTING') return;
  session.state.waitingFor = 'broker';
  session.state.will = will;
  session.state.expiresAt = ctx.now + BROKER_TIMEOUT_MS;
  ctx.outbox.dismissCourier(session.clientId);
  ctx.toBroker({
    op: 'open',
    token: ctx.expectAnswer({ kind: 'open', session, request: session.state.request }),
    client: session.clientId,
    cleanSession: session.state.cleanSession,
    ...(will ? { will } : {}),
  });
}

/** The broker's answer to an attempt that is still wanted. */
export function onOpened(
  ctx: Context,
  session: Session,
  request: Connect,
  event: Extract<UpstreamEvent, { event: 'opened' }>,
): void {
  const { state } = session;
  if (state.name !== 'CONNECTING' || state.request !== request) return;
  const { failure, detail } = event;
  if (failure === undefined) accept(ctx, session, state);
  else if (failure === 'unavailable') postpone(ctx, session, state, detail ?? 'the broker is away');
  else {
    const why = detail ?? 'the broker refused the device';
    refuseAttempt(ctx, session, RETURN_CODE.notSupported, why);
  }
}

/**
 * The broker is away. Who was connected is so still: the broker's side has changed nothing, and a will must not
 * get lost with a CONNECT in vain. The device has been asked to wait (T_WAIT), so that is no silence, and takes
 * itself for disconnected, so it is left alone until it speaks.
 */
function postpone(
  ctx: Context,
  session: Session,
  { resume }: Extract<SessionState, { name: 'CONNECTING' }>,
  why: string,
): void {
  if (resume === undefined || !isConnected(resume.name)) {
    refuseAttempt(ctx, session, RETURN_CODE.congestion, why);
    return;
  }
  refuse(ctx, session, RETURN_CODE.congestion, why);
  resumeSession(ctx, session, resume, why);
  ctx.supervise(session, periodOf(session), CONGESTION_WAIT_MS);
  session.paused = { why: 'no-answer' };
  ctx.notice({ notice: 'delivery-paused', client: session.clientId, why: 'told-to-wait' });
}

function accept(
  ctx: Context,
  session: Session,
  { request, cleanSession, will }: Extract<SessionState, { name: 'CONNECTING' }>,
): void {
  if (cleanSession) wipe(ctx, session);
  session.connection++;
  session.forgetRequests();
  session.isGhost = false;
  session.will = will;
  // A resumed session stays of the kind it was, whatever the CONNECT asked for.
  if (request.cleanSession === cleanSession) session.cleanSession = cleanSession;
  if (!cleanSession) {
    session.topicIds.unconfirmAll();
    session.inbound.survive();
  }
  keepWhatCounts(ctx, session);
  if (!cleanSession) revoke(ctx, session);
  reopenExchange(session);
  session.keepAliveSec = request.duration;
  session.lastConnect = { request, answeredAt: ctx.now, quiet: true };
  ctx.become(session, { name: 'ACTIVE' }, 'connected');
  ctx.supervise(session, request.duration);
  keepSession(ctx, session);
  ctx.outbox.onConnected(session.clientId);
  welcome(ctx, session);
}

/** CONNACK, as soon as a restart would bring back what it stands for; then what is owed to the device. */
function welcome(ctx: Context, session: Session): void {
  const { connection } = session;
  sayWhenKept(ctx, session, () => {
    if (session.connection !== connection || !isConnected(session.state.name)) return;
    ctx.reply(session, { type: 'CONNACK', returnCode: RETURN_CODE.accepted });
  });
}

/** Ends the kept subscriptions that the rules do not allow any more. */
export function revoke(ctx: Context, session: Session): void {
  for (const filter of session.subscriptions.keys()) {
    if (!maySubscribe(session.settings, session.clientId, filter))
      unsubscribe(ctx, session, filter);
  }
}

function wipe(ctx: Context, session: Session): void {
  dropSession(ctx, session);
  ctx.dropAll(session, session.buffer.clear('session-ended'));
  session.topicIds.clear();
  session.subscriptions.clear();
  session.predefinedUsed.clear();
  session.inbound.clear();
}

/** CONNACK with a refusal; the broker's side is as before the CONNECT, or gone if it was asked. */
export function refuseAttempt(
  ctx: Context,
  session: Session,
  returnCode: number,
  why: string,
): void {
  if (session.state.name !== 'CONNECTING') return;
  refuse(ctx, session, returnCode, why);
  abandonAttempt(ctx, session, why);
  pump(ctx, session);
}

function refuse(ctx: Context, { peer, clientId }: Session, returnCode: number, why: string): void {
  if (peer) ctx.refuse(peer, 'CONNECT', { type: 'CONNACK', returnCode }, why, clientId);
}

/** The attempt has come to nothing: back to where the session was, or DISCONNECTED if the broker was asked. */
export function abandonAttempt(ctx: Context, session: Session, why: string): void {
  const { state } = session;
  if (state.name !== 'CONNECTING') return;
  const resume = unasked(state);
  if (resume === undefined) endSession(ctx, session, why);
  else resumeSession(ctx, session, resume, why);
}

/** The device stopped answering prompts, or the broker did not answer at all. */
export function onAttemptExpired(ctx: Context, session: Session): void {
  if (session.state.name !== 'CONNECTING') return;
  if (session.state.waitingFor === 'broker') {
    refuseAttempt(ctx, session, RETURN_CODE.congestion, 'the broker did not answer in time');
  } else {
    abandonAttempt(ctx, session, 'the device did not answer the will prompt');
    pump(ctx, session);
  }
}
