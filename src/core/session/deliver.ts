/**
 * Messages on their way to a device (SN 6.12, 6.14).
 *
 * One acknowledged exchange (REGISTER or PUBLISH at QoS 1 or 2) is open per device; everything else
 * waits behind it in order, QoS 0 too, so that order is kept whatever the QoS. `pump` sends what may
 * be sent now; it is called whenever that could have changed: a message came, an answer came, the
 * device woke up, a pause ended. Who has no answer after all retransmissions keeps the message at
 * the head: ACTIVE devices get it when they speak again, sleepers at their next wake-up.
 */
import {
  type Message,
  NORMAL,
  PREDEFINED,
  SHORT,
  matchesFilter,
  textBytes,
} from '../../codec/index.js';
import type { TopicIdType } from '../../codec/index.js';
import type { Context } from '../context.js';
import type { Instant, UpstreamEvent } from '../types.js';
import type { Downlink } from './buffer.js';
import type { InFlight, Session } from './session.js';
import { fallAsleep } from './sleep.js';
import type { TopicId } from './topic-ids.js';

/** PUBLISH without its payload, and REGISTER without its name: length, type, flags or ids (SN 5.4.10, 5.4.12). */
const PUBLISH_HEADER_BYTES = 7;
const REGISTER_HEADER_BYTES = 6;
/** The short length form ends here; beyond, the header is two octets longer. */
const SHORT_FORM_BYTES_MAX = 255;
const LONG_FORM_EXTRA_BYTES = 2;

export function onMessage(ctx: Context, event: Extract<UpstreamEvent, { event: 'message' }>): void {
  const session = ctx.sessions.get(event.client);
  if (session === undefined) {
    ctx.notice({
      notice: 'drop',
      what: 'downlink',
      reason: 'session-ended',
      client: event.client,
      topic: event.topic,
    });
    return;
  }
  const { name } = session.state;
  if (event.qos === 0 && (name === 'DISCONNECTED' || name === 'LOST')) {
    ctx.dropDownlink(session, event, 'device-offline');
    return;
  }
  if (!fits(ctx, session, PUBLISH_HEADER_BYTES + event.payload.length)) {
    ctx.dropDownlink(session, event, 'too-big-for-device');
    return;
  }
  const message: Downlink = {
    topic: event.topic,
    // A copy: the original is a view of a receive buffer that may be a hundred times larger.
    payload: new Uint8Array(event.payload),
    qos: event.qos,
    retain: event.retain,
    arrivedAt: ctx.now,
    msgId: undefined,
    received: false,
    repaired: false,
  };
  ctx.dropAll(session, session.buffer.push(message, session.settings.sleep, ctx.now));
  if (name === 'ACTIVE' || name === 'AWAKE') pump(ctx, session);
}

/** Sends what may be sent now. */
export function pump(ctx: Context, session: Session): void {
  while (isDeliverable(session)) {
    const { state } = session;
    if (state.name === 'AWAKE' && state.delivered >= session.settings.sleep.perWake) {
      endAwake(ctx, session);
      return;
    }
    ctx.dropAll(session, session.buffer.expire(session.settings.sleep.ageMs, ctx.now));
    const message = session.buffer.head();
    if (message === undefined) {
      endAwake(ctx, session);
      return;
    }
    if (session.gapUntil > ctx.now) return;
    if (awaitsSuback(session, message.topic)) {
      endAwake(ctx, session);
      return;
    }
    offer(ctx, session, message);
  }
}

/** Sends the open exchange again, as a new round of transmissions; false when there is none. */
export function resend(ctx: Context, session: Session): boolean {
  const { inFlight } = session;
  if (inFlight === undefined) return false;
  inFlight.attempts = 0;
  transmit(ctx, session, inFlight);
  return true;
}

/** The device has spoken: a delivery that waited for that goes on. */
export function onSignOfLife(ctx: Context, session: Session): void {
  if (session.paused?.why !== 'no-answer') return;
  session.paused = undefined;
  // What it said may have been the missing answer, and its exchange has gone on.
  const isOnAir = session.inFlight !== undefined && session.inFlight.nextAt > ctx.now;
  if (session.state.name === 'ACTIVE' && !isOnAir && !resend(ctx, session)) pump(ctx, session);
}

