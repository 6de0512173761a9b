/**
 * The lines of REYAX RYLR modules: text, but for receptions, `+RCV=<from>,<length>,<data>,<rssi>,<snr>`,
 * whose data may hold commas and line ends. So a reception is taken by its declared length; one that does
 * not end as it should is discarded up to its first line end, and what is behind that is looked at again.
 */
import { CR, isPrintable, LF, textOf } from './text-lines.js';

export type RylrLineEvent =
  | { kind: 'line'; text: string }
  | {
      kind: 'reception';
      from: number;
      /** As it came over the air; the receiver's to keep. */
      data: Uint8Array;
      rssiDbm: number;
      snrDb: number;
      /** How many octets of the line it took, without the line end. */
      lineBytes: number;
    }
  | {
      kind: 'discarded';
      /** Line ends outside of data are not counted. */
      bytes: number;
      why: 'noise' | 'malformed' | 'too-long' | 'bad-length' | 'truncated';
    };

/** What the air carries at most. */
export const RYLR_DATA_BYTES_MAX = 240;

/** Where a reception begins, in the middle of a line as well: what stands before it is noise. */
const MARK = '+RCV=';
const MARK_BYTES = MARK.length;
const MARK_END = '='.charCodeAt(0);
const COMMA = ','.charCodeAt(0);
/** `+RCV=65535,240,`. */
const HEAD_BYTES_MAX = 15;
/** `,-1234,-1234`; real ones are shorter. */
const TAIL_BYTES_MAX = 12;
const LINE_BYTES_MAX = HEAD_BYTES_MAX + RYLR_DATA_BYTES_MAX + TAIL_BYTES_MAX + 1;
const HEAD = /^\+RCV=(\d{1,5}),(\d{1,3}),$/;
const TAIL = /^,(-?\d{1,4}),(-?\d{1,4})$/;
const ADDRESS_MAX = 65535;

/** What is known of a reception whose data begin. */
interface Head {
  from: number;
  /** Where the data end in the line that is held. */
  dataEnd: number;
  dataBegin: number;
}

export class RylrLineFramer {
  readonly #line = new Uint8Array(LINE_BYTES_MAX);
  /** May exceed what fits in a line that is no reception: then it is counted, no longer kept. */
  #lineBytes = 0;
  #spoilt = false;
  #marked = false;
  #head: Head | undefined;
  #headAt = 0;
  #events: RylrLineEvent[] = [];
  readonly #receptionTimeoutMs: number;

  /** `receptionTimeoutMs`: how long a reception may take from its declared length to its end. */
  constructor(receptionTimeoutMs: number) {
    this.#receptionTimeoutMs = receptionTimeoutMs;
  }

  /** No octets at all: looks only whether a reception has taken too long. */
  push(data: Uint8Array, now: number): RylrLineEvent[] {
    this.#feed(data, now);
    if (data.length === 0 && (this.nextDeadline() ?? Number.POSITIVE_INFINITY) <= now)
      this.#giveUp('truncated', now);
    return this.#take();
  }

  /** When to push nothing; undefined when no reception is under way. */
  nextDeadline(): number | undefined {
    return this.#head === undefined ? undefined : this.#headAt + this.#receptionTimeoutMs;
  }

  /** The line has ended: what is pending is discarded, and the next octet begins anew. */
  flush(): RylrLineEvent[] {
    this.#discard(this.#lineBytes, 'truncated');
    this.#begin();
    return this.#take();
  }

  get pendingBytes(): number {
    return this.#lineBytes;
  }

