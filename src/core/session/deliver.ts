/**
 * Messages on their way to a device (SN 6.12, 6.14).
 *
 * One acknowledged exchange (REGISTER or PUBLISH at QoS 1 or 2) is open per device; everything else
 * waits behind it in order, QoS 0 too, so that order is kept whatever the QoS. `pump` sends what may
 * be sent now; it is called whenever that could have changed: a message came, an answer came, the
 * device woke up, a pause ended. Who has no answer after all retransmissions keeps the message at
 * the head: ACTIVE devices get it when they speak again, sleepers at their next wake-up.
 */
import { matchesFilter, unshared } from '../../codec/index.js';
import type { Context } from '../context.js';
import { keepDownlink, keepSilence } from '../journal/keep.js';
import { RESUME_DELAY_MS } from '../limits.js';
import type { MessageDrop, Instant } from '../types.js';
import type { Downlink } from './buffer.js';
import { knownReference } from './reference.js';
import type { InFlight, Session } from './session.js';
import { fitsPublish, fitsRegister } from './size.js';
import { fallAsleep } from './sleep.js';
import { assignTopicId } from './topic-names.js';
import { onTransmissionMissed, publishOf, transmit } from './transmit.js';

/** Writes the message down, with the message id that the device will know it by. */
export function prepare(ctx: Context, session: Session, message: Downlink): void {
  message.msgId = session.nextMsgId();
  message.ready = false;
  keepDownlink(ctx, session, message);
}

/**
 * Only what is kept is sent, and the broker told so. What memory alone has may be sent, but the broker
 * has to keep it until the device has it.
 */
export function releaseWhenKept(ctx: Context, session: Session, message: Downlink): void {
  ctx.whenKept(session, (kept) => {
    message.ready = true;
    if (kept) ctx.accept(session, message);
    pump(ctx, session);
  });
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
    if (session.gapUntil > ctx.now || !message.ready) return;
    if (message.received) {
      release(ctx, session, message);
      return;
    }
    if (awaitsSuback(session, message.topic)) {
      endAwake(ctx, session);
      return;
    }
    offer(ctx, session, message);
  }
}

/** The device has the head already: PUBREL is all it is owed. */
export function release(ctx: Context, session: Session, { msgId = 0 }: Downlink): void {
  const inFlight: InFlight = {
    kind: 'release',
    msgId,
    attempts: 0,
    nextAt: Number.POSITIVE_INFINITY,
  };
  session.inFlight = inFlight;
  transmitWhenKept(ctx, session, inFlight);
}

/**
 * Sends the open exchange again, as a new round of transmissions; false when there is none. Never a
 * second time beside one that has not left yet.
 */
export function resend(ctx: Context, session: Session): boolean {
  const { inFlight } = session;
  if (inFlight === undefined) return false;
  if (inFlight.awaitsJournal || session.unsaid > 0) return true;
  inFlight.attempts = 0;
  if (inFlight.leavesAs === undefined) transmit(ctx, session, inFlight, true);
  return true;
}

/**
 * Says something once it is kept, and until then nothing of the gateway's own accord: CONNACK and
 * DISCONNECT. Then come the answers that have queued up behind it, and after them the deliveries.
 */
export function sayWhenKept(ctx: Context, session: Session, say: () => void): void {
  session.unsaid++;
  ctx.whenKept(session, () => {
    ctx.renewPatience(session);
    say();
    ctx.afterwards(session, () => {
      session.unsaid--;
      if (isListening(session) && !resend(ctx, session)) pump(ctx, session);
    });
  });
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
  if (inFlight === undefined) return;
  inFlight.sentAt = undefined;
  onTransmissionMissed(ctx, session, inFlight);
  if (inFlight.kind === 'release') return;
  const fits =
    inFlight.kind === 'register'
      ? fitsRegister(ctx, session, inFlight.topic)
      : fitsPublish(ctx, session, inFlight.message.payload);
  if (!fits) session.inFlight = undefined;
}

/** The next time this device's deliveries want attention. */
export function deliveryDeadline(session: Session): Instant {
  if (!isListening(session)) return Number.POSITIVE_INFINITY;
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
    session.retries++;
    transmit(ctx, session, inFlight, true);
    return;
  }
  ctx.notice({ notice: 'delivery-paused', client: session.clientId, why: 'no-answer' });
  if (session.state.name === 'AWAKE')
    fallAsleep(ctx, session, session.state.durationSec, 'no answer while awake');
  else session.paused = { why: 'no-answer' };
}

/** The head of the buffer is done with: delivered, or given up for a reason that has been noticed. */
export function finishHead(ctx: Context, session: Session): void {
  takeHead(ctx, session);
  session.inFlight = undefined;
  countDelivery(ctx, session);
  pump(ctx, session);
}

function takeHead(ctx: Context, session: Session): void {
  const head = session.buffer.shift();
  if (head) ctx.settle(session, head);
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
  session.inFlight = undefined;
}

/**
 * After a restart: whoever is connected and awake gets what is owed, once the links have had time to open. The first of
 * it may be on the air still: it keeps its place, as in the run that sent it.
 */
export function resume(ctx: Context, session: Session): void {
  session.gapUntil = ctx.now + RESUME_DELAY_MS;
  const head = session.buffer.head();
  if (head === undefined || session.state.name !== 'ACTIVE') return;
  if (knownReference(session, head.topic) !== undefined) head.begun = true;
}

