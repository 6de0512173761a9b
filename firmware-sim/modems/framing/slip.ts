import { FrameBuffer, type FrameDecoder, type Framing } from './framing.js';

/** SLIP, RFC 1055 (modems.md 2.1): END on both sides, no checksum. */
export const SLIP_END = 0xc0;
export const SLIP_ESC = 0xdb;
export const SLIP_ESC_END = 0xdc;
export const SLIP_ESC_ESC = 0xdd;

export const slip: Framing = {
  encode: encodeSlip,
  decoder: () => new SlipDecoder(),
};

export function encodeSlip(content: Uint8Array): Uint8Array {
  const octets = [SLIP_END];
  for (const octet of content) {
    if (octet === SLIP_END) octets.push(SLIP_ESC, SLIP_ESC_END);
    else if (octet === SLIP_ESC) octets.push(SLIP_ESC, SLIP_ESC_ESC);
    else octets.push(octet);
  }
  octets.push(SLIP_END);
  return Uint8Array.from(octets);
}

/** END may stand before, behind, on both sides, or once between two frames. A bad escape spoils its frame. */
class SlipDecoder implements FrameDecoder {
  private readonly frame = new FrameBuffer();
  private isEscaped = false;
  private isSpoilt = false;

  push(octet: number): Uint8Array | undefined {
    if (octet === SLIP_END) return this.end();
    if (this.isEscaped) this.unescape(octet);
    else if (octet === SLIP_ESC) this.isEscaped = true;
    else this.frame.push(octet);
    return undefined;
  }

  private unescape(octet: number): void {
    this.isEscaped = false;
    if (octet === SLIP_ESC_END) this.frame.push(SLIP_END);
    else if (octet === SLIP_ESC_ESC) this.frame.push(SLIP_ESC);
    else this.isSpoilt = true;
  }

  private end(): Uint8Array | undefined {
    const isWhole = !this.isEscaped && !this.isSpoilt;
    const content = this.frame.take();
    this.isEscaped = false;
    this.isSpoilt = false;
    return isWhole && content !== undefined && content.length > 0 ? content : undefined;
  }
}
