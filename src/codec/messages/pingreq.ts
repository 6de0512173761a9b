import type { MessageCodec } from '../codec.js';
import { text } from '../wire.js';

/** "Are you there?"; with a client id: a sleeping client is awake (SN 1.2, 5.4.20). */
export interface Pingreq {
  type: 'PINGREQ';
  clientId?: string;
}

export const pingreq: MessageCodec<Pingreq> = {
  type: 'PINGREQ',
  code: 0x16,
  decode(bytes, start, end) {
    if (start === end) return { type: 'PINGREQ' };
    const clientId = text(bytes, start, end);
    return clientId === undefined ? 'invalid-utf8' : { type: 'PINGREQ', clientId };
  },
  encode(message, out) {
    if (message.clientId !== undefined) out.text(message.clientId);
  },
};
