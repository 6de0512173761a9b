/**
 * The frames of the latest minutes, for whoever comes to look only after something has happened. They lie one behind the
 * other in one piece of memory that is written round and round, so that keeping them makes no garbage, and takes what it
 * is allowed and no more.
 */
import type { Frame } from './frame.js';

/**
 * How a record begins: its length, the numbers of link and verdict, flags, the lengths of address and data, and the
 * time. A signal follows, the address, the data.
 */
const LENGTH_AT = 0;
const LINK_AT = 4;
const VERDICT_AT = 6;
const FLAGS_AT = 8;
const ADDRESS_BYTES_AT = 10;
const DATA_BYTES_AT = 12;
const TIME_AT = 16;
const HEAD_BYTES = 24;
const SIGNAL_BYTES = 24;

const INBOUND = 1;
const TO_EVERYBODY = 2;
const HAS_SIGNAL = 4;

/** In place of a length: the next record is at the beginning. */
const WRAPPED = 0;

/** Different verdicts that are remembered; some have a detail of whoever sent the frame. */
const VERDICTS_MAX = 1000;
const OTHER_VERDICT = 'other';

export class FrameRing {
  private readonly memory: Buffer;
  private readonly view: DataView;
  private readonly links = new Names(0xffff);
  private readonly verdicts = new Names(VERDICTS_MAX);
  /** Of the oldest record. */
  private first = 0;
  /** Where the next record goes. */
  private next = 0;
  private count = 0;

  /** `bytes`: of memory; 0: nothing is kept. */
  constructor(bytes: number) {
    this.memory = Buffer.alloc(bytes);
    this.view = new DataView(this.memory.buffer, this.memory.byteOffset, this.memory.byteLength);
  }

  add({ wallMs, link, direction, address, data, verdict, signal }: Frame): void {
    const { memory, view } = this;
    const addressBytes = address === null ? 0 : Buffer.byteLength(address);
    const signalBytes = signal === undefined ? 0 : SIGNAL_BYTES;
    const length = multipleOf8(HEAD_BYTES + signalBytes + addressBytes + data.length);
    if (!this.makeRoom(length)) return;
    const at = this.next;
    view.setUint32(at + LENGTH_AT, length);
    view.setUint16(at + LINK_AT, this.links.numberOf(link));
    view.setUint16(at + VERDICT_AT, this.verdicts.numberOf(verdict));
    view.setUint16(
      at + FLAGS_AT,
      (direction === 'in' ? INBOUND : 0) |
        (address === null ? TO_EVERYBODY : 0) |
        (signal === undefined ? 0 : HAS_SIGNAL),
    );
    view.setUint16(at + ADDRESS_BYTES_AT, addressBytes);
    view.setUint32(at + DATA_BYTES_AT, data.length);
    view.setFloat64(at + TIME_AT, wallMs);
    let end = at + HEAD_BYTES;
    if (signal !== undefined) {
      view.setFloat64(end, signal.rssiDbm ?? Number.NaN);
      view.setFloat64(end + 8, signal.snrDb ?? Number.NaN);
      view.setFloat64(end + 16, signal.lqi ?? Number.NaN);
      end += SIGNAL_BYTES;
    }
    if (address !== null) memory.write(address, end);
    memory.set(data, end + addressBytes);
    this.next = at + length;
    this.count++;
  }

  /** Of the time from then on, in order. A clock that was set back in between hides none. */
  since(wallMs: number): Frame[] {
    const frames: Frame[] = [];
    let at = this.first;
    for (let left = this.count; left > 0; left--) {
      at = this.recordAt(at);
      if (this.view.getFloat64(at + TIME_AT) >= wallMs) frames.push(this.read(at));
      at += this.view.getUint32(at + LENGTH_AT);
    }
    return frames;
  }

  /** false: there is no room for it at all. The oldest records go. */
  private makeRoom(length: number): boolean {
    const { memory, view } = this;
    // Behind the last record there has to be room for the word that ends the round.
    if (length + 4 > memory.length) return false;
    if (this.next + length + 4 > memory.length) {
      while (this.count > 0 && this.first >= this.next) this.forget();
      view.setUint32(this.next, WRAPPED);
      this.next = 0;
    }
    while (this.count > 0 && this.first >= this.next && this.first < this.next + length) {
      this.forget();
    }
    if (this.count === 0) this.first = this.next;
    return true;
  }

  private forget(): void {
    this.count--;
    const after = this.first + this.view.getUint32(this.first + LENGTH_AT);
    this.first = this.count === 0 ? this.next : this.recordAt(after);
  }

  /** Where the record is that comes there. */
  private recordAt(at: number): number {
    return this.view.getUint32(at) === WRAPPED ? 0 : at;
  }

  private read(at: number): Frame {
    const { memory, view } = this;
    const flags = view.getUint16(at + FLAGS_AT);
    const addressAt = at + HEAD_BYTES + (flags & HAS_SIGNAL ? SIGNAL_BYTES : 0);
    const dataAt = addressAt + view.getUint16(at + ADDRESS_BYTES_AT);
    return {
      wallMs: view.getFloat64(at + TIME_AT),
      link: this.links.nameOf(view.getUint16(at + LINK_AT)),
      direction: flags & INBOUND ? 'in' : 'out',
      address: flags & TO_EVERYBODY ? null : memory.toString('utf8', addressAt, dataAt),
      data: new Uint8Array(memory.subarray(dataAt, dataAt + view.getUint32(at + DATA_BYTES_AT))),
      verdict: this.verdicts.nameOf(view.getUint16(at + VERDICT_AT)),
      ...(flags & HAS_SIGNAL ? { signal: this.readSignal(at + HEAD_BYTES) } : {}),
    };
  }

  private readSignal(at: number): NonNullable<Frame['signal']> {
    const [rssiDbm = Number.NaN, snrDb = Number.NaN, lqi = Number.NaN] = [0, 8, 16].map((offset) =>
      this.view.getFloat64(at + offset),
    );
    return {
      ...(Number.isNaN(rssiDbm) ? {} : { rssiDbm }),
      ...(Number.isNaN(snrDb) ? {} : { snrDb }),
      ...(Number.isNaN(lqi) ? {} : { lqi }),
    };
  }
}

/** Texts that come again and again, by numbers. What is too many for the table has one name in common. */
class Names {
  private readonly numbers = new Map<string, number>();
  private readonly names: string[] = [OTHER_VERDICT];

  constructor(private readonly countMax: number) {}

  numberOf(name: string): number {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    if (this.names.length >= this.countMax) return 0;
    this.numbers.set(name, this.names.length);
    return this.names.push(name) - 1;
  }

  nameOf(number: number): string {
    return this.names[number] ?? OTHER_VERDICT;
  }
}

/** So that a number of eight octets never lies across. */
const multipleOf8 = (bytes: number): number => Math.ceil(bytes / 8) * 8;
