import type { FrameDecoder } from './framing.js';

/**
 * MQTT-SN messages as they are, cut by their own length (modems.md 1). Where nodes send forwarder
 * encapsulation through such a bridge, it and the message behind it are one frame.
 */
const LONG_LENGTH = 0x01;
const ENCAPSULATION = 0xfe;
const SHORT_LENGTH_MIN = 2;
const LONG_LENGTH_MIN = 4;

export class RawDecoder implements FrameDecoder {
  private octets: number[] = [];
  /** Where the message that is being read begins: behind the link header and an encapsulation. */
  private start: number;
  private isHunting = false;
  private readonly headerBytes: number;
  private readonly bytesMax: number;

  /** `headerBytes`: of a link header before each message. */
  constructor(headerBytes: number, bytesMax: number) {
    this.headerBytes = headerBytes;
    this.bytesMax = bytesMax;
    this.start = headerBytes;
  }

  push(octet: number): Uint8Array | undefined {
    if (this.isHunting) return undefined;
    this.octets.push(octet);
    const length = this.messageLength();
    if (length === undefined || this.octets.length < this.start + length) return undefined;
    if (this.octets[this.start + 1] === ENCAPSULATION && this.start === this.headerBytes) {
      this.start += length;
      return undefined;
    }
    const frame = Uint8Array.from(this.octets);
    this.idle();
    return frame;
  }

  /** The line has been idle: what is incomplete is dropped, and the next octet begins a frame. */
  idle(): void {
    this.octets = [];
    this.start = this.headerBytes;
    this.isHunting = false;
  }

  /** Undefined as long as it is not known. A length that cannot be makes it wait until the line is idle. */
  private messageLength(): number | undefined {
    const [first, high, low] = this.octets.slice(this.start, this.start + 3);
    if (first === undefined) return undefined;
    if (first !== LONG_LENGTH) return this.plausible(first, SHORT_LENGTH_MIN);
    if (high === undefined || low === undefined) return undefined;
    return this.plausible((high << 8) | low, LONG_LENGTH_MIN);
  }

  private plausible(length: number, min: number): number | undefined {
    if (length >= min && this.start + length <= this.bytesMax) return length;
    this.isHunting = true;
    return undefined;
  }
}
