/** SUBSCRIBE and UNSUBSCRIBE (SN 6.13): forwarded each time, so that the broker sends retained messages again. */
import {
  hasWildcard,
  isValidFilter,
  isValidTopic,
  NORMAL,
  PREDEFINED,
  RETURN_CODE,
  unshared,
} from '../../codec/index.js';
import type { Subscribe } from '../../codec/messages/subscribe.js';
import type { Unsubscribe } from '../../codec/messages/unsubscribe.js';
import type { Context, Pending } from '../context.js';
import { keepSubscription } from '../journal/keep.js';
import { OPEN_SUBSCRIBES_MAX, SUBSCRIPTIONS_PER_DEVICE_MAX } from '../limits.js';
import type { Peer } from '../peer.js';
import { maySubscribe } from '../settings.js';
import type { MqttQos, UpstreamEvent } from '../types.js';
import { pump } from './deliver.js';
import type { Session } from './session.js';
import { isConnected } from './state.js';
import { assignTopicId, confirmTopicId, usePredefined } from './topic-names.js';

interface Refusal {
  returnCode: number;
  why: string;
}

const isRefusal = (value: object): value is Refusal => 'returnCode' in value;

export function onSubscribe(ctx: Context, session: Session, message: Subscribe, peer: Peer): void {
  const wish = examine(ctx, session, message);
  if (isRefusal(wish)) {
    refuse(ctx, session, peer, message.msgId, wish);
    return;
  }
  const { filter, topicId } = wish;
  const open = session.subscribing.get(filter);
  if (open?.msgId === message.msgId) return; // repeated while the broker has not answered (SUB-11)
  const token = ctx.expectAnswer({
    kind: 'subscribe',
    session,
    connection: session.connection,
    msgId: message.msgId,
    filter,
    topicIdType: message.topicIdType,
    topicId,
  });
  session.subscribing.set(filter, { token, msgId: message.msgId });
  session.openSubscribes++;
  ctx.toBroker({
    op: 'subscribe',
    token,
    client: session.clientId,
    filter,
    qos: message.qos as MqttQos,
  });
}

/** The filter and the topic id the SUBACK will carry, or what is wrong. */
function examine(
  ctx: Context,
  session: Session,
  message: Subscribe,
): { filter: string; topicId: number } | Refusal {
  const notSupported = (why: string): Refusal => ({ returnCode: RETURN_CODE.notSupported, why });
  if (message.qos === -1) return notSupported('a subscription cannot have QoS -1');
  const filter =
    message.topicIdType === PREDEFINED
      ? ctx.predefined.topicOf(message.topicId, session.clientId)
      : message.topicName;
  if (filter === undefined) {
    return {
      returnCode: RETURN_CODE.invalidTopicId,
      why: 'no such predefined topic for this device',
    };
  }
  const valid = message.topicIdType === NORMAL ? isValidFilter(filter) : isValidTopic(filter);
  if (!valid) return notSupported(`"${filter}" is not a valid filter`);
  if (!maySubscribe(session.settings, session.clientId, filter)) {
    return notSupported(`the device may not subscribe to "${filter}"`);
  }
  const isNew = !session.subscriptions.has(filter) && !session.subscribing.has(filter);
  if (
    (isNew &&
      session.subscriptions.size + session.subscribing.size >= SUBSCRIPTIONS_PER_DEVICE_MAX) ||
    session.openSubscribes >= OPEN_SUBSCRIBES_MAX
  ) {
    return { returnCode: RETURN_CODE.congestion, why: 'the device has too many subscriptions' };
  }
  if (isNew && session.peer && ctx.links.isCongested(session.peer.link)) {
    return { returnCode: RETURN_CODE.congestion, why: 'the air of its link has no room for more' };
  }
  if (message.topicIdType === PREDEFINED) return { filter, topicId: message.topicId };
  if (message.topicIdType !== NORMAL || hasWildcard(filter)) return { filter, topicId: 0 };
  const entry = assignTopicId(ctx, session, unshared(filter));
  if (entry === undefined) {
    return { returnCode: RETURN_CODE.congestion, why: 'the device has used up its topic ids' };
  }
  return { filter, topicId: entry.id };
}

function refuse(
  ctx: Context,
  session: Session,
  peer: Peer,
  msgId: number,
  { returnCode, why }: Refusal,
): void {
  ctx.refuse(
    peer,
    'SUBSCRIBE',
    { type: 'SUBACK', qos: 0, topicId: 0, msgId, returnCode },
    why,
    session.clientId,
  );
}

