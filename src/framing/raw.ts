/**
 * Messages without anything between them: the length octet of MQTT-SN says where each ends. Nothing
 * protects it, so a wrong octet shifts everything behind it. Hence: the type and the lengths it may have
 * are checked as soon as they are there; and after nonsense everything is discarded until the line has been
 * idle. Sliding on octet by octet would find messages within payloads.
 */
import { DISCARD_REPORT_BYTES, type Framed, type Framer, type FramingFault } from './framed.js';
import {
  FORWARDER_HEADER_BYTES,
  FORWARDER_TYPE,
  LONG_HEADER_BYTES,
  LONG_LENGTH,
  SHORT_HEADER_BYTES,
  shapeFault,
} from './message-shape.js';

export interface RawFraming {
  /** Without link header and forwarder's header; a message that announces more is not waited for. */
  messageBytesMax: number;
  /** A pause that no message contains, and that ends nonsense. */
  gapMs: number;
  /** `radiohead`: TO FROM ID FLAGS before each message; with the bit 80 in FLAGS one octet follows instead. */
  prefix: 'none' | 'radiohead';
  /** One octet that is not the message's follows each. */
  hasTrailer: boolean;
}

const RADIOHEAD_BYTES = 4;
const RADIOHEAD_ACK = 0x80;
const FORWARDER_BYTES_MAX = 255;
const TRAILER_BYTES = 1;

/** So many messages without their trailer, and none is expected any more until one comes. */
const TRAILERS_MISSED_MAX = 2;

/** What the octets so far have to be enough for. */
type Stage = 'prefix' | 'length' | 'long-length' | 'type' | 'node-id' | 'body' | 'trailer';

export class RawFramer implements Framer {
  readonly #framing: RawFraming;
  readonly #firstStage: Stage;
  readonly #prefixBytes: number;
  readonly #buffer: Uint8Array;
  #fill = 0;
  /** With so many octets the next decision can be taken. */
  #need: number;
  #stage: Stage;
  /** Where the message begins, behind all headers. */
  #messageAt: number;
  /** Set while everything is discarded until the line is idle. */
  #fault: FramingFault | undefined;
  #lineBytes = 0;
  #lastOctetAt = 0;
  #trailersMissed = 0;
  /** The last message ended without its trailer: the next octet is that. */
  #owesTrailer = false;

