/** Messages from a device to the broker (SN 6.12; the duplicate rules of section 12.5 of our notes). */
import {
  isValidTopic,
  type Message,
  PREDEFINED,
  type Qos,
  RETURN_CODE,
  SHORT,
} from '../../codec/index.js';
import type { Publish } from '../../codec/messages/publish.js';
import type { Pubrel } from '../../codec/messages/pubrel.js';
import type { Context, Pending } from '../context.js';
import { dropInbound, keepInbound } from '../journal/keep.js';
import type { Peer } from '../peer.js';
import type { Held } from '../outbox/stock.js';
import { mayPublish } from '../settings.js';
import type { UpstreamEvent } from '../types.js';
import { type Inbound, isRepeat } from './inbound.js';
import type { Session } from './session.js';
import { usePredefined } from './topic-names.js';

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
  if (!mayPublish(session.settings, session.clientId, topic)) {
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
  if (message.topicIdType === PREDEFINED) usePredefined(ctx, session, topic, message.topicId);
  if (message.qos === 1 || message.qos === 2)
    exchange(ctx, session, message, message.qos, topic, peer);
  else publishQos0(ctx, session.clientId, topic, message);
}

/** QoS 0, of a device or (client id null) at QoS -1. */
export function publishQos0(
  ctx: Context,
  client: string | null,
  topic: string,
  { data: payload, retain }: Publish,
): void {
  // With the broker there again, what is taken keeps its place behind the others of its device.
  if (ctx.outbox.takes(client) && (ctx.config.offline.qos0 === 'queue' || ctx.brokerUp)) {
    const message = { client, topic, payload, qos: 0 as const, retain };
    const held = ctx.outbox.hold({ ...message, ref: undefined, origin: undefined }, undefined);
    if (held === undefined) ctx.dropMessage('uplink', 'buffer-full', client, topic);
    return;
  }
  ctx.toBroker({ op: 'publish', token: 0, client, topic, payload, qos: 0, retain });
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
  if (open && isRepeat(open, message, session.connection)) {
    open.connection = session.connection;
    open.touchedAt = ctx.now;
    if (open.state === 'received') ctx.answer(session, { type: 'PUBREC', msgId });
    else onRepeatedEarly(ctx, session, open, message);
    return;
  }
  if (open) {
    // What waits in the outbox has been acknowledged, or nearly: it goes on without its exchange.
    if (open.held === undefined) ctx.answered(open.token);
    abandon(ctx, session, open);
  }
  if (message.dup && inbound.wasDone(message, qos, ctx.now)) {
    ctx.answer(session, acknowledgement(qos, msgId, message.topicId));
    return;
  }
  if (inbound.isFull && !makeRoom(ctx, session)) {
    const why = 'too many messages of the device wait for the broker';
    refuse(ctx, session, peer, message, RETURN_CODE.congestion, why);
    return;
  }
  const exchange: Inbound = {
    msgId,
    qos,
    topicId: message.topicId,
    topic,
    content: message.data,
    retain: message.retain,
    ref: qos === 2 ? ctx.newRef() : undefined,
    token: 0,
    state: 'publishing',
    arrivedAt: ctx.now,
    touchedAt: ctx.now,
    connection: session.connection,
    held: undefined,
  };
  inbound.begin(exchange);
  if (ctx.outbox.takes(session.clientId)) {
    hold(ctx, session, exchange);
    return;
  }
  exchange.token = ctx.expectAnswer({ kind: 'publish', session, exchange });
  keepInbound(ctx, session, exchange);
  const { token, ref } = exchange;
  const { clientId: client } = session;
  const { data: payload, retain } = message;
  // Written out: a spread costs as much as the rest of it.
  if (ref === undefined) {
    ctx.toBroker({ op: 'publish', token, client, topic, payload, qos, retain });
  } else {
    ctx.toBroker({ op: 'publish', token, client, topic, payload, qos, retain, ref });
  }
}

/**
 * The broker has not answered yet, so there is nothing to say. But an exchange of an earlier run gets
 * its payload back, and with it can wait in the outbox as others do.
 */
function onRepeatedEarly(ctx: Context, session: Session, open: Inbound, message: Publish): void {
  if (isPayload(open)) return;
  open.content = message.data;
  open.retain = message.retain;
  if (ctx.outbox.takes(session.clientId)) hold(ctx, session, open);
}

function abandon(ctx: Context, session: Session, exchange: Inbound): void {
  if (session.inbound.abandon(exchange)) dropInbound(ctx, session, exchange);
}

/**
 * A device that has gone without its PUBREL would be refused for ever: what it has left behind makes room. Whether
 * there was any.
 */
function makeRoom(ctx: Context, session: Session): boolean {
  const repeatsFrom = ctx.now - ctx.repeatWindowMs(session);
  const left = session.inbound.leftBehind(session.connection, repeatsFrom);
  if (left !== undefined) finish(ctx, session, left);
  return left !== undefined;
}

function finish(ctx: Context, session: Session, exchange: Inbound): void {
  session.inbound.finish(exchange, ctx.now + ctx.repeatWindowMs(session));
  dropInbound(ctx, session, exchange);
}

/**
 * The broker is away: the message waits in the outbox, and its device is acknowledged once the
 * journal has it. An exchange that the broker's side has begun already keeps its place there.
 */
