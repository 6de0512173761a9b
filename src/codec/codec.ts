import type { Writer } from './wire.js';

/** Why a frame was refused, in the order of the checks. */
export type DecodeError =
  | 'empty-datagram'
  | 'truncated'
  | 'length-too-small'
  | 'trailing-bytes'
  | 'bad-encapsulation'
  | 'nested-encapsulation'
  | 'reserved-type'
  | 'bad-body-length'
  | 'reserved-topic-id-type'
  | 'invalid-utf8';

/** How one message goes to and from octets: both directions side by side. */
export interface MessageCodec<M extends { type: string }> {
  readonly type: M['type'];
  /** The MsgType octet (SN 1.2, 5.2.2). */
  readonly code: number;
  /** Reads the body in `[start, end)` of `bytes`; never throws, never reads outside it. Payloads are views of `bytes`. */
  decode(bytes: Uint8Array, start: number, end: number): M | DecodeError;
  /** Writes the body. */
  encode(message: M, out: Writer): void;
}
