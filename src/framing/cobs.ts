/**
 * COBS (Cheshire and Baker): each zero is replaced by the distance to the next one, so that a zero ends
 * the frame. A distance of FF is 254 octets without a zero behind them. No checksum.
 */
import { DelimitedFramer } from './delimited.js';
import type { FramingFault } from './framed.js';

const DELIMITER = 0x00;
/** A block of 254 octets that does not stand for a zero. */
const FULL_BLOCK = 0xff;

export class CobsFramer extends DelimitedFramer {
  /** That of the block under way. The first block has no zero in front, as if a full one stood there. */
  #code = FULL_BLOCK;
  /** Octets that the block still lacks. */
  #lacking = 0;

  constructor(frameBytesMax: number) {
    super(DELIMITER, frameBytesMax);
  }

  protected take(octet: number): FramingFault | undefined {
    if (this.#lacking > 0) {
      this.#lacking--;
      return this.append(octet);
    }
    const fault = this.#code === FULL_BLOCK ? undefined : this.append(0);
    this.#code = octet;
    this.#lacking = octet - 1;
    return fault;
  }

  protected complete(): number | FramingFault {
    return this.#lacking > 0 ? 'truncated' : this.fill;
  }

  protected begin(): void {
    this.#code = FULL_BLOCK;
    this.#lacking = 0;
  }
}

/** With the delimiter behind. */
export function encodeCobs(data: Uint8Array): Uint8Array {
  const line = new Uint8Array(data.length + Math.floor(data.length / 254) + 2);
  let codeAt = 0;
  let at = 1;
  for (const octet of data) {
    if (octet !== 0) line[at++] = octet;
    if (octet === 0 || at - codeAt === FULL_BLOCK) {
      line[codeAt] = at - codeAt;
      codeAt = at++;
    }
  }
  line[codeAt] = at - codeAt;
  return line;
}
