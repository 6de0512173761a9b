import { crcX25 } from '../checksums.js';
import { concat } from '../octets.js';
import { FRAME_BYTES_MAX, FrameBuffer, type FrameDecoder, type Framing } from './framing.js';
import { ESCAPE, ESCAPE_FLIP, escape, FLAG } from './stuffing.js';

/** HDLC-like, RFC 1662 (modems.md 2.4): 7E body FCS-16 7E, the low octet of the FCS first. */
const FCS_BYTES = 2;

export const hdlc: Framing = {
  encode(content, checksumFlip) {
    const fcs = crcX25(content) ^ checksumFlip;
    const body = concat(content, [fcs & 0xff, fcs >> 8]);
    return concat([FLAG], escape(body), [FLAG]);
  },
  decoder: () => new HdlcDecoder(),
};

class HdlcDecoder implements FrameDecoder {
  private readonly frame = new FrameBuffer(FRAME_BYTES_MAX + FCS_BYTES);
  private isEscaped = false;
  private isInside = false;

  push(octet: number): Uint8Array | undefined {
    if (octet === FLAG) return this.end();
    if (!this.isInside) return undefined;
    if (this.isEscaped) {
      this.isEscaped = false;
      this.frame.push(octet ^ ESCAPE_FLIP);
    } else if (octet === ESCAPE) {
      this.isEscaped = true;
    } else {
      this.frame.push(octet);
    }
    return undefined;
  }

  /** One flag ends a frame and begins the next; behind an escape it aborts. */
  private end(): Uint8Array | undefined {
    const isAborted = this.isEscaped;
    const body = this.frame.take();
    this.isEscaped = false;
    this.isInside = true;
    if (isAborted || body === undefined || body.length <= FCS_BYTES) return undefined;
    const content = body.slice(0, -FCS_BYTES);
    const [low = 0, high = 0] = body.slice(-FCS_BYTES);
    return crcX25(content) === ((high << 8) | low) ? content : undefined;
  }
}
