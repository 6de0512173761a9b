import { FrameBuffer } from '../framing/framing.js';
import { SLIP_END, SLIP_ESC, SLIP_ESC_END, SLIP_ESC_ESC } from '../framing/slip.js';

/** What the bridge has for one frame, escapes included. */
const FRAME_BYTES_MAX = 140;

/**
 * The SLIP of the Aquila firmware (modems.md 2.2b): a frame needs an END of its own on each side, so two
 * frames that share one lose the second. A bad escape stands for the octet behind it.
 */
export class AquilaSlipReader {
  private readonly frame = new FrameBuffer(FRAME_BYTES_MAX);
  private isInside = false;
  private isEscaped = false;

  push(octet: number): Uint8Array | undefined {
    if (!this.isInside) {
      this.isInside = octet === SLIP_END;
      return undefined;
    }
    if (octet === SLIP_END) return this.end();
    if (octet === SLIP_ESC && !this.isEscaped) {
      this.isEscaped = true;
      return undefined;
    }
    this.frame.push(this.isEscaped ? unescape(octet) : octet);
    this.isEscaped = false;
    return undefined;
  }

  reset(): void {
    this.frame.take();
    this.isInside = false;
    this.isEscaped = false;
  }

  private end(): Uint8Array | undefined {
    if (this.frame.length === 0) return undefined;
    const content = this.frame.take();
    this.reset();
    return content;
  }
}

function unescape(octet: number): number {
  if (octet === SLIP_ESC_END) return SLIP_END;
  return octet === SLIP_ESC_ESC ? SLIP_ESC : octet;
}
