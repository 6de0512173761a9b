/** Messages from a device to the broker (SN 6.12; the duplicate rules of section 12.5 of our notes). */
import { isValidTopic, PREDEFINED, type Qos, RETURN_CODE, SHORT } from '../../codec/index.js';
import type { Publish } from '../../codec/messages/publish.js';
import type { Pubrel } from '../../codec/messages/pubrel.js';
import type { Context, Pending } from '../context.js';
import type { Peer } from '../peer.js';
import { mayPublish } from '../settings.js';
import type { UpstreamEvent } from '../types.js';
import { type Inbound, isRepeat } from './inbound.js';
import type { Session } from './session.js';

export function onPublish(ctx: Context, session: Session, message: Publish, peer: Peer): void {
  const topic = topicOf(ctx, session, message);
  if (topic === undefined) {
    refuse(
      ctx,
      session,
      peer,
      message,
      RETURN_CODE.invalidTopicId,
      'the device uses a topic id it has not agreed on',
    );
    return;
  }
  if (
    session.settings.allow !== undefined &&
    !mayPublish(session.settings, session.clientId, topic)
  ) {
    refuse(
      ctx,
      session,
      peer,
      message,
      RETURN_CODE.notSupported,
      `the device may not publish to "${topic}"`,
    );
    return;
  }
  if (message.topicIdType === PREDEFINED) session.predefinedUsed.set(topic, message.topicId);
  if (message.qos === 1 || message.qos === 2)
    exchange(ctx, session, message, message.qos, topic, peer);
  else toBroker(ctx, session, message, topic, 0, 0);
}

/** The topic a PUBLISH names; undefined: the device has to register (again). */
export function topicOf(ctx: Context, session: Session, message: Publish): string | undefined {
  if (message.topicIdType === PREDEFINED)
    return ctx.predefined.topicOf(message.topicId, session.clientId);
  if (message.topicIdType !== SHORT) return session.topicIds.nameOf(message.topicId);
  const name = message.topicName ?? '';
  return isValidTopic(name) ? name : undefined;
}

function refuse(
  ctx: Context,
  session: Session,
  peer: Peer,
  { topicId, msgId }: Publish,
  returnCode: number,
  why: string,
): void {
  ctx.refuse(
    peer,
    'PUBLISH',
    { type: 'PUBACK', topicId, msgId, returnCode },
    why,
    session.clientId,
  );
}

function exchange(
  ctx: Context,
  session: Session,
  message: Publish,
  qos: 1 | 2,
  topic: string,
  peer: Peer,
): void {
  const { msgId } = message;
  const { inbound } = session;
  if (msgId === 0) {
    ctx.dropFrame(peer, 'zero-message-id', { messageType: 'PUBLISH', client: session.clientId });
    return;
  }
  const open = inbound.get(msgId);
  if (open && isRepeat(open, message)) {
    if (open.state === 'received') ctx.reply(session, { type: 'PUBREC', msgId });
    return;
  }
  if (open) {
    ctx.answered(open.token);
    inbound.abandon(open);
  }
  if (message.dup && inbound.wasDone(msgId, qos, ctx.now)) {
    acknowledge(ctx, session, qos, msgId, message.topicId);
    return;
  }
  if (inbound.isFull) {
    const why = 'too many messages of the device wait for the broker';
    refuse(ctx, session, peer, message, RETURN_CODE.congestion, why);
    return;
  }
  const exchange: Inbound = {
    msgId,
    qos,
    topicId: message.topicId,
    topic,
    data: message.data,
    token: 0,
    state: 'publishing',
    earlierConnection: false,
  };
  exchange.token = ctx.expectAnswer({ kind: 'publish', session, exchange });
  inbound.begin(exchange);
  toBroker(ctx, session, message, topic, qos, exchange.token);
}

function toBroker(
  ctx: Context,
  session: Session,
  message: Publish,
  topic: string,
  qos: 0 | 1 | 2,
  token: number,
): void {
  ctx.toBroker({
    op: 'publish',
    token,
    client: session.clientId,
    topic,
    payload: message.data,
    qos,
    retain: message.retain,
  });
}

const acknowledge = (
  ctx: Context,
  session: Session,
  qos: Qos,
  msgId: number,
  topicId: number,
): void =>
  ctx.answer(
    session,
    qos === 2
      ? { type: 'PUBREC', msgId }
      : { type: 'PUBACK', topicId, msgId, returnCode: RETURN_CODE.accepted },
  );

/** The broker's answer: only now does the device hear that its message has arrived. */
export function onPublished(
  ctx: Context,
  pending: Extract<Pending, { kind: 'publish' }>,
  event: Extract<UpstreamEvent, { event: 'published' }>,
): void {
  const { session, exchange: open } = pending;
  const { msgId, topicId, qos } = open;
  if (session.inbound.get(msgId) !== open) return;
  if (event.failure !== undefined) {
    session.inbound.abandon(open);
    const unavailable = event.failure === 'unavailable';
    ctx.dropUplink(session, unavailable ? 'broker-unavailable' : 'broker-refused', open.topic);
    const returnCode = unavailable ? RETURN_CODE.congestion : RETURN_CODE.notSupported;
    ctx.answer(session, { type: 'PUBACK', topicId, msgId, returnCode });
    return;
  }
  if (qos === 2) open.state = 'received';
  else session.inbound.finish(open, ctx.now + ctx.repeatWindowMs(session));
  acknowledge(ctx, session, qos, msgId, topicId);
}

/** QoS 0 is answered only when it could not be sent. */
export function onUnsentQos0(
  ctx: Context,
  event: Extract<UpstreamEvent, { event: 'published' }>,
): void {
  if (event.failure === undefined) return;
  ctx.notice({
    notice: 'drop',
    what: 'uplink',
    reason: event.failure === 'unavailable' ? 'broker-unavailable' : 'broker-refused',
    ...(event.client === null ? {} : { client: event.client }),
    ...(event.detail === undefined ? {} : { detail: event.detail }),
  });
}

/** PUBREL is answered even for an exchange nobody knows: the device has to come to its end. */
export function onPubrel(ctx: Context, session: Session, { msgId }: Pubrel): void {
  const open = session.inbound.get(msgId);
  if (open?.state === 'publishing') return;
  if (open) session.inbound.finish(open, ctx.now + ctx.repeatWindowMs(session));
  ctx.reply(session, { type: 'PUBCOMP', msgId });
}
