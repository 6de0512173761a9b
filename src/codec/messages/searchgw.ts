import type { MessageCodec } from '../codec.js';

/** A client looks for a gateway (SN 1.2, 5.4.2). `radius`: hops, 0 for the whole network. */
export interface Searchgw {
  type: 'SEARCHGW';
  radius: number;
}

export const searchgw: MessageCodec<Searchgw> = {
  type: 'SEARCHGW',
  code: 0x01,
  decode: (bytes, start, end) =>
    end - start === 1 ? { type: 'SEARCHGW', radius: bytes[start] ?? 0 } : 'bad-body-length',
  encode: (message, out) => {
    out.uint8(message.radius);
  },
};
