/**
 * The envelope of LoRaLink: `7E length(2) body checksum`, stuffed like that of XBee in API mode 2. The
 * length counts the checksum, which XBee's does not. A 7E always begins a frame, even behind a 7D.
 */
import { DISCARD_REPORT_BYTES, type Framed, type Framer, type FramingFault } from './framed.js';

const START = 0x7e;
const ESCAPE = 0x7d;
const XON = 0x11;
const XOFF = 0x13;
const ESCAPED_BIT = 0x20;
const LENGTH_BYTES = 2;
const CHECKSUM_BYTES = 1;
/** Of the body and its checksum. */
const SUM = 0xff;

export class LoralinkFramer implements Framer {
  /** Length, body and checksum. */
  readonly #buffer: Uint8Array;
  #fill = 0;
  #need = LENGTH_BYTES;
  #inFrame = false;
  #escaped = false;
  #fault: FramingFault = 'noise';
  #lineBytes = 0;

  constructor(bodyBytesMax: number) {
    this.#buffer = new Uint8Array(LENGTH_BYTES + bodyBytesMax + CHECKSUM_BYTES);
  }

  get pendingBytes(): number {
    return this.#lineBytes;
  }

  push(data: Uint8Array): Framed[] {
    const framed: Framed[] = [];
    for (let at = 0; at < data.length; at++) {
      const octet = data[at] as number;
      if (octet === START) {
        this.#discard(this.#inFrame ? 'truncated' : this.#fault, framed);
        this.#begin();
        this.#lineBytes = 1;
        continue;
      }
      this.#lineBytes++;
      if (!this.#inFrame) {
        if (this.#lineBytes >= DISCARD_REPORT_BYTES) this.#discard(this.#fault, framed);
      } else if (this.#escaped) {
        this.#escaped = false;
        this.#take(octet ^ ESCAPED_BIT, framed);
      } else if (octet === ESCAPE) {
        this.#escaped = true;
      } else {
        this.#take(octet, framed);
      }
    }
    return framed;
  }

  nextDeadline(): undefined {
    return undefined;
  }

  flush(): Framed[] {
    const framed: Framed[] = [];
    this.#discard(this.#inFrame ? 'truncated' : this.#fault, framed);
    this.#leave('noise');
    return framed;
  }

  #begin(): void {
    this.#inFrame = true;
    this.#escaped = false;
    this.#fill = 0;
    this.#need = LENGTH_BYTES;
  }

  /** The next START begins a frame; what comes before it counts as discarded for this reason. */
  #leave(fault: FramingFault): void {
    this.#inFrame = false;
    this.#fault = fault;
  }

  #take(octet: number, framed: Framed[]): void {
    this.#buffer[this.#fill++] = octet;
    if (this.#fill < this.#need) return;
    if (this.#need === LENGTH_BYTES) {
      const length = ((this.#buffer[0] as number) << 8) | (this.#buffer[1] as number);
      this.#need = LENGTH_BYTES + length;
      if (length > CHECKSUM_BYTES && this.#need <= this.#buffer.length) return;
      this.#leave(length > CHECKSUM_BYTES ? 'too-long' : 'bad-length');
    } else {
      this.#complete(framed);
    }
  }

  #complete(framed: Framed[]): void {
    let sum = 0;
    for (let at = LENGTH_BYTES; at < this.#need; at++) sum += this.#buffer[at] as number;
    if ((sum & 0xff) === SUM) {
      framed.push({
        kind: 'frame',
        data: this.#buffer.slice(LENGTH_BYTES, this.#need - CHECKSUM_BYTES),
        lineBytes: this.#lineBytes,
      });
      this.#lineBytes = 0;
    } else {
      this.#discard('checksum', framed);
    }
    this.#leave('noise');
  }

  #discard(why: FramingFault, framed: Framed[]): void {
    if (this.#lineBytes > 0) framed.push({ kind: 'discarded', bytes: this.#lineBytes, why });
    this.#lineBytes = 0;
  }
}

export function encodeLoralink(body: Uint8Array): Uint8Array {
  const length = body.length + CHECKSUM_BYTES;
  const line = new Uint8Array(1 + 2 * (LENGTH_BYTES + length));
  let at = 0;
  const put = (octet: number): void => {
    if (octet === START || octet === ESCAPE || octet === XON || octet === XOFF) {
      line[at++] = ESCAPE;
      line[at++] = octet ^ ESCAPED_BIT;
    } else {
      line[at++] = octet;
    }
  };
  line[at++] = START;
  put(length >>> 8);
  put(length & 0xff);
  let sum = 0;
  for (const octet of body) {
    sum += octet;
    put(octet);
  }
  put(SUM - (sum & 0xff));
  return line.slice(0, at);
}