/** Whether anything may be sent to the device of the gateway's own accord. */
const isListening = ({ state, unsaid }: Session): boolean =>
  (state.name === 'ACTIVE' || state.name === 'AWAKE') && unsaid === 0;

function isDeliverable(session: Session): boolean {
  return (
    isListening(session) &&
    session.peer !== undefined &&
    session.inFlight === undefined &&
    session.paused === undefined
  );
}

/** Brokers may deliver before their SUBACK; the device could not know the id yet (SUB-9). */
function awaitsSuback(session: Session, topic: string): boolean {
  if (session.subscribing.size === 0 || session.subscriptions.get(topic)?.announced) return false;
  const matches = (filter: string): boolean => matchesFilter(unshared(filter), topic);
  return (
    [...session.subscribing.keys()].some(matches) &&
    ![...session.subscriptions].some(([filter, { announced }]) => announced && matches(filter))
  );
}

function offer(ctx: Context, session: Session, message: Downlink): void {
  if (!fitsPublish(ctx, session, message.payload)) {
    drop(ctx, session, 'too-big-for-device');
    return;
  }
  const reference = knownReference(session, message.topic);
  if (reference === undefined) {
    introduce(ctx, session, message);
    return;
  }
  if (message.qos === 0) {
    ctx.reply(session, publishOf(message, reference, 0, false));
    takeHead(ctx, session);
    countDelivery(ctx, session);
    return;
  }
  if (message.msgId === undefined && session.keeps === 'all') {
    prepare(ctx, session, message);
    releaseWhenKept(ctx, session, message);
    return;
  }
  const { repeated } = message;
  message.begun = true;
  message.repeated = true;
  message.msgId ??= session.nextMsgId();
  const inFlight: InFlight = {
    kind: 'publish',
    msgId: message.msgId,
    ...reference,
    message,
    attempts: 0,
    nextAt: Number.POSITIVE_INFINITY,
  };
  session.inFlight = inFlight;
  transmit(ctx, session, inFlight, repeated);
}

/** The head cannot be delivered. */
function drop(ctx: Context, session: Session, reason: MessageDrop): void {
  const head = session.buffer.shift();
  if (head) ctx.dropAll(session, [{ message: head, reason }]);
}

/** The link cannot carry it to where the device is now, however often it is tried. */
export function giveUpHead(
  ctx: Context,
  session: Session,
  msgId: number,
  reason: MessageDrop,
): void {
  const { inFlight } = session;
  if (inFlight === undefined || inFlight.kind === 'release' || inFlight.msgId !== msgId) return;
  session.inFlight = undefined;
  drop(ctx, session, reason);
  pump(ctx, session);
  ctx.toArm.add(session);
}

/** REGISTER before the first PUBLISH on a name the device does not know (SN 6.10). */
function introduce(ctx: Context, session: Session, message: Downlink): void {
  const entry = assignTopicId(ctx, session, message.topic);
  const reason =
    entry === undefined
      ? 'topic-ids-exhausted'
      : entry.refused
        ? 'topic-refused-by-device'
        : fitsRegister(ctx, session, message.topic)
          ? undefined
          : 'too-big-for-device';
  if (entry === undefined || reason !== undefined) {
    drop(ctx, session, reason ?? 'topic-ids-exhausted');
    return;
  }
  const inFlight: InFlight = {
    kind: 'register',
    msgId: session.nextMsgId(),
    topicId: entry.id,
    topic: message.topic,
    attempts: 0,
    nextAt: Number.POSITIVE_INFINITY,
  };
  session.inFlight = inFlight;
  transmitWhenKept(ctx, session, inFlight);
}

/** Opens an exchange on something that a restart must not forget: a topic id, or that the device has a message. */
function transmitWhenKept(ctx: Context, session: Session, inFlight: InFlight): void {
  inFlight.awaitsJournal = true;
  ctx.whenKept(session, () => {
    inFlight.awaitsJournal = false;
    if (session.inFlight !== inFlight) return;
    if (isListening(session)) transmit(ctx, session, inFlight, true);
    // Asleep, it waits for the device to wake; in the middle of a CONNECT, which may come to nothing, it is due then.
    else inFlight.nextAt = ctx.now;
  });
}

function countDelivery(ctx: Context, session: Session): void {
  if (session.state.name === 'AWAKE') session.state.delivered++;
  const { gapMs } = session.settings.sleep;
  session.gapUntil = gapMs > 0 ? ctx.now + gapMs : 0;
}

/**
 * PINGRESP is the last frame of a wake-up, and the sleep time starts anew (SN 6.14): in the journal
 * first, so that a restart knows when the device has to come again.
 */
function endAwake(ctx: Context, session: Session): void {
  const { state } = session;
  if (state.name !== 'AWAKE') return;
  keepSilence(ctx, session, session.silentUntil);
  const say = (): void => {
    // It has said good-bye or begun anew meanwhile, and the answer to that is the last.
    if (session.state !== state) return;
    ctx.reply(session, { type: 'PINGRESP' });
    fallAsleep(ctx, session, state.durationSec, 'buffer delivered');
  };
  // Other answers that are due come before it.
  sayWhenKept(ctx, session, () => ctx.afterwards(session, say));
}