function hold(ctx: Context, session: Session, exchange: Inbound): void {
  const { topic, content, qos, retain, ref } = exchange;
  if (typeof content === 'number') return; // Of an earlier run: the broker's side has it in the journal.
  const { clientId: client } = session;
  const origin = { session, exchange };
  const held = ctx.outbox.hold(
    { client, topic, payload: content, qos, retain, ref, origin },
    session,
  );
  if (held === undefined) {
    if (exchange.token === 0) congested(ctx, session, exchange);
    return;
  }
  exchange.held = held;
  exchange.content = held.payload;
  if (exchange.token !== 0) ctx.outbox.markInFlight(held);
  keepInbound(ctx, session, { ...exchange, state: 'received' });
  ctx.whenKept(session, (kept) => onHeldKept(ctx, session, exchange, held, kept));
}

/** The message is safe, or will not be: then it is taken back, unless it is on its way to the broker. */
function onHeldKept(
  ctx: Context,
  session: Session,
  exchange: Inbound,
  held: Held,
  kept: boolean,
): void {
  const { client, ref } = held;
  if (kept && held.inFlight && client !== null && ref !== undefined)
    ctx.toBroker({ op: 'hold', client, ref });
  const isOpen = session.inbound.get(exchange.msgId) === exchange;
  if (!isOpen || exchange.held !== held || exchange.state === 'received') return;
  if (kept) {
    settleUplink(ctx, session, exchange);
    return;
  }
  ctx.outbox.withdraw(held);
  exchange.held = undefined;
  keepInbound(ctx, session, exchange);
  if (exchange.token === 0) congested(ctx, session, exchange);
}

function congested(ctx: Context, session: Session, exchange: Inbound): void {
  const { topicId, msgId, topic } = exchange;
  abandon(ctx, session, exchange);
  ctx.dropUplink(session, 'broker-unavailable', topic);
  tell(ctx, session, exchange, {
    type: 'PUBACK',
    topicId,
    msgId,
    returnCode: RETURN_CODE.congestion,
  });
}

/** The broker has gone away with answers owed: what it was asked for waits in the outbox too. */
export function onBrokerGone(ctx: Context, session: Session): void {
  if (ctx.config.offline.messages === 0) return;
  for (const exchange of [...session.inbound.opened()]) {
    if (exchange.state === 'publishing' && exchange.held === undefined)
      hold(ctx, session, exchange);
  }
}

const acknowledgement = (qos: Qos, msgId: number, topicId: number): Message =>
  qos === 2
    ? { type: 'PUBREC', msgId }
    : { type: 'PUBACK', topicId, msgId, returnCode: RETURN_CODE.accepted };

/**
 * A device that has connected again hears of a message when it repeats it: it may have begun to count anew, and would take the answer
 * for that to another message.
 */
function tell(ctx: Context, session: Session, { connection }: Inbound, answer: Message): void {
  if (connection === session.connection) ctx.answer(session, answer);
}

/** The broker or the journal has the message: only now does the device hear that it has arrived. */
function settleUplink(ctx: Context, session: Session, open: Inbound): void {
  const { qos, msgId, topicId } = open;
  if (qos === 2) {
    open.state = 'received';
    open.touchedAt = ctx.now;
    keepInbound(ctx, session, open);
  } else {
    finish(ctx, session, open);
  }
  tell(ctx, session, open, acknowledgement(qos, msgId, topicId));
}

export function onPublished(
  ctx: Context,
  pending: Extract<Pending, { kind: 'publish' }>,
  event: Extract<UpstreamEvent, { event: 'published' }>,
): void {
  const { session, exchange: open } = pending;
  const { msgId, topicId, held } = open;
  const { failure } = event;
  open.token = 0;
  if (held) ctx.outbox.onPublished(held, event);
  if (session.removed || session.inbound.get(msgId) !== open || open.state === 'received') return;
  if (failure === undefined) {
    if (held === undefined) ctx.measure('uplink', session, open.arrivedAt);
    settleUplink(ctx, session, open);
  } else if (failure === 'refused') {
    abandon(ctx, session, open);
    if (held === undefined) ctx.dropUplink(session, 'broker-refused', open.topic);
    tell(ctx, session, open, {
      type: 'PUBACK',
      topicId,
      msgId,
      returnCode: RETURN_CODE.notSupported,
    });
  } else if (held === undefined) {
    onUnavailable(ctx, session, open);
  }
}

function onUnavailable(ctx: Context, session: Session, open: Inbound): void {
  if (!isPayload(open)) {
    // Of an earlier run, and the broker's side never had it: the device has no answer, and repeats it.
    abandon(ctx, session, open);
  } else if (ctx.config.offline.messages > 0) {
    hold(ctx, session, open);
    ctx.outbox.block(session.clientId);
  } else {
    congested(ctx, session, open);
  }
}

/** It came in this run, so its payload is here. */
const isPayload = ({ content }: Inbound): boolean => typeof content !== 'number';

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
  // Of an earlier run: that the device goes on shows that it has had PUBREC.
  if (open?.state === 'publishing' && isPayload(open)) return;
  if (open) finish(ctx, session, open);
  // Were the exchange back after a restart, a new message under its number would pass for a repeat.
  ctx.answerWhenKept(session, { type: 'PUBCOMP', msgId });
}
