/** The device's answers to what the gateway sent: REGACK, PUBACK, PUBREC, PUBCOMP (SN 6.10, 6.12). */
import { NORMAL, PREDEFINED, RETURN_CODE } from '../../codec/index.js';
import type { Puback } from '../../codec/messages/puback.js';
import type { Pubcomp } from '../../codec/messages/pubcomp.js';
import type { Pubrec } from '../../codec/messages/pubrec.js';
import type { Regack } from '../../codec/messages/regack.js';
import type { Context } from '../context.js';
import { keepDownlink, keepTopicId } from '../journal/keep.js';
import { CONGESTION_WAIT_MS } from '../limits.js';
import type { Peer } from '../peer.js';
import { finishHead, pauseForCongestion, release, resend, restartHead } from './deliver.js';
import type { Downlink } from './buffer.js';
import type { InFlight, Session } from './session.js';
import { unsubscribe } from './subscribe.js';
import { assignTopicId, confirmTopicId, forgetPredefined } from './topic-names.js';
import { onTransmissionAnswered } from './transmit.js';

export function onRegack(ctx: Context, session: Session, message: Regack, peer: Peer): void {
  const { inFlight } = session;
  // Matched by message id alone: some peers echo another topic id, and our own table is right.
  if (inFlight?.kind !== 'register' || inFlight.msgId !== message.msgId) {
    ctx.dropFrame(peer, 'unexpected-answer', {
      messageType: message.type,
      client: session.clientId,
    });
    return;
  }
  onTransmissionAnswered(ctx, session, inFlight);
  const entry = session.topicIds.get(inFlight.topic);
  switch (message.returnCode) {
    case RETURN_CODE.accepted:
      if (entry) confirmTopicId(ctx, session, entry);
      restartHead(ctx, session);
      return;
    case RETURN_CODE.congestion:
      pauseForCongestion(ctx, session, CONGESTION_WAIT_MS);
      return;
    default:
      if (entry) entry.refused = true;
      onTopicRefused(ctx, session, inFlight.topic);
  }
}

/**
 * SN 6.10: refusing the name of an exact subscription counts as unsubscribing; of a wildcard
 * subscription only this name is not offered again before the next CONNECT.
 */
function onTopicRefused(ctx: Context, session: Session, topic: string): void {
  if (session.subscriptions.has(topic)) unsubscribe(ctx, session, topic);
  ctx.dropAll(
    session,
    session.buffer.removeWhere((message) => message.topic === topic, 'topic-refused-by-device'),
  );
  restartHead(ctx, session);
}

export function onPuback(ctx: Context, session: Session, message: Puback, peer: Peer): void {
  const { inFlight } = session;
  if (inFlight?.kind === 'publish' && isAnswerTo(inFlight, message)) {
    settle(ctx, session, inFlight, message);
    return;
  }
  // A QoS 0 PUBLISH can be refused too (SN 6.12); the next message on this topic is introduced again.
  // The answer does not tell the kind of the id, but predefined ids lie below the others.
  if (isUnknownTopicId(message) && message.msgId === 0) {
    forgetTopicId(ctx, session, message.topicId);
    for (const [topic, id] of session.predefinedUsed) {
      if (id === message.topicId) forgetPredefined(ctx, session, topic);
    }
    return;
  }
  ctx.dropFrame(peer, 'unexpected-answer', { messageType: message.type, client: session.clientId });
}

/**
 * RIOT's emcute and asymcute refuse with message id 0 whatever the QoS was: then the topic id decides. It may be that of a message at
 * QoS 0, though, and what is sent again at QoS 2 before its time could come behind its PUBREL: that waits for its own refusal, and
 * only who refuses its repeat so means it.
 */
function isAnswerTo(inFlight: Extract<InFlight, { kind: 'publish' }>, message: Puback): boolean {
  if (message.msgId === inFlight.msgId) return true;
  return (
    message.msgId === 0 &&
    message.returnCode !== RETURN_CODE.accepted &&
    message.topicId === inFlight.topicId &&
    (inFlight.message.qos < 2 || inFlight.attempts > 0)
  );
}

