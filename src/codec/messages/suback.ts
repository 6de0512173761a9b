import type { MessageCodec } from '../codec.js';
import { type Qos, qosBits, qosOf } from '../flags.js';
import { uint16 } from '../wire.js';

/** Answer to SUBSCRIBE with the granted QoS (SN 1.2, 5.4.16). `topicId` 0 for filters with wildcards and short topics. */
export interface Suback {
  type: 'SUBACK';
  qos: Qos;
  topicId: number;
  msgId: number;
  returnCode: number;
}

export const suback: MessageCodec<Suback> = {
  type: 'SUBACK',
  code: 0x13,
  decode: (bytes, start, end) =>
    end - start === 6
      ? {
          type: 'SUBACK',
          qos: qosOf(bytes[start] ?? 0),
          topicId: uint16(bytes, start + 1),
          msgId: uint16(bytes, start + 3),
          returnCode: bytes[start + 5] ?? 0,
        }
      : 'bad-body-length',
  encode: (message, out) => {
    out
      .uint8(qosBits(message.qos))
      .uint16(message.topicId)
      .uint16(message.msgId)
      .uint8(message.returnCode);
  },
};
