import type { DecodeError } from '../codec.js';
import { NORMAL, PREDEFINED, RESERVED_TOPIC_ID_TYPE } from '../flags.js';
import { text, uint16, type Writer } from '../wire.js';

/** What SUBSCRIBE and UNSUBSCRIBE name: a topic name or filter, a predefined id, a short topic. */
export type TopicReference =
  | { topicIdType: 0 | 2; topicName: string }
  | { topicIdType: 1; topicId: number };

export function readTopicReference(
  topicIdType: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): TopicReference | DecodeError {
  if (topicIdType === RESERVED_TOPIC_ID_TYPE) return 'reserved-topic-id-type';
  if (topicIdType !== NORMAL && end - start !== 2) return 'bad-body-length';
  if (topicIdType === PREDEFINED) return { topicIdType, topicId: uint16(bytes, start) };
  const topicName = text(bytes, start, end);
  if (topicName === undefined) return 'invalid-utf8';
  return { topicIdType: topicIdType as 0 | 2, topicName };
}

export function writeTopicReference(topic: TopicReference, out: Writer): void {
  if (topic.topicIdType === PREDEFINED) out.uint16(topic.topicId);
  else out.text(topic.topicName);
}