function settle(
  ctx: Context,
  session: Session,
  inFlight: Extract<InFlight, { kind: 'publish' }>,
  message: Puback,
): void {
  onTransmissionAnswered(ctx, session, inFlight);
  const downlink = inFlight.message;
  switch (message.returnCode) {
    case RETURN_CODE.accepted:
      // At QoS 2 only PUBREC says that the device has it; some clients answer PUBACK nevertheless.
      ctx.measure('downlink', session, downlink.arrivedAt);
      finishHead(ctx, session);
      return;
    case RETURN_CODE.congestion:
      pauseForCongestion(ctx, session, CONGESTION_WAIT_MS);
      return;
    default:
      if (isUnknownTopicId(message) && !downlink.repaired) {
        repair(ctx, session, inFlight, message);
        return;
      }
      ctx.dropMessage('downlink', 'message-refused-by-device', session.clientId, downlink.topic);
      finishHead(ctx, session);
  }
}

/** RIOT says "not supported" with message id 0 when it does not know the id. */
const isUnknownTopicId = (message: Puback): boolean =>
  message.returnCode === RETURN_CODE.invalidTopicId ||
  (message.returnCode === RETURN_CODE.notSupported && message.msgId === 0);

/**
 * Introduces the name again and then sends the message again: once per message (SN 6.12). A refusal with message id 0 may be that of
 * another message on the topic: then the device may have this one, and at QoS 2 it shall know it again.
 */
function repair(
  ctx: Context,
  session: Session,
  inFlight: Extract<InFlight, { kind: 'publish' }>,
  { msgId }: Puback,
): void {
  const { message: downlink, topicIdType } = inFlight;
  downlink.repaired = true;
  if (msgId !== 0 || downlink.qos < 2) {
    downlink.msgId = undefined;
    downlink.begun = false;
    downlink.repeated = false;
  }
  if (topicIdType === PREDEFINED) forgetPredefined(ctx, session, downlink.topic);
  else if (topicIdType === NORMAL) forgetTopicId(ctx, session, inFlight.topicId);
  else assignTopicId(ctx, session, downlink.topic);
  restartHead(ctx, session);
}

function forgetTopicId(ctx: Context, session: Session, topicId: number): void {
  const entry = session.topicIds.byNumber(topicId);
  if (!entry) return;
  entry.confirmed = false;
  keepTopicId(ctx, session, entry);
}

export function onPubrec(ctx: Context, session: Session, message: Pubrec, peer: Peer): void {
  const { inFlight } = session;
  if (inFlight?.kind === 'release' && inFlight.msgId === message.msgId) {
    resend(ctx, session);
    return;
  }
  const isAnswered = inFlight?.kind === 'publish' && inFlight.msgId === message.msgId;
  const downlink = isAnswered ? inFlight.message : sentBefore(session, message);
  if (downlink?.qos !== 2) {
    ctx.dropFrame(peer, 'unexpected-answer', {
      messageType: message.type,
      client: session.clientId,
    });
    return;
  }
  if (isAnswered) onTransmissionAnswered(ctx, session, inFlight);
  // Nothing may take its place: what ends the exchange ends the head of the buffer. An earlier run may have begun it.
  downlink.begun = true;
  downlink.received = true;
  keepDownlink(ctx, session, downlink);
  release(ctx, session, downlink);
}

/** What an earlier run has sent, and this one has not sent again yet: the answer to it may be on its way. */
function sentBefore({ inFlight, buffer }: Session, { msgId }: Pubrec): Downlink | undefined {
  const head = buffer.head();
  return inFlight === undefined && head?.repeated && head.msgId === msgId ? head : undefined;
}

export function onPubcomp(ctx: Context, session: Session, message: Pubcomp, peer: Peer): void {
  const { inFlight } = session;
  if (inFlight?.kind !== 'release' || inFlight.msgId !== message.msgId) {
    ctx.dropFrame(peer, 'unexpected-answer', {
      messageType: message.type,
      client: session.clientId,
    });
    return;
  }
  onTransmissionAnswered(ctx, session, inFlight);
  ctx.measure('downlink', session, session.buffer.head()?.arrivedAt);
  finishHead(ctx, session);
}
