import { sumChecksum } from '../checksums.js';
import { ESCAPE, ESCAPE_FLIP, escape, FLAG } from '../framing/stuffing.js';
import { concat, word } from '../octets.js';

/** The envelope of API frames: 7E, length, frame data, checksum (modems.md 3.1). AP=2 escapes all but the first 7E. */
export type ApiMode = 1 | 2;

/** Longer than any frame a module takes: such a 7E was none (3.6). */
const FRAME_DATA_BYTES_MAX = 300;
const LENGTH_BYTES = 2;
const CHECKSUM_BYTES = 1;

export function encodeApiFrame(data: Uint8Array, mode: ApiMode, checksumFlip: number): Uint8Array {
  const body = concat(word(data.length), data, [sumChecksum(data) ^ checksumFlip]);
  return concat([FLAG], mode === 2 ? escape(body) : body);
}

/** What a module does with octets of the host: a wrong checksum or length is dropped without a word. */
export class ApiDecoder {
  /** Length, data and checksum; undefined between frames. */
  private body: number[] | undefined;
  private isEscaped = false;

  /** The frame data that this octet completes. The mode may change between frames. */
  push(octet: number, mode: ApiMode): Uint8Array | undefined {
    // In AP=1 a 7E inside a frame is data; in AP=2 it always begins a new one.
    if (octet === FLAG && (mode === 2 || this.body === undefined)) {
      this.body = [];
      this.isEscaped = false;
      return undefined;
    }
    if (this.body === undefined) return undefined;
    if (mode === 2 && octet === ESCAPE && !this.isEscaped) {
      this.isEscaped = true;
      return undefined;
    }
    this.body.push(this.isEscaped ? octet ^ ESCAPE_FLIP : octet);
    this.isEscaped = false;
    return this.complete(this.body);
  }

  reset(): void {
    this.body = undefined;
    this.isEscaped = false;
  }

  private complete(body: readonly number[]): Uint8Array | undefined {
    const [high, low] = body;
    if (high === undefined || low === undefined) return undefined;
    const length = (high << 8) | low;
    if (length === 0 || length > FRAME_DATA_BYTES_MAX) {
      this.reset();
      return undefined;
    }
    if (body.length < LENGTH_BYTES + length + CHECKSUM_BYTES) return undefined;
    this.reset();
    const data = Uint8Array.from(body.slice(LENGTH_BYTES, LENGTH_BYTES + length));
    return sumChecksum(data) === body.at(-1) ? data : undefined;
  }
}
