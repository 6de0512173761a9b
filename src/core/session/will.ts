/** The will: prompts during connect (SN 6.3) and updates during a connection (SN 6.4). */
import { isValidTopic, RETURN_CODE } from '../../codec/index.js';
import type { Willmsg } from '../../codec/messages/willmsg.js';
import type { Willmsgupd } from '../../codec/messages/willmsgupd.js';
import type { Willtopic } from '../../codec/messages/willtopic.js';
import type { Willtopicupd } from '../../codec/messages/willtopicupd.js';
import type { Context, Pending } from '../context.js';
import { keepSession, keepWhatCounts } from '../journal/keep.js';
import type { Peer } from '../peer.js';
import { mayPublish } from '../settings.js';
import type { MqttQos, UpstreamEvent, Will } from '../types.js';
import { openUpstream, refuseAttempt } from './connect.js';
import type { Session } from './session.js';
import { isConnected } from './state.js';

const NO_PAYLOAD = new Uint8Array(0);

export function onWillTopic(ctx: Context, session: Session, message: Willtopic, peer: Peer): void {
  const { state } = session;
  if (state.name !== 'CONNECTING') return;
  if (state.waitingFor === 'broker') {
    ctx.dropFrame(peer, 'wrong-state', { messageType: message.type, client: session.clientId });
    return;
  }
  if (state.waitingFor === 'will-topic') {
    if (message.empty || message.willTopic === '') {
      openUpstream(ctx, session, undefined);
      return;
    }
    const objection = objectionTo(session, message);
    if (objection !== undefined) {
      refuseAttempt(ctx, session, RETURN_CODE.notSupported, objection);
      return;
    }
    state.will = withTopic(message, NO_PAYLOAD);
    state.waitingFor = 'will-message';
    state.expiresAt = ctx.now + ctx.repeatWindowMs(session);
  }
  ctx.reply(session, { type: 'WILLMSGREQ' });
}

export function onWillMessage(ctx: Context, session: Session, message: Willmsg, peer: Peer): void {
  const { state } = session;
  if (state.name === 'CONNECTING' && state.waitingFor === 'will-message' && state.will) {
    openUpstream(ctx, session, { ...state.will, payload: new Uint8Array(message.willMsg) });
    return;
  }
  // The CONNACK got lost and the device repeats its last message.
  const { lastConnect } = session;
  if (
    state.name === 'ACTIVE' &&
    lastConnect?.request.will &&
    ctx.now - lastConnect.answeredAt <= ctx.repeatWindowMs(session)
  ) {
    if (session.unsaid > 0) return;
    ctx.reply(session, { type: 'CONNACK', returnCode: RETURN_CODE.accepted });
    return;
  }
  ctx.dropFrame(peer, 'wrong-state', { messageType: message.type, client: session.clientId });
}

export function onWillTopicUpdate(
  ctx: Context,
  session: Session,
  message: Willtopicupd,
  peer: Peer,
): void {
  if (session.settings.willUpdate === 'reject') {
    refuseUpdate(ctx, session, peer, 'WILLTOPICUPD', 'devices.will_update is reject');
    return;
  }
  if (message.empty || message.willTopic === '') {
    update(ctx, session, undefined, 'WILLTOPICRESP', peer);
    return;
  }
  const objection = objectionTo(session, message);
  if (objection !== undefined) {
    refuseUpdate(ctx, session, peer, 'WILLTOPICUPD', objection);
    return;
  }
  update(
    ctx,
    session,
    withTopic(message, session.will?.payload ?? NO_PAYLOAD),
    'WILLTOPICRESP',
    peer,
  );
}

export function onWillMessageUpdate(
  ctx: Context,
  session: Session,
  message: Willmsgupd,
  peer: Peer,
): void {
  if (session.settings.willUpdate === 'reject') {
    refuseUpdate(ctx, session, peer, 'WILLMSGUPD', 'devices.will_update is reject');
    return;
  }
  if (session.will === undefined) {
    refuseUpdate(ctx, session, peer, 'WILLMSGUPD', 'there is no will topic to go with it');
    return;
  }
  update(
    ctx,
    session,
    { ...session.will, payload: new Uint8Array(message.willMsg) },
    'WILLMSGRESP',
    peer,
  );
}

export function onWillSet(
  ctx: Context,
  pending: Extract<Pending, { kind: 'set-will' }>,
  event: Extract<UpstreamEvent, { event: 'will-set' }>,
): void {
  const { session, answer, connection } = pending;
  if (connection !== session.connection) return;
  session.settingWill = false;
  if (event.failure === undefined) {
    session.will = pending.will;
    keepWhatCounts(ctx, session);
    keepSession(ctx, session);
    ctx.answerWhenKept(session, { type: answer, returnCode: RETURN_CODE.accepted });
    return;
  }
  const request = answer === 'WILLTOPICRESP' ? 'WILLTOPICUPD' : 'WILLMSGUPD';
  const returnCode =
    event.failure === 'unavailable' ? RETURN_CODE.congestion : RETURN_CODE.notSupported;
  if (session.peer && isConnected(session.state.name)) {
    ctx.refuse(
      session.peer,
      request,
      { type: answer, returnCode },
      `the broker's side is ${event.failure}`,
      session.clientId,
    );
  }
}

function update(
  ctx: Context,
  session: Session,
  will: Will | undefined,
  answer: 'WILLTOPICRESP' | 'WILLMSGRESP',
  peer: Peer,
): void {
  const { connection } = session;
  if (session.settingWill) {
    // One at a time; the device repeats its request until it is answered.
    ctx.dropFrame(peer, 'too-many-requests', { client: session.clientId });
    return;
  }
  session.settingWill = true;
  ctx.toBroker({
    op: 'set-will',
    token: ctx.expectAnswer({ kind: 'set-will', session, connection, answer, will }),
    client: session.clientId,
    ...(will ? { will } : {}),
  });
}

function refuseUpdate(
  ctx: Context,
  session: Session,
  peer: Peer,
  request: 'WILLTOPICUPD' | 'WILLMSGUPD',
  why: string,
): void {
  const type = request === 'WILLTOPICUPD' ? 'WILLTOPICRESP' : 'WILLMSGRESP';
  ctx.refuse(peer, request, { type, returnCode: RETURN_CODE.notSupported }, why, session.clientId);
}

type NamedWill = Extract<Willtopic | Willtopicupd, { willTopic: string }>;

/** What is wrong with a will topic, in words; undefined: nothing. */
function objectionTo(session: Session, { willTopic, qos }: NamedWill): string | undefined {
  if (qos === -1) return 'a will cannot have QoS -1';
  if (!isValidTopic(willTopic)) return `"${willTopic}" is not a topic a will can go to`;
  if (!mayPublish(session.settings, session.clientId, willTopic)) {
    return `the device may not publish its will to "${willTopic}"`;
  }
  return undefined;
}

const withTopic = ({ willTopic, qos, retain }: NamedWill, payload: Uint8Array): Will => ({
  topic: willTopic,
  payload,
  qos: qos as MqttQos,
  retain,
});
