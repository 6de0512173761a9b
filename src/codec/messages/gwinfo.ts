import type { MessageCodec } from '../codec.js';

/** Answer to SEARCHGW (SN 1.2, 5.4.3). `gwAdd` is opaque and only sent by a client that answers for a gateway. */
export interface Gwinfo {
  type: 'GWINFO';
  gwId: number;
  gwAdd?: Uint8Array;
}

export const gwinfo: MessageCodec<Gwinfo> = {
  type: 'GWINFO',
  code: 0x02,
  decode(bytes, start, end) {
    if (end === start) return 'bad-body-length';
    const gwId = bytes[start] ?? 0;
    return end - start === 1
      ? { type: 'GWINFO', gwId }
      : { type: 'GWINFO', gwId, gwAdd: bytes.subarray(start + 1, end) };
  },
  encode(message, out) {
    out.uint8(message.gwId);
    if (message.gwAdd) out.bytes(message.gwAdd);
  },
};
