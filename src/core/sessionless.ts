/** QoS -1: a PUBLISH from anybody, without a session and without any answer (SN 6.8). */
import { isValidTopic, matchesFilter, NORMAL, PREDEFINED } from '../codec/index.js';
import type { Publish } from '../codec/messages/publish.js';
import type { Context } from './context.js';
import type { Peer } from './peer.js';
import { isReserved } from './settings.js';
import { publishQos0 } from './session/publish.js';

export function onSessionlessPublish(ctx: Context, peer: Peer, message: Publish): void {
  const allowed = ctx.config.links[peer.link]?.qosMinusOne?.topics;
  if (allowed === undefined || message.topicIdType === NORMAL) {
    ctx.dropFrame(peer, 'qos-minus-one-not-allowed', { messageType: 'PUBLISH' });
    return;
  }
  // The sender of a predefined id may have a session here, and with it its own topics.
  const clientId = ctx.sessions.at(peer.link, peer.key)?.clientId ?? null;
  const topic =
    message.topicIdType === PREDEFINED
      ? ctx.predefined.topicOf(message.topicId, clientId)
      : message.topicName;
  if (topic === undefined) {
    ctx.dropFrame(peer, 'unknown-topic-id', { messageType: 'PUBLISH' });
    return;
  }
  if (!isValidTopic(topic)) {
    ctx.dropFrame(peer, 'invalid-topic', { messageType: 'PUBLISH' });
    return;
  }
  const isAllowed = allowed.some((filter) => matchesFilter(filter, topic));
  if (!isAllowed || isReserved(ctx.config.defaults, topic)) {
    ctx.dropFrame(peer, 'qos-minus-one-not-allowed', { messageType: 'PUBLISH', detail: topic });
    return;
  }
  publishQos0(ctx, null, topic, message);
}
