import type { MessageCodec } from '../codec.js';
import { cleanSessionBit, cleanSessionOf, willBit, willOf } from '../flags.js';
import { text, uint16 } from '../wire.js';

/** Opens a session (SN 1.2, 5.4.4). `duration`: keep alive in seconds, 0 for none. */
export interface Connect {
  type: 'CONNECT';
  will: boolean;
  cleanSession: boolean;
  protocolId: number;
  duration: number;
  clientId: string;
}

export const connect: MessageCodec<Connect> = {
  type: 'CONNECT',
  code: 0x04,
  decode(bytes, start, end) {
    if (end - start < 4) return 'bad-body-length';
    const flags = bytes[start] ?? 0;
    const clientId = text(bytes, start + 4, end);
    if (clientId === undefined) return 'invalid-utf8';
    return {
      type: 'CONNECT',
      will: willOf(flags),
      cleanSession: cleanSessionOf(flags),
      protocolId: bytes[start + 1] ?? 0,
      duration: uint16(bytes, start + 2),
      clientId,
    };
  },
  encode(message, out) {
    out
      .uint8(willBit(message.will) | cleanSessionBit(message.cleanSession))
      .uint8(message.protocolId)
      .uint16(message.duration)
      .text(message.clientId);
  },
};
