import type { MessageCodec } from '../codec.js';
import { dupBit, dupOf, type Qos, qosBits, qosOf, topicIdTypeOf } from '../flags.js';
import { uint16 } from '../wire.js';
import { type TopicReference, readTopicReference, writeTopicReference } from './topic-reference.js';

/** Subscribes to a name, filter, predefined id or short topic (SN 1.2, 5.4.15). Message id first, then the topic. */
export type Subscribe = {
  type: 'SUBSCRIBE';
  dup: boolean;
  qos: Qos;
  msgId: number;
} & TopicReference;

export const subscribe: MessageCodec<Subscribe> = {
  type: 'SUBSCRIBE',
  code: 0x12,
  decode(bytes, start, end) {
    if (end - start < 3) return 'bad-body-length';
    const flags = bytes[start] ?? 0;
    const topic = readTopicReference(topicIdTypeOf(flags), bytes, start + 3, end);
    if (typeof topic === 'string') return topic;
    return {
      type: 'SUBSCRIBE',
      dup: dupOf(flags),
      qos: qosOf(flags),
      msgId: uint16(bytes, start + 1),
      ...topic,
    };
  },
  encode(message, out) {
    out
      .uint8(dupBit(message.dup) | qosBits(message.qos) | message.topicIdType)
      .uint16(message.msgId);
    writeTopicReference(message, out);
  },
};
