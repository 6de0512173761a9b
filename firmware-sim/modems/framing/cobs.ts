import { FrameBuffer, type FrameDecoder, type Framing } from './framing.js';

/** COBS (modems.md 2.3): no zero in a frame, and a zero behind it. */
const DELIMITER = 0;
/** A code of FF stands for 254 octets without a zero behind them. */
const BLOCK_CODE_MAX = 0xff;

export const cobs: Framing = {
  encode: encodeCobs,
  decoder: () => new CobsDecoder(),
};

function encodeCobs(content: Uint8Array): Uint8Array {
  const octets: number[] = [];
  let block: number[] = [];
  const endBlock = () => {
    octets.push(block.length + 1, ...block);
    block = [];
  };
  for (const octet of content) {
    if (octet !== DELIMITER) block.push(octet);
    if (octet === DELIMITER || block.length + 1 === BLOCK_CODE_MAX) endBlock();
  }
  endBlock();
  octets.push(DELIMITER);
  return Uint8Array.from(octets);
}

class CobsDecoder implements FrameDecoder {
  private readonly frame = new FrameBuffer();
  /** Octets of the block that are still to come. */
  private missing = 0;
  /** A zero belongs behind the block unless the frame ends there. */
  private owesZero = false;

  push(octet: number): Uint8Array | undefined {
    if (octet === DELIMITER) return this.end();
    if (this.missing === 0) this.beginBlock(octet);
    else {
      this.missing -= 1;
      this.frame.push(octet);
    }
    return undefined;
  }

  private beginBlock(code: number): void {
    if (this.owesZero) this.frame.push(0);
    this.missing = code - 1;
    this.owesZero = code < BLOCK_CODE_MAX;
  }

  private end(): Uint8Array | undefined {
    const isWhole = this.missing === 0;
    const content = this.frame.take();
    this.missing = 0;
    this.owesZero = false;
    return isWhole && content !== undefined && content.length > 0 ? content : undefined;
  }
}
