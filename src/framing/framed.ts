/** What a framer makes of the octets of a line, in their order. */
export type Framed =
  | {
      kind: 'frame';
      /** Without delimiters, escapes and checksum; the receiver's to keep. */
      data: Uint8Array;
      /** How many octets of the line it took, idle delimiters before it included. */
      lineBytes: number;
      /** The octet behind the message, where the modem appends one and it has come. */
      trailer?: number;
    }
  | { kind: 'discarded'; bytes: number; why: FramingFault };

export type FramingFault =
  | 'noise'
  | 'checksum'
  | 'too-long'
  | 'truncated'
  | 'bad-escape'
  | 'bad-length';

/**
 * Cuts a line into frames. Chunks of any size mean the same. Every octet is in exactly one frame, in one
 * discard, or in `pendingBytes`.
 */
export interface Framer {
  /** No octets at all: looks only whether a pause has become too long. `now` in milliseconds, never going back. */
  push(data: Uint8Array, now: number): Framed[];
  /** When to push nothing; undefined where pauses mean nothing or none is under way. */
  nextDeadline(): number | undefined;
  /** The line has ended: what is pending is discarded, and the next octet begins anew. */
  flush(): Framed[];
  readonly pendingBytes: number;
}

/** Nonsense is reported in pieces of so many octets: a line that never makes sense is to be seen while it lasts. */
export const DISCARD_REPORT_BYTES = 256;
