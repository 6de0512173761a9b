import type { MessageCodec } from '../codec.js';
import { uint16 } from '../wire.js';

/** Ends the connection, or with a duration in seconds begins to sleep; only clients send one (SN 1.2, 5.4.21). */
export interface Disconnect {
  type: 'DISCONNECT';
  duration?: number;
}

export const disconnect: MessageCodec<Disconnect> = {
  type: 'DISCONNECT',
  code: 0x18,
  decode(bytes, start, end) {
    if (start === end) return { type: 'DISCONNECT' };
    if (end - start !== 2) return 'bad-body-length';
    return { type: 'DISCONNECT', duration: uint16(bytes, start) };
  },
  encode(message, out) {
    if (message.duration !== undefined) out.uint16(message.duration);
  },
};