/** The device speaks from elsewhere: an exchange too big for the link there is off, and its head decided anew. */
export function onMoved(ctx: Context, session: Session): void {
  const { inFlight } = session;
  if (inFlight === undefined || inFlight.kind === 'release') return;
  const bytes =
    inFlight.kind === 'register'
      ? REGISTER_HEADER_BYTES + textBytes(inFlight.topic)
      : PUBLISH_HEADER_BYTES + inFlight.message.payload.length;
  if (!fits(ctx, session, bytes)) session.inFlight = undefined;
}

/** The next time this device's deliveries want attention. */
export function deliveryDeadline(session: Session): Instant {
  const { name } = session.state;
  if (name !== 'ACTIVE' && name !== 'AWAKE') return Number.POSITIVE_INFINITY;
  if (session.paused) {
    return session.paused.why === 'congestion' ? session.paused.until : Number.POSITIVE_INFINITY;
  }
  if (session.inFlight) return session.inFlight.nextAt;
  return session.gapUntil > 0 && session.buffer.length > 0
    ? session.gapUntil
    : Number.POSITIVE_INFINITY;
}

/** A retransmission is due, or a pause is over. */
export function onDeliveryDeadline(ctx: Context, session: Session): void {
  if (session.paused?.why === 'congestion') {
    session.paused = undefined;
    if (!resend(ctx, session)) pump(ctx, session);
    return;
  }
  const { inFlight } = session;
  if (inFlight === undefined) {
    session.gapUntil = 0;
    pump(ctx, session);
    return;
  }
  if (inFlight.attempts < session.settings.retry.count) {
    inFlight.attempts++;
    transmit(ctx, session, inFlight);
    return;
  }
  ctx.notice({ notice: 'delivery-paused', client: session.clientId, why: 'no-answer' });
  if (session.state.name === 'AWAKE')
    fallAsleep(ctx, session, session.state.durationSec, 'no answer while awake');
  else session.paused = { why: 'no-answer' };
}

/** The head of the buffer is done with: delivered, or given up for a reason that has been noticed. */
export function finishHead(ctx: Context, session: Session): void {
  session.buffer.shift();
  session.inFlight = undefined;
  countDelivery(ctx, session);
  pump(ctx, session);
}

/** The open exchange is off; what to do with the head is decided anew. */
export function restartHead(ctx: Context, session: Session): void {
  session.inFlight = undefined;
  pump(ctx, session);
}

/** The device asked to be left alone (code 0x01): the exchange stays open, silently. */
export function pauseForCongestion(ctx: Context, session: Session, waitMs: number): void {
  ctx.notice({ notice: 'delivery-paused', client: session.clientId, why: 'congestion' });
  session.paused = { why: 'congestion', until: ctx.now + waitMs };
  if (session.state.name === 'AWAKE')
    fallAsleep(ctx, session, session.state.durationSec, 'device congested while awake');
}

/** A new connection: what was on the air before has to be offered again, with its old message id. */
export function reopenExchange(session: Session): void {
  session.paused = undefined;
  session.gapUntil = 0;
  const head = session.buffer.head();
  session.inFlight =
    head?.received && head.msgId !== undefined
      ? { kind: 'release', msgId: head.msgId, attempts: 0, nextAt: 0 }
      : undefined;
}

function isDeliverable(session: Session): boolean {
  const { name } = session.state;
  return (
    (name === 'ACTIVE' || name === 'AWAKE') &&
    session.peer !== undefined &&
    session.inFlight === undefined &&
    session.paused === undefined
  );
}

/** Brokers may deliver before their SUBACK; the device could not know the id yet (SUB-9). */
function awaitsSuback(session: Session, topic: string): boolean {
  if (session.subscribing.size === 0 || session.subscriptions.has(topic)) return false;
  const matches = (filter: string): boolean => matchesFilter(filter, topic);
  return (
    [...session.subscribing.keys()].some(matches) &&
    ![...session.subscriptions.keys()].some(matches)
  );
}

function offer(ctx: Context, session: Session, message: Downlink): void {
  if (!fits(ctx, session, PUBLISH_HEADER_BYTES + message.payload.length)) {
    ctx.dropDownlink(session, message, 'too-big-for-device');
    session.buffer.shift();
    return;
  }
  const reference = knownReference(session, message.topic);
  if (reference === undefined) {
    introduce(ctx, session, message);
    return;
  }
  if (message.qos === 0) {
    sendPublish(ctx, session, message, reference, 0, false);
    session.buffer.shift();
    countDelivery(ctx, session);
    return;
  }
  const repeated = message.msgId !== undefined;
  message.msgId ??= session.nextMsgId();
  session.inFlight = {
    kind: 'publish',
    msgId: message.msgId,
    ...reference,
    message,
    attempts: 0,
    nextAt: ctx.now + session.settings.retry.intervalMs,
  };
  sendPublish(ctx, session, message, reference, message.msgId, repeated);
}

