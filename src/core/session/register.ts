import { isValidTopic, RETURN_CODE } from '../../codec/index.js';
import type { Register } from '../../codec/messages/register.js';
import type { Context } from '../context.js';
import type { Peer } from '../peer.js';
import type { Session } from './session.js';
import { isConnected } from './state.js';
import { assignTopicId, confirmTopicId } from './topic-names.js';

/** The device asks for a topic id (SN 6.10): the same name always gets the same, also the name of a predefined topic. */
export function onRegister(ctx: Context, session: Session, message: Register, peer: Peer): void {
  const { msgId, topicName } = message;
  const refuse = (returnCode: number, why: string): void =>
    ctx.refuse(
      peer,
      'REGISTER',
      { type: 'REGACK', topicId: 0, msgId, returnCode },
      why,
      session.clientId,
    );
  if (!isValidTopic(topicName)) {
    refuse(
      RETURN_CODE.notSupported,
      `"${topicName}" is not a topic name (empty, a wildcard, or U+0000)`,
    );
    return;
  }
  const entry = assignTopicId(ctx, session, topicName);
  if (entry === undefined) {
    refuse(RETURN_CODE.congestion, 'the device has used up its topic ids');
    return;
  }
  const { connection } = session;
  // An id that a restart forgets could come to mean another name.
  ctx.whenKept(session, () => {
    const isThere = session.peer !== undefined && isConnected(session.state.name);
    if (session.connection !== connection || !isThere) return;
    confirmTopicId(ctx, session, entry);
    const returnCode = RETURN_CODE.accepted;
    ctx.reply(session, { type: 'REGACK', topicId: entry.id, msgId, returnCode });
  });
}