export function onSubscribed(
  ctx: Context,
  pending: Extract<Pending, { kind: 'subscribe' }>,
  event: Extract<UpstreamEvent, { event: 'subscribed' }>,
): void {
  const { session, msgId, filter, topicIdType } = pending;
  const sameConnection = pending.connection === session.connection;
  // A CleanSession=1 CONNECT has ended this subscription at the broker since.
  if (!sameConnection && session.cleanSession) return;
  // A later SUBSCRIBE to the same filter, or a new CONNECT, has taken this one's place: the
  // subscription counts, but nobody waits for its answer.
  if (sameConnection) session.openSubscribes--;
  const isLatest = session.subscribing.get(filter)?.token === event.token;
  const awaited = isLatest && isConnected(session.state.name);
  if (event.failure !== undefined) {
    if (isLatest) session.subscribing.delete(filter);
    if (!awaited || session.peer === undefined) return;
    const returnCode =
      event.failure === 'unavailable' ? RETURN_CODE.congestion : RETURN_CODE.notSupported;
    const why =
      event.detail ?? `the broker ${event.failure === 'unavailable' ? 'is away' : 'refused it'}`;
    refuse(ctx, session, session.peer, msgId, { returnCode, why });
    pump(ctx, session);
    return;
  }
  const announced = session.subscriptions.get(filter)?.announced ?? false;
  const subscription = { qos: event.grantedQos, topicIdType, announced };
  session.subscriptions.set(filter, subscription);
  keepSubscription(ctx, session, filter);
  ctx.whenKept(session, () => {
    subscription.announced = true;
    announce(ctx, pending, event);
  });
}

/** SUBACK, if the device still waits for this one. */
function announce(
  ctx: Context,
  pending: Extract<Pending, { kind: 'subscribe' }>,
  { token, grantedQos: qos }: Extract<UpstreamEvent, { event: 'subscribed' }>,
): void {
  const { session, msgId, filter, topicIdType, topicId } = pending;
  if (session.removed || session.subscribing.get(filter)?.token !== token) return;
  session.subscribing.delete(filter);
  if (session.peer === undefined || !isConnected(session.state.name)) return;
  if (topicIdType === PREDEFINED) usePredefined(ctx, session, filter, topicId);
  const entry = topicIdType === NORMAL ? session.topicIds.get(unshared(filter)) : undefined;
  if (entry) confirmTopicId(ctx, session, entry);
  ctx.reply(session, {
    type: 'SUBACK',
    qos,
    topicId,
    msgId,
    returnCode: RETURN_CODE.accepted,
  });
  pump(ctx, session);
}

/** UNSUBACK cannot carry an error: what was not subscribed is answered all the same. */
export function onUnsubscribe(
  ctx: Context,
  session: Session,
  message: Unsubscribe,
  peer: Peer,
): void {
  const { msgId } = message;
  const filter =
    message.topicIdType === PREDEFINED
      ? ctx.predefined.topicOf(message.topicId, session.clientId)
      : message.topicName;
  if (filter === undefined || !isValidFilter(filter)) {
    ctx.send(peer, { type: 'UNSUBACK', msgId });
    return;
  }
  const { connection, unsubscribing } = session;
  if (unsubscribing.has(keyOf(msgId, filter))) return; // repeated while the broker has not answered
  if (unsubscribing.size >= OPEN_SUBSCRIBES_MAX) {
    ctx.dropFrame(peer, 'too-many-requests', {
      messageType: message.type,
      client: session.clientId,
    });
    return;
  }
  unsubscribing.add(keyOf(msgId, filter));
  const token = ctx.expectAnswer({
    kind: 'unsubscribe',
    session,
    answer: { msgId, connection },
    filter,
  });
  ctx.toBroker({ op: 'unsubscribe', token, client: session.clientId, filter });
}

const keyOf = (msgId: number, filter: string): string => `${msgId} ${filter}`;

/** Ends a subscription of its own accord; no device waits for an answer. */
export function unsubscribe(ctx: Context, session: Session, filter: string): void {
  session.subscriptions.delete(filter);
  keepSubscription(ctx, session, filter);
  const token = ctx.expectAnswer({ kind: 'unsubscribe', session, answer: undefined, filter });
  ctx.toBroker({ op: 'unsubscribe', token, client: session.clientId, filter });
}

export function onUnsubscribed(
  ctx: Context,
  pending: Extract<Pending, { kind: 'unsubscribe' }>,
): void {
  const { session, filter, answer } = pending;
  if (session.subscriptions.delete(filter)) keepSubscription(ctx, session, filter);
  if (answer?.connection !== session.connection) return;
  const { msgId, connection } = answer;
  ctx.whenKept(session, () => {
    if (connection !== session.connection) return;
    session.unsubscribing.delete(keyOf(msgId, filter));
    ctx.answer(session, { type: 'UNSUBACK', msgId });
  });
}
