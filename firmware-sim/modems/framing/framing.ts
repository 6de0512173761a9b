/** How a bridge firmware marks where frames begin and end on its UART. */
export interface Framing {
  /** `checksumFlip`: what to flip in the checksum, for the fault; without a checksum it does nothing. */
  encode(content: Uint8Array, checksumFlip: number): Uint8Array;
  /** A decoder that has heard nothing yet. */
  decoder(): FrameDecoder;
}

/** Octets to frames. What is wrong is dropped without a word, as firmware does. */
export interface FrameDecoder {
  /** The frame that this octet completes, if there is one. */
  push(octet: number): Uint8Array | undefined;
}

/** The buffer that a bridge has for one frame; RFC 1055 asks for as much. */
export const FRAME_BYTES_MAX = 1006;

/** A frame that grows octet by octet, in a buffer of fixed size. */
export class FrameBuffer {
  private readonly octets: Uint8Array;
  private used = 0;
  private tooLong = false;

  constructor(bytesMax = FRAME_BYTES_MAX) {
    this.octets = new Uint8Array(bytesMax);
  }

  push(octet: number): void {
    if (this.used === this.octets.length) this.tooLong = true;
    else this.octets[this.used++] = octet;
  }

  get length(): number {
    return this.used;
  }

  /** What it holds, undefined when that was too much; it is empty then. */
  take(): Uint8Array | undefined {
    const content = this.tooLong ? undefined : this.octets.slice(0, this.used);
    this.used = 0;
    this.tooLong = false;
    return content;
  }
}