interface Reference {
  topicIdType: TopicIdType;
  topicId: number;
}

/** How to name a topic to this device without a REGISTER (SN 6.5; rule 6 of our notes); undefined: it has to be registered. */
function knownReference(session: Session, topic: string): Reference | undefined {
  const predefined = session.predefinedUsed.get(topic);
  if (predefined !== undefined) return { topicIdType: PREDEFINED, topicId: predefined };
  const normal = session.topicIds.get(topic);
  if (normal) return normal.confirmed ? { topicIdType: NORMAL, topicId: normal.id } : undefined;
  return shortReference(topic);
}

function shortReference(topic: string): Reference | undefined {
  if (topic.length > 2 || textBytes(topic) !== 2) return undefined;
  const [high = 0, low = 0] = new TextEncoder().encode(topic);
  return { topicIdType: SHORT, topicId: (high << 8) | low };
}

/** REGISTER before the first PUBLISH on a name the device does not know (SN 6.10). */
function introduce(ctx: Context, session: Session, message: Downlink): void {
  const entry: TopicId | undefined = session.topicIds.assign(
    message.topic,
    ctx.predefined.highestId,
  );
  const reason =
    entry === undefined
      ? 'topic-ids-exhausted'
      : entry.refused
        ? 'topic-refused-by-device'
        : fits(ctx, session, REGISTER_HEADER_BYTES + textBytes(message.topic))
          ? undefined
          : 'too-big-for-device';
  if (entry === undefined || reason !== undefined) {
    ctx.dropDownlink(session, message, reason ?? 'topic-ids-exhausted');
    session.buffer.shift();
    return;
  }
  const inFlight: InFlight = {
    kind: 'register',
    msgId: session.nextMsgId(),
    topicId: entry.id,
    topic: message.topic,
    attempts: 0,
    nextAt: 0,
  };
  session.inFlight = inFlight;
  transmit(ctx, session, inFlight);
}

/** Puts the open exchange on the air; a PUBLISH carries DUP from its second time on. */
function transmit(ctx: Context, session: Session, inFlight: InFlight): void {
  inFlight.nextAt = ctx.now + session.settings.retry.intervalMs;
  switch (inFlight.kind) {
    case 'register':
      ctx.reply(session, {
        type: 'REGISTER',
        topicId: inFlight.topicId,
        msgId: inFlight.msgId,
        topicName: inFlight.topic,
      });
      return;
    case 'publish':
      sendPublish(ctx, session, inFlight.message, inFlight, inFlight.msgId, true);
      return;
    case 'release':
      ctx.reply(session, { type: 'PUBREL', msgId: inFlight.msgId });
      return;
    default:
      inFlight satisfies never;
  }
}

function sendPublish(
  ctx: Context,
  session: Session,
  message: Downlink,
  { topicIdType, topicId }: Reference,
  msgId: number,
  dup: boolean,
): void {
  const publish: Message = {
    type: 'PUBLISH',
    dup,
    qos: message.qos,
    retain: message.retain,
    topicIdType,
    topicId,
    msgId,
    data: message.payload,
  };
  ctx.reply(session, publish);
}

function countDelivery(ctx: Context, session: Session): void {
  if (session.state.name === 'AWAKE') session.state.delivered++;
  const { gapMs } = session.settings.sleep;
  session.gapUntil = gapMs > 0 ? ctx.now + gapMs : 0;
}

/** PINGRESP is the last frame of a wake-up, and the sleep time starts anew (SN 6.14). */
function endAwake(ctx: Context, session: Session): void {
  if (session.state.name !== 'AWAKE') return;
  const { durationSec } = session.state;
  ctx.reply(session, { type: 'PINGRESP' });
  fallAsleep(ctx, session, durationSec, 'buffer delivered');
}

/** Whether a message with a body of this size (short header included) suits the device and its link. */
function fits(ctx: Context, session: Session, shortFormBytes: number): boolean {
  const total =
    shortFormBytes > SHORT_FORM_BYTES_MAX ? shortFormBytes + LONG_FORM_EXTRA_BYTES : shortFormBytes;
  const link = session.peer && ctx.config.links[session.peer.link];
  return total <= Math.min(session.settings.maxMessageBytes, link?.maxMessageBytes ?? total);
}