  #feed(data: Uint8Array, now: number): void {
    let index = 0;
    while (index < data.length) {
      if (this.#head !== undefined && this.#lineBytes < this.#head.dataEnd) {
        const bytes = Math.min(this.#head.dataEnd - this.#lineBytes, data.length - index);
        this.#line.set(data.subarray(index, index + bytes), this.#lineBytes);
        this.#lineBytes += bytes;
        index += bytes;
      } else {
        const octet = data[index] as number;
        index += 1;
        if (this.#head === undefined) this.#lineOctet(octet, now);
        else this.#tailOctet(octet, this.#head, now);
      }
    }
  }

  #lineOctet(octet: number, now: number): void {
    if (octet === LF || octet === CR) {
      this.#endLine();
      return;
    }
    if (!isPrintable(octet)) {
      if (this.#lineBytes === 0) {
        this.#discard(1, 'noise');
        return;
      }
      this.#spoilt = true;
    }
    if (this.#lineBytes < this.#line.length) this.#line[this.#lineBytes] = octet;
    this.#lineBytes += 1;
    if (octet === MARK_END) this.#lookForMark();
    else if (octet === COMMA && this.#marked) this.#lookForHead(now);
  }

  #lookForMark(): void {
    const begin = this.#lineBytes - MARK_BYTES;
    if (begin < 0 || this.#lineBytes > this.#line.length) return;
    if (textOf(this.#line.subarray(begin, this.#lineBytes)) !== MARK) return;
    this.#discard(begin, 'noise');
    this.#line.copyWithin(0, begin, this.#lineBytes);
    this.#lineBytes = MARK_BYTES;
    this.#marked = true;
    this.#spoilt = false;
  }

  #lookForHead(now: number): void {
    if (this.#lineBytes > HEAD_BYTES_MAX || this.#spoilt) return;
    const [, from, declared] = HEAD.exec(textOf(this.#line.subarray(0, this.#lineBytes))) ?? [];
    if (Number(from) > ADDRESS_MAX || !(Number(declared) <= RYLR_DATA_BYTES_MAX)) return;
    const dataBegin = this.#lineBytes;
    this.#head = { from: Number(from), dataBegin, dataEnd: dataBegin + Number(declared) };
    this.#headAt = now;
  }

  #tailOctet(octet: number, head: Head, now: number): void {
    const tailBytes = this.#lineBytes - head.dataEnd;
    if ((octet === LF || octet === CR) && tailBytes > 0) {
      this.#endReception(octet, head, now);
      return;
    }
    this.#line[this.#lineBytes] = octet;
    this.#lineBytes += 1;
    if ((tailBytes === 0 && octet !== COMMA) || tailBytes >= TAIL_BYTES_MAX)
      this.#giveUp('bad-length', now);
  }

  #endReception(end: number, head: Head, now: number): void {
    const tail = TAIL.exec(textOf(this.#line.subarray(head.dataEnd, this.#lineBytes)));
    if (tail === null) {
      this.#line[this.#lineBytes] = end;
      this.#lineBytes += 1;
      this.#giveUp('bad-length', now);
      return;
    }
    this.#events.push({
      kind: 'reception',
      from: head.from,
      data: this.#line.slice(head.dataBegin, head.dataEnd),
      rssiDbm: Number(tail[1]),
      snrDb: Number(tail[2]),
      lineBytes: this.#lineBytes,
    });
    this.#begin();
  }

  /** The declared length was wrong, or something is missing: back to the first line end. */
  #giveUp(why: 'bad-length' | 'truncated', now: number): void {
    let end = 0;
    while (end < this.#lineBytes && this.#line[end] !== CR && this.#line[end] !== LF) end += 1;
    const rest = this.#line.slice(end, this.#lineBytes);
    this.#discard(end, why);
    this.#begin();
    // Shorter than what was held by a head at least, so this ends soon.
    this.#feed(rest, now);
  }

  #endLine(): void {
    const bytes = this.#lineBytes;
    if (bytes === 0) return;
    if (bytes > this.#line.length) this.#discard(bytes, 'too-long');
    else if (this.#spoilt) this.#discard(bytes, 'malformed');
    else this.#events.push({ kind: 'line', text: textOf(this.#line.subarray(0, bytes)) });
    this.#begin();
  }

  #begin(): void {
    this.#lineBytes = 0;
    this.#spoilt = false;
    this.#marked = false;
    this.#head = undefined;
  }

  /** Counted together with what came before it, so that noise makes one event and not hundreds. */
  #discard(bytes: number, why: Extract<RylrLineEvent, { kind: 'discarded' }>['why']): void {
    if (bytes === 0) return;
    const last = this.#events.at(-1);
    if (last?.kind === 'discarded' && last.why === why) last.bytes += bytes;
    else this.#events.push({ kind: 'discarded', bytes, why });
  }

  #take(): RylrLineEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
