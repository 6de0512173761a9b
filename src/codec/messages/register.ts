import type { MessageCodec } from '../codec.js';
import { text, uint16 } from '../wire.js';

/** Agrees on a topic id, in both directions (SN 1.2, 5.4.10). A client sends `topicId` 0. */
export interface Register {
  type: 'REGISTER';
  topicId: number;
  msgId: number;
  topicName: string;
}

export const register: MessageCodec<Register> = {
  type: 'REGISTER',
  code: 0x0a,
  decode(bytes, start, end) {
    if (end - start < 4) return 'bad-body-length';
    const topicName = text(bytes, start + 4, end);
    if (topicName === undefined) return 'invalid-utf8';
    return {
      type: 'REGISTER',
      topicId: uint16(bytes, start),
      msgId: uint16(bytes, start + 2),
      topicName,
    };
  },
  encode(message, out) {
    out.uint16(message.topicId).uint16(message.msgId).text(message.topicName);
  },
};
