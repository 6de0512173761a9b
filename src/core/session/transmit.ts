/**
 * What goes on the air for a device: one message, once. The device has so long for its answer; on a
 * paced link that time begins when the frame has left, or a slow radio would be made slower still by
 * repeats of what waits for it.
 */
import type { Message } from '../../codec/index.js';
import type { Context } from '../context.js';
import { ANSWER_TIMEOUT_MAX_MS, TRANSMISSION_MS_MAX } from '../limits.js';
import type { LinkEvent } from '../types.js';
import type { Downlink } from './buffer.js';
import type { Reference } from './reference.js';
import type { InFlight, Session } from './session.js';

/** Puts the open exchange on the air; a PUBLISH carries DUP from its second time on. */
export function transmit(
  ctx: Context,
  session: Session,
  inFlight: InFlight,
  isRepeat: boolean,
): void {
  const isPaced = session.peer !== undefined && ctx.config.links[session.peer.link]?.isPaced;
  inFlight.nextAt = ctx.now + (isPaced ? TRANSMISSION_MS_MAX : session.settings.retry.intervalMs);
  inFlight.sentAt = ctx.now;
  forgetTransmission(ctx, inFlight);
  if (!isPaced) inFlight.left = { at: ctx.now, isRepeat: inFlight.left !== undefined };
  else inFlight.leavesAs = ctx.expectAnswer({ kind: 'transmission', session, inFlight });
  ctx.reply(session, messageOf(inFlight, isRepeat), inFlight.leavesAs);
}

/** The device has gone from where the frame waits to leave; soon it is repeated where the device is now. */
export function onTransmissionMissed(ctx: Context, session: Session, inFlight: InFlight): void {
  if (inFlight.leavesAs === undefined) return;
  forgetTransmission(ctx, inFlight);
  inFlight.nextAt = ctx.now + session.settings.retry.intervalMs;
  ctx.toArm.add(session);
}

/** What the link will tell of an earlier transmission says nothing about the next one. */
function forgetTransmission(ctx: Context, inFlight: InFlight): void {
  if (inFlight.leavesAs !== undefined) ctx.answered(inFlight.leavesAs);
  inFlight.leavesAs = undefined;
}

/** The frame has left, or never will: the device has from now on to answer. */
export function onTransmitted(
  ctx: Context,
  { ref, answerMs, failed }: Extract<LinkEvent, { event: 'transmitted' }>,
): void {
  const pending = ctx.answered(ref);
  if (pending?.kind !== 'transmission') return;
  const { session, inFlight } = pending;
  inFlight.leavesAs = undefined;
  if (session.removed || session.inFlight !== inFlight) return;
  if (!failed) {
    if (inFlight.left !== undefined) session.roundTrip.onRepeated();
    inFlight.sentAt = ctx.now;
    inFlight.left = { at: ctx.now, isRepeat: inFlight.left !== undefined };
  }
  const { count, intervalMs } = session.settings.retry;
  const patienceMs = Math.max(session.roundTrip.timeoutMs(), intervalMs);
  // No sleeper stays awake for a repeat that has to wait for the air: its wake-up ends without one.
  const isLast = session.state.name === 'AWAKE' && answerMs > ANSWER_TIMEOUT_MAX_MS;
  if (isLast) inFlight.attempts = count;
  inFlight.nextAt = ctx.now + Math.max(isLast ? ANSWER_TIMEOUT_MAX_MS : answerMs, patienceMs);
  ctx.toArm.add(session);
}

/** The device has answered it: that tells how long its answers take. */
export function onTransmissionAnswered(ctx: Context, session: Session, { left }: InFlight): void {
  if (left === undefined || left.isRepeat) return;
  ctx.measure('device-round-trip', session, left.at);
  session.roundTrip.onMeasured(ctx.now - left.at);
}

function messageOf(inFlight: InFlight, isRepeat: boolean): Message {
  const { msgId } = inFlight;
  switch (inFlight.kind) {
    case 'register':
      return { type: 'REGISTER', topicId: inFlight.topicId, msgId, topicName: inFlight.topic };
    case 'publish':
      return publishOf(inFlight.message, inFlight, msgId, isRepeat);
    case 'release':
      return { type: 'PUBREL', msgId };
    default:
      return inFlight satisfies never;
  }
}

export function publishOf(
  message: Downlink,
  { topicIdType, topicId }: Reference,
  msgId: number,
  dup: boolean,
): Message {
  return {
    type: 'PUBLISH',
    dup,
    qos: message.qos,
    retain: message.retain,
    topicIdType,
    topicId,
    msgId,
    data: message.payload,
  };
}
