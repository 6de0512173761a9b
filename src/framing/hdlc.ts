/** HDLC-like framing of RFC 1662: flags between frames, octet stuffing, FCS-16 (CRC-16/X-25) behind the data. */
import { crc16X25 } from './crc16.js';
import { DelimitedFramer } from './delimited.js';
import type { FramingFault } from './framed.js';

const FLAG = 0x7e;
const ESCAPE = 0x7d;
const XON = 0x11;
const XOFF = 0x13;
const ESCAPED_BIT = 0x20;
const FCS_BYTES = 2;

export class HdlcFramer extends DelimitedFramer {
  #escaped = false;

  constructor(frameBytesMax: number) {
    super(FLAG, frameBytesMax + FCS_BYTES);
  }

  protected take(octet: number): FramingFault | undefined {
    if (this.#escaped) {
      this.#escaped = false;
      return this.append(octet ^ ESCAPED_BIT);
    }
    if (octet !== ESCAPE) return this.append(octet);
    this.#escaped = true;
    return undefined;
  }

  protected complete(): number | FramingFault {
    // An escape right before the flag is how a sender gives a frame up (RFC 1662, 4.3).
    if (this.#escaped) return 'truncated';
    const bytes = this.fill - FCS_BYTES;
    if (bytes < 1) return 'noise';
    const fcs = (this.buffer[bytes] as number) | ((this.buffer[bytes + 1] as number) << 8);
    if (crc16X25(this.buffer, bytes) === fcs) return bytes;
    return this.synchronised ? 'checksum' : 'noise';
  }

  protected begin(): void {
    this.#escaped = false;
  }
}

/** XON and XOFF are escaped too, for lines whose driver takes them for flow control. */
export function encodeHdlc(data: Uint8Array): Uint8Array {
  // Twice as long at most: all octets escaped, the flags aside.
  const line = new Uint8Array(2 * (data.length + FCS_BYTES) + 2);
  let at = 0;
  const put = (octet: number): void => {
    if (octet === FLAG || octet === ESCAPE || octet === XON || octet === XOFF) {
      line[at++] = ESCAPE;
      line[at++] = octet ^ ESCAPED_BIT;
    } else {
      line[at++] = octet;
    }
  };
  line[at++] = FLAG;
  for (const octet of data) put(octet);
  const fcs = crc16X25(data, data.length);
  put(fcs & 0xff);
  put(fcs >>> 8);
  line[at++] = FLAG;
  return line.slice(0, at);
}
