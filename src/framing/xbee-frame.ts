/**
 * The envelope of Digi's XBee modules: `7E length(2) frame data, checksum`.
 *
 * API mode 1 escapes nothing, so a 7E within a frame is data: a frame that turns out to be none is
 * looked through again from the octet behind its 7E, and one that stays incomplete ends by time.
 * API mode 2 escapes 7E, 7D, 11 and 13 behind the first 7E, so every other 7E begins a frame.
 */
import type { Framed, Framer, FramingFault } from './framed.js';

export type XbeeApiMode = 1 | 2;

export type XbeeFramed =
  | (Extract<Framed, { kind: 'frame' }> & {
      /** It had octets that API mode 2 escapes: the module may well be in mode 1. Always false in mode 1. */
      unescaped: boolean;
    })
  | Extract<Framed, { kind: 'discarded' }>;

/** `data` of a frame: its type and what belongs to it. */
export interface XbeeFramer extends Framer {
  push(data: Uint8Array, now: number): XbeeFramed[];
  flush(): XbeeFramed[];
}

/** Longest frame data taken for real: 255 octets of payload and the longest header before them. */
const FRAME_DATA_BYTES_MAX = 300;

const START = 0x7e;
const ESCAPE = 0x7d;
const XON = 0x11;
const XOFF = 0x13;
const ESCAPED_BIT = 0x20;
/** Start delimiter and length. */
const HEAD_BYTES = 3;
/** The same and the checksum. */
const ENVELOPE_BYTES = HEAD_BYTES + 1;

export const XBEE_LINE_BYTES_MAX = ENVELOPE_BYTES + FRAME_DATA_BYTES_MAX;

/** `frameTimeoutMs`: how long a frame of mode 1 may take from its first octet to its last. */
export function createXbeeFramer(mode: XbeeApiMode, frameTimeoutMs: number): XbeeFramer {
  return mode === 1 ? new PlainFramer(frameTimeoutMs) : new EscapedFramer();
}

/** The octets for the line. */
export function encodeXbeeFrame(data: Uint8Array, mode: XbeeApiMode): Uint8Array {
  const frame = new Uint8Array(ENVELOPE_BYTES + data.length);
  frame[0] = START;
  frame[1] = data.length >> 8;
  frame[2] = data.length;
  frame.set(data, HEAD_BYTES);
  let sum = 0;
  for (const octet of data) sum += octet;
  frame[frame.length - 1] = 0xff - (sum & 0xff);
  return mode === 1 ? frame : escape(frame);
}

function escape(frame: Uint8Array): Uint8Array {
  const escaped = new Uint8Array(2 * frame.length);
  escaped[0] = START;
  let at = 1;
  for (let index = 1; index < frame.length; index += 1) {
    const octet = frame[index] as number;
    if (octet === START || octet === ESCAPE || octet === XON || octet === XOFF) {
      escaped[at] = ESCAPE;
      escaped[at + 1] = octet ^ ESCAPED_BIT;
      at += 2;
    } else {
      escaped[at] = octet;
      at += 1;
    }
  }
  return escaped.slice(0, at);
}

const plausible = (length: number): boolean => length >= 1 && length <= FRAME_DATA_BYTES_MAX;

class PlainFramer implements XbeeFramer {
  /** Begins with a 7E whenever it holds anything. */
  readonly #held = new Uint8Array(XBEE_LINE_BYTES_MAX);
  #heldBytes = 0;
  #startedAt = 0;
  #events: XbeeFramed[] = [];
  readonly #frameTimeoutMs: number;

  constructor(frameTimeoutMs: number) {
    this.#frameTimeoutMs = frameTimeoutMs;
  }

  push(data: Uint8Array, now: number): XbeeFramed[] {
    let index = 0;
    while (index < data.length) {
      if (this.#heldBytes === 0) {
        const start = data.indexOf(START, index);
        this.#discard((start < 0 ? data.length : start) - index, 'noise');
        if (start < 0) break;
        index = start;
        this.#startedAt = now;
      }
      const bytes = Math.min(this.#wanted() - this.#heldBytes, data.length - index);
      this.#held.set(data.subarray(index, index + bytes), this.#heldBytes);
      this.#heldBytes += bytes;
      index += bytes;
      this.#judge(now);
    }
    if (data.length === 0 && (this.nextDeadline() ?? Number.POSITIVE_INFINITY) <= now) {
      this.#reject(this.#heldBytes, 'truncated', now);
      this.#judge(now);
    }
    return this.#take();
  }

  nextDeadline(): number | undefined {
    return this.#heldBytes === 0 ? undefined : this.#startedAt + this.#frameTimeoutMs;
  }

  flush(): XbeeFramed[] {
    this.#discard(this.#heldBytes, 'truncated');
    this.#heldBytes = 0;
    return this.#take();
  }

  get pendingBytes(): number {
    return this.#heldBytes;
  }

  /** How many octets it takes to know more about the frame that is held. */
  #wanted(): number {
    return this.#heldBytes < HEAD_BYTES ? HEAD_BYTES : ENVELOPE_BYTES + this.#length();
  }

