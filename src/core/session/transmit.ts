/** What goes on the air for a device: one message, once. */
import type { Message } from '../../codec/index.js';
import type { Context } from '../context.js';
import type { Downlink } from './buffer.js';
import type { Reference } from './reference.js';
import type { InFlight, Session } from './session.js';

/** Puts the open exchange on the air; a PUBLISH carries DUP from its second time on. */
export function transmit(ctx: Context, session: Session, inFlight: InFlight): void {
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

export function sendPublish(
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
