/**
 * What stands in front of each message where the modem itself names no sender: who sent it, and whom
 * it is for. Used by every modem that shows raw payloads.
 */
import { isMessageOrForwarded } from '../framing/message-shape.js';
import type { DiscardReason } from './modem.js';

export interface LinkHeader {
  readonly kind: 'none' | 'fe' | 'radiohead';
  /** Octets in front of a message to an address, null: to everybody; undefined: there is no such address. */
  bytesFor(address: string | null): number | undefined;
  /** The payload to send, or undefined when there is no such address. */
  wrap(address: string | null, message: Uint8Array): Uint8Array | undefined;
  /** Takes a received payload apart. What follows the header is one message by its own length, or discarded. */
  unwrap(payload: Uint8Array): Unwrapped;
  /** Octets to count for the header when it is not known whom a message is for: rather more than too few. */
  bytesAssumed(): number;
  /** The line begins anew. */
  reset(): void;
}

export type Unwrapped =
  | {
      kind: 'message';
      address: string;
      /** The payload's own memory. */
      message: Uint8Array;
      /** The payload that the link layer of the sender waits for. */
      acknowledgement?: Uint8Array;
    }
  /** Something between the two ends of the link, understood and done with; `acknowledgement` as above. */
  | { kind: 'consumed'; address: string; acknowledgement?: Uint8Array }
  | { kind: 'discarded'; why: DiscardReason };

/** One device on the line, so nobody has to be named. */
export class NoHeader implements LinkHeader {
  readonly kind = 'none';

  bytesFor(address: string | null): number | undefined {
    return address === null || address === '' ? 0 : undefined;
  }

  wrap(address: string | null, message: Uint8Array): Uint8Array | undefined {
    return this.bytesFor(address) === undefined ? undefined : message;
  }

  unwrap(payload: Uint8Array): Unwrapped {
    if (!isMessageOrForwarded(payload)) return { kind: 'discarded', why: 'bad-length' };
    return { kind: 'message', address: '', message: payload };
  }

  bytesAssumed(): number {
    return 0;
  }

  reset(): void {}
}