  #length(): number {
    return ((this.#held[1] as number) << 8) | (this.#held[2] as number);
  }

  #judge(now: number): void {
    while (this.#heldBytes >= HEAD_BYTES) {
      const length = this.#length();
      const end = ENVELOPE_BYTES + length;
      if (!plausible(length)) this.#reject(HEAD_BYTES, 'bad-length', now);
      else if (this.#heldBytes < end) return;
      else if (!this.#sumFits(end)) this.#reject(end, 'checksum', now);
      else {
        const data = this.#held.slice(HEAD_BYTES, end - 1);
        this.#events.push({ kind: 'frame', data, lineBytes: end, unescaped: false });
        this.#drop(end, now);
      }
    }
  }

  #sumFits(end: number): boolean {
    let sum = 0;
    for (let index = HEAD_BYTES; index < end; index += 1) sum += this.#held[index] as number;
    return (sum & 0xff) === 0xff;
  }

  /** The 7E was no start: goes on at the next one among what is held. Blames no more than was looked at. */
  #reject(lookedAtBytes: number, why: FramingFault, now: number): void {
    const next = this.#nextStart(1);
    const blamed = Math.min(next, lookedAtBytes);
    this.#discard(blamed, why);
    this.#drop(blamed, now);
  }

  /** Takes octets off the front, and what then stands before the next 7E. */
  #drop(bytes: number, now: number): void {
    const next = this.#nextStart(bytes);
    this.#discard(next - bytes, 'noise');
    this.#held.copyWithin(0, next, this.#heldBytes);
    this.#heldBytes -= next;
    this.#startedAt = now;
  }

  #nextStart(from: number): number {
    for (let index = from; index < this.#heldBytes; index += 1)
      if (this.#held[index] === START) return index;
    return this.#heldBytes;
  }

  #discard(bytes: number, why: FramingFault): void {
    if (bytes > 0) this.#events.push({ kind: 'discarded', bytes, why });
  }

  #take(): XbeeFramed[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

class EscapedFramer implements XbeeFramer {
  readonly #data = new Uint8Array(FRAME_DATA_BYTES_MAX);
  #inFrame = false;
  #afterEscape = false;
  #unescaped = false;
  /** Octets of the frame behind its 7E, as they mean, not as they stand on the line. */
  #position = 0;
  #length = 0;
  #sum = 0;
  #lineBytes = 0;

  push(data: Uint8Array): XbeeFramed[] {
    const events: XbeeFramed[] = [];
    let noiseBytes = 0;
    for (let index = 0; index < data.length; index += 1) {
      const octet = data[index] as number;
      if (octet === START || !this.#inFrame) {
        if (octet !== START) {
          noiseBytes += 1;
          continue;
        }
        if (noiseBytes > 0) events.push({ kind: 'discarded', bytes: noiseBytes, why: 'noise' });
        noiseBytes = 0;
        if (this.#inFrame)
          events.push({ kind: 'discarded', bytes: this.#lineBytes, why: 'truncated' });
        this.#begin();
        continue;
      }
      this.#lineBytes += 1;
      if (octet === ESCAPE && !this.#afterEscape) {
        this.#afterEscape = true;
        continue;
      }
      if (octet === XON || octet === XOFF) this.#unescaped ||= !this.#afterEscape;
      const event = this.#octet(this.#afterEscape ? octet ^ ESCAPED_BIT : octet);
      this.#afterEscape = false;
      if (event === undefined) continue;
      this.#inFrame = false;
      events.push(event);
    }
    if (noiseBytes > 0) events.push({ kind: 'discarded', bytes: noiseBytes, why: 'noise' });
    return events;
  }

  /** Nothing ends by time: whatever comes next begins with a 7E. */
  nextDeadline(): undefined {
    return undefined;
  }

  flush(): XbeeFramed[] {
    const bytes = this.pendingBytes;
    this.#inFrame = false;
    return bytes === 0 ? [] : [{ kind: 'discarded', bytes, why: 'truncated' }];
  }

  get pendingBytes(): number {
    return this.#inFrame ? this.#lineBytes : 0;
  }

  #begin(): void {
    this.#inFrame = true;
    this.#afterEscape = false;
    this.#unescaped = false;
    this.#position = 0;
    this.#sum = 0;
    this.#lineBytes = 1;
  }

  /** Takes one octet of the frame as it means; the event ends the frame. */
  #octet(octet: number): XbeeFramed | undefined {
    const position = this.#position;
    this.#position += 1;
    if (position === 0) {
      this.#length = octet << 8;
      return undefined;
    }
    const lineBytes = this.#lineBytes;
    if (position === 1) {
      this.#length |= octet;
      if (plausible(this.#length)) return undefined;
      return { kind: 'discarded', bytes: lineBytes, why: 'bad-length' };
    }
    this.#sum += octet;
    if (position < this.#length + 2) {
      this.#data[position - 2] = octet;
      return undefined;
    }
    if ((this.#sum & 0xff) !== 0xff)
      return { kind: 'discarded', bytes: lineBytes, why: 'checksum' };
    const data = this.#data.slice(0, this.#length);
    return { kind: 'frame', data, lineBytes, unescaped: this.#unescaped };
  }
}
