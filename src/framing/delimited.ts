import { DISCARD_REPORT_BYTES, type Framed, type Framer, type FramingFault } from './framed.js';

/**
 * Frames between octets that occur nowhere else: SLIP, COBS, HDLC. Whatever goes wrong within a frame
 * ends at the next delimiter. A delimiter ends one frame and may begin the next; between two of them
 * there is nothing, and that is no fault.
 */
export abstract class DelimitedFramer implements Framer {
  protected readonly buffer: Uint8Array;
  /** Octets of the frame, in `buffer`. */
  protected fill = 0;
  /** A delimiter has been seen: what comes is a frame from its beginning. */
  protected synchronised = false;
  /** What is wrong with the frame; it is skipped to its end. */
  #fault: FramingFault | undefined;
  /** Octets of the line since the last report, delimiters included. */
  #lineBytes = 0;
  /** Whether there is anything since the last delimiter. */
  #begun = false;
  readonly #delimiter: number;

  /** `bufferBytes`: what a frame may hold, with whatever `complete` takes off again. */
  constructor(delimiter: number, bufferBytes: number) {
    this.#delimiter = delimiter;
    this.buffer = new Uint8Array(bufferBytes);
  }

  get pendingBytes(): number {
    return this.#lineBytes;
  }

  push(data: Uint8Array): Framed[] {
    const framed: Framed[] = [];
    const delimiter = this.#delimiter;
    for (let at = 0; at < data.length; at++) {
      const octet = data[at] as number;
      this.#lineBytes++;
      if (octet === delimiter) {
        this.#end(framed);
        continue;
      }
      this.#begun = true;
      if (this.#fault === undefined) this.#fault = this.take(octet);
      if (this.#fault !== undefined && this.#lineBytes >= DISCARD_REPORT_BYTES) {
        this.#discard(this.#fault, framed);
      }
    }
    return framed;
  }

  nextDeadline(): undefined {
    return undefined;
  }

  flush(): Framed[] {
    const framed: Framed[] = [];
    this.#discard(this.#fault ?? (this.#begun ? 'truncated' : 'noise'), framed);
    this.#next();
    this.synchronised = false;
    return framed;
  }

  /** Takes an octet of the frame that is not the delimiter. */
  protected abstract take(octet: number): FramingFault | undefined;
  /** The frame is over: its length in `buffer`, or what is wrong with it. */
  protected abstract complete(): number | FramingFault;
  /** A frame begins. */
  protected abstract begin(): void;

  protected append(octet: number): FramingFault | undefined {
    if (this.fill === this.buffer.length) return 'too-long';
    this.buffer[this.fill++] = octet;
    return undefined;
  }

  #end(framed: Framed[]): void {
    if (this.#begun) {
      const verdict = this.#fault ?? this.complete();
      if (typeof verdict === 'number') {
        framed.push({
          kind: 'frame',
          data: this.buffer.slice(0, verdict),
          lineBytes: this.#lineBytes,
        });
        this.#lineBytes = 0;
      } else {
        this.#discard(verdict, framed);
      }
      this.#next();
    }
    this.synchronised = true;
  }

  #discard(why: FramingFault, framed: Framed[]): void {
    if (this.#lineBytes > 0) framed.push({ kind: 'discarded', bytes: this.#lineBytes, why });
    this.#lineBytes = 0;
  }

  #next(): void {
    this.fill = 0;
    this.#begun = false;
    this.#fault = undefined;
    this.begin();
  }
}
