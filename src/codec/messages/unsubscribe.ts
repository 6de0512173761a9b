import type { MessageCodec } from '../codec.js';
import { topicIdTypeOf } from '../flags.js';
import { uint16 } from '../wire.js';
import { type TopicReference, readTopicReference, writeTopicReference } from './topic-reference.js';

/** Ends a subscription (SN 1.2, 5.4.17). Message id first, then the topic. */
export type Unsubscribe = { type: 'UNSUBSCRIBE'; msgId: number } & TopicReference;

export const unsubscribe: MessageCodec<Unsubscribe> = {
  type: 'UNSUBSCRIBE',
  code: 0x14,
  decode(bytes, start, end) {
    if (end - start < 3) return 'bad-body-length';
    const topic = readTopicReference(topicIdTypeOf(bytes[start] ?? 0), bytes, start + 3, end);
    if (typeof topic === 'string') return topic;
    return { type: 'UNSUBSCRIBE', msgId: uint16(bytes, start + 1), ...topic };
  },
  encode(message, out) {
    out.uint8(message.topicIdType).uint16(message.msgId);
    writeTopicReference(message, out);
  },
};
