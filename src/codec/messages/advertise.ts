import type { MessageCodec } from '../codec.js';
import { uint16 } from '../wire.js';

/** The gateway announces itself (SN 1.2, 5.4.1). `duration`: seconds until the next one. */
export interface Advertise {
  type: 'ADVERTISE';
  gwId: number;
  duration: number;
}

export const advertise: MessageCodec<Advertise> = {
  type: 'ADVERTISE',
  code: 0x00,
  decode: (bytes, start, end) =>
    end - start === 3
      ? { type: 'ADVERTISE', gwId: bytes[start] ?? 0, duration: uint16(bytes, start + 1) }
      : 'bad-body-length',
  encode: (message, out) => {
    out.uint8(message.gwId).uint16(message.duration);
  },
};
