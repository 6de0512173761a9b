import type { MessageCodec } from '../codec.js';
import {
  dupBit,
  dupOf,
  type Qos,
  qosBits,
  qosOf,
  RESERVED_TOPIC_ID_TYPE,
  retainBit,
  retainOf,
  SHORT,
  type TopicIdType,
  topicIdTypeOf,
} from '../flags.js';
import { text, uint16 } from '../wire.js';

/**
 * Application data, in both directions (SN 1.2, 5.4.12). `topicId` is always the raw 16-bit number;
 * a short topic (type 2) adds the two octets as `topicName`. `msgId` is 0 at QoS 0 and -1.
 */
export interface Publish {
  type: 'PUBLISH';
  dup: boolean;
  qos: Qos;
  retain: boolean;
  topicIdType: TopicIdType;
  topicId: number;
  topicName?: string;
  msgId: number;
  data: Uint8Array;
}

export const publish: MessageCodec<Publish> = {
  type: 'PUBLISH',
  code: 0x0c,
  decode(bytes, start, end) {
    if (end - start < 5) return 'bad-body-length';
    const flags = bytes[start] ?? 0;
    const topicIdType = topicIdTypeOf(flags);
    if (topicIdType === RESERVED_TOPIC_ID_TYPE) return 'reserved-topic-id-type';
    const message: Publish = {
      type: 'PUBLISH',
      dup: dupOf(flags),
      qos: qosOf(flags),
      retain: retainOf(flags),
      topicIdType: topicIdType as TopicIdType,
      topicId: uint16(bytes, start + 1),
      msgId: uint16(bytes, start + 3),
      data: bytes.subarray(start + 5, end),
    };
    if (topicIdType === SHORT) {
      const topicName = text(bytes, start + 1, start + 3);
      if (topicName === undefined) return 'invalid-utf8';
      message.topicName = topicName;
    }
    return message;
  },
  encode(message, out) {
    out
      .uint8(
        dupBit(message.dup) |
          qosBits(message.qos) |
          retainBit(message.retain) |
          message.topicIdType,
      )
      .uint16(message.topicId)
      .uint16(message.msgId)
      .bytes(message.data);
  },
};
