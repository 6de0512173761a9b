/** SLIP, RFC 1055: END between frames, END and ESC within as two octets each. No checksum. */
import { DelimitedFramer } from './delimited.js';
import type { FramingFault } from './framed.js';

const END = 0xc0;
const ESC = 0xdb;
const ESC_END = 0xdc;
const ESC_ESC = 0xdd;

export class SlipFramer extends DelimitedFramer {
  #escaped = false;

  constructor(frameBytesMax: number) {
    super(END, frameBytesMax);
  }

  protected take(octet: number): FramingFault | undefined {
    if (this.#escaped) {
      this.#escaped = false;
      if (octet === ESC_END) return this.append(END);
      if (octet === ESC_ESC) return this.append(ESC);
      return 'bad-escape';
    }
    if (octet !== ESC) return this.append(octet);
    this.#escaped = true;
    return undefined;
  }

  protected complete(): number | FramingFault {
    return this.#escaped ? 'bad-escape' : this.fill;
  }

  protected begin(): void {
    this.#escaped = false;
  }
}

/** With END in front as well: it ends whatever noise has come before (RFC 1055, Phil Karn's advice). */
export function encodeSlip(data: Uint8Array): Uint8Array {
  let escapes = 0;
  for (const octet of data) if (octet === END || octet === ESC) escapes++;
  const line = new Uint8Array(data.length + escapes + 2);
  let at = 0;
  line[at++] = END;
  for (const octet of data) {
    if (octet === END || octet === ESC) {
      line[at++] = ESC;
      line[at++] = octet === END ? ESC_END : ESC_ESC;
    } else {
      line[at++] = octet;
    }
  }
  line[at] = END;
  return line;
}