  constructor(framing: RawFraming) {
    this.#framing = framing;
    this.#prefixBytes = framing.prefix === 'radiohead' ? RADIOHEAD_BYTES : 0;
    this.#firstStage = framing.prefix === 'radiohead' ? 'prefix' : 'length';
    this.#buffer = new Uint8Array(
      this.#prefixBytes +
        FORWARDER_BYTES_MAX +
        Math.max(LONG_HEADER_BYTES, framing.messageBytesMax) +
        TRAILER_BYTES,
    );
    this.#stage = this.#firstStage;
    this.#messageAt = this.#prefixBytes;
    this.#need = Math.max(1, this.#prefixBytes);
  }

  get pendingBytes(): number {
    return this.#lineBytes;
  }

  /**
   * Without octets: looks whether the line has been idle. With octets that is not looked at: that they are
   * late may be the fault of a busy machine, on which they have waited together with the deadline.
   */
  push(data: Uint8Array, now: number): Framed[] {
    const framed: Framed[] = [];
    if (data.length === 0) {
      if (this.#waits() && now - this.#lastOctetAt >= this.#framing.gapMs) this.#idle(framed);
      return framed;
    }
    this.#lastOctetAt = now;
    let at = 0;
    while (at < data.length) {
      if (this.#fault !== undefined) {
        this.#hunt(data.length - at, this.#fault, framed);
        break;
      }
      if (this.#owesTrailer) {
        at++;
        this.#owesTrailer = false;
        framed.push({ kind: 'discarded', bytes: 1, why: 'noise' });
        continue;
      }
      const end = Math.min(data.length, at + this.#need - this.#fill);
      this.#lineBytes += end - at;
      while (at < end) this.#buffer[this.#fill++] = data[at++] as number;
      if (this.#fill === this.#need) this.#decide(framed);
    }
    return framed;
  }

  nextDeadline(): number | undefined {
    return this.#waits() ? this.#lastOctetAt + this.#framing.gapMs : undefined;
  }

  flush(): Framed[] {
    const framed: Framed[] = [];
    if (this.#waits()) this.#idle(framed);
    this.#trailersMissed = 0;
    this.#owesTrailer = false;
    return framed;
  }

  /** Whether a pause would mean anything. */
  #waits(): boolean {
    return this.#fill > 0 || this.#fault !== undefined;
  }

  /** Enough octets are there for the next decision, or for several. */
  #decide(framed: Framed[]): void {
    while (this.#fill === this.#need && this.#fault === undefined) {
      this.#fault = this.#read(framed);
      if (this.#fill === 0) return;
    }
    if (this.#fault !== undefined) this.#hunt(0, this.#fault, framed);
  }

  #read(framed: Framed[]): FramingFault | undefined {
    switch (this.#stage) {
      case 'prefix': {
        const isAck = ((this.#buffer[RADIOHEAD_BYTES - 1] as number) & RADIOHEAD_ACK) !== 0;
        return this.#await(isAck ? 'body' : 'length', this.#need + 1);
      }
      case 'length': {
        const length = this.#octet(0);
        if (length === 0) return 'bad-length';
        if (length === LONG_LENGTH) return this.#await('long-length', this.#messageAt + 3);
        return this.#await('type', this.#messageAt + SHORT_HEADER_BYTES);
      }
      case 'long-length':
        if (this.#declared() < LONG_HEADER_BYTES) return 'bad-length';
        if (this.#declared() > this.#framing.messageBytesMax) return 'too-long';
        return this.#await('type', this.#messageAt + LONG_HEADER_BYTES);
      case 'type':
        return this.#readType();
      case 'node-id':
        this.#messageAt = this.#need;
        return this.#await('length', this.#need + 1);
      case 'body':
        if (this.#framing.hasTrailer) return this.#await('trailer', this.#need + TRAILER_BYTES);
        this.#complete(this.#need, undefined, framed);
        return undefined;
      case 'trailer':
        this.#trailersMissed = 0;
        this.#complete(this.#need - TRAILER_BYTES, this.#buffer[this.#need - 1], framed);
        return undefined;
      default:
        return this.#stage satisfies never;
    }
  }

  #readType(): FramingFault | undefined {
    const type = this.#buffer[this.#need - 1] as number;
    const length = this.#declared();
    const header = this.#need - this.#messageAt;
    const isForwarded = this.#messageAt > this.#prefixBytes;
    if (type === FORWARDER_TYPE && header === SHORT_HEADER_BYTES && !isForwarded) {
      if (length < FORWARDER_HEADER_BYTES) return 'bad-length';
      return this.#await('node-id', this.#messageAt + length);
    }
    const fault = shapeFault(type, length - header);
    if (fault !== undefined) return fault;
    if (length > this.#framing.messageBytesMax) return 'too-long';
    return this.#await('body', this.#messageAt + length);
  }

  #await(stage: Stage, need: number): undefined {
    this.#stage = stage;
    this.#need = need;
  }

  #octet(index: number): number {
    return this.#buffer[this.#messageAt + index] as number;
  }

  /** The length that the message says of itself. */
  #declared(): number {
    const first = this.#octet(0);
    return first === LONG_LENGTH ? (this.#octet(1) << 8) | this.#octet(2) : first;
  }

  #complete(bytes: number, trailer: number | undefined, framed: Framed[]): void {
    framed.push({
      kind: 'frame',
      data: this.#buffer.slice(0, bytes),
      lineBytes: this.#lineBytes,
      ...(trailer === undefined ? {} : { trailer }),
    });
    this.#begin();
  }

  #hunt(bytes: number, why: FramingFault, framed: Framed[]): void {
    this.#lineBytes += bytes;
    while (this.#lineBytes >= DISCARD_REPORT_BYTES) {
      framed.push({ kind: 'discarded', bytes: DISCARD_REPORT_BYTES, why });
      this.#lineBytes -= DISCARD_REPORT_BYTES;
    }
  }

  /** The line has been silent for a while. */
  #idle(framed: Framed[]): void {
    if (this.#fault === undefined && this.#stage === 'trailer') {
      this.#trailersMissed++;
      this.#owesTrailer = this.#trailersMissed < TRAILERS_MISSED_MAX;
      this.#complete(this.#need - TRAILER_BYTES, undefined, framed);
      return;
    }
    if (this.#lineBytes > 0) {
      framed.push({ kind: 'discarded', bytes: this.#lineBytes, why: this.#fault ?? 'truncated' });
    }
    this.#begin();
  }

  #begin(): void {
    this.#fill = 0;
    this.#lineBytes = 0;
    this.#fault = undefined;
    this.#stage = this.#firstStage;
    this.#messageAt = this.#prefixBytes;
    this.#need = Math.max(1, this.#prefixBytes);
  }
}
