/**
 * The frames of the latest minutes, for whoever comes to look only after something has happened. They lie one behind the
 * other in one piece of memory that is written round and round, so that keeping them makes no garbage, and takes what it
 * is allowed and no more.
 */
import { textBytes } from '../../codec/index.js';
import { type Frame, USUAL_VERDICT } from './frame.js';

/**
 * How a record begins: its length, flags, which link, the lengths of address, verdict and data, and the time. A signal follows,
 * then the texts and the data.
 */
const LENGTH_AT = 0;
const FLAGS_AT = 4;
const LINK_AT = 6;
const ADDRESS_BYTES_AT = 8;
const VERDICT_BYTES_AT = 10;
const DATA_BYTES_AT = 12;
const TIME_AT = 16;
const HEAD_BYTES = 24;
const SIGNAL_BYTES = 24;

const INBOUND = 1;
const TO_EVERYBODY = 2;
const HAS_SIGNAL = 4;
/** The verdict is what it mostly is, and takes no room. */
const IS_USUAL = 8;

/** Of a character in UTF-8; the rarer ones are two in a string. */
const CHAR_BYTES_MAX = 3;

/** Nearly all frames are that short. */
const FEW_OCTETS = 64;

/** In place of a length: the next record is at the beginning. */
const WRAPPED = 0;

/** A frame with its place among all of the run, which begin with 1. */
export interface NumberedFrame extends Frame {
  number: number;
}

/** Which frames somebody looks for. */
export interface FrameWish {
  link: string;
  /** From or to one of these; undefined: of the whole link. */
  addresses?: readonly string[] | undefined;
  /** With higher numbers. */
  after: number;
}

export class FrameRing {
  private readonly memory: Buffer;
  private readonly view: DataView;
  /** Of the oldest record. */
  private first = 0;
  /** Where the next record goes. */
  private next = 0;
  private count = 0;
  /** Of all records there ever were. */
  private added = 0;
  /** Of the links that frames came from or went to: records have the place in this list. */
  private readonly links: string[] = [];

  /** `bytes`: of memory; 0: nothing is kept. */
  constructor(bytes: number) {
    this.memory = Buffer.alloc(bytes);
    this.view = viewOf(this.memory);
  }

  add({ wallMs, link, direction, address, data, verdict, signal }: Frame): void {
    const { memory, view } = this;
    const isUsual = verdict === USUAL_VERDICT[direction];
    const text = address ?? '';
    const verdictBytes = isUsual ? 0 : textBytes(verdict);
    const signalBytes = signal === undefined ? 0 : SIGNAL_BYTES;
    const restBytes = HEAD_BYTES + signalBytes + verdictBytes + data.length;
    if (!this.makeRoom(multipleOf8(restBytes + text.length * CHAR_BYTES_MAX))) return;
    const at = this.next;
    const addressAt = at + HEAD_BYTES + signalBytes;
    const addressBytes = writeText(memory, text, addressAt);
    const verdictAt = addressAt + addressBytes;
    const length = multipleOf8(restBytes + addressBytes);
    view.setUint32(at + LENGTH_AT, length);
    view.setUint16(
      at + FLAGS_AT,
      (direction === 'in' ? INBOUND : 0) |
        (address === null ? TO_EVERYBODY : 0) |
        (signal === undefined ? 0 : HAS_SIGNAL) |
        (isUsual ? IS_USUAL : 0),
    );
    view.setUint16(at + LINK_AT, this.numberOf(link));
    view.setUint16(at + ADDRESS_BYTES_AT, addressBytes);
    view.setUint16(at + VERDICT_BYTES_AT, verdictBytes);
    view.setUint32(at + DATA_BYTES_AT, data.length);
    view.setFloat64(at + TIME_AT, wallMs);
    if (signal !== undefined) {
      view.setFloat64(at + HEAD_BYTES, signal.rssiDbm ?? Number.NaN);
      view.setFloat64(at + HEAD_BYTES + 8, signal.snrDb ?? Number.NaN);
      view.setFloat64(at + HEAD_BYTES + 16, signal.lqi ?? Number.NaN);
    }
    if (!isUsual) memory.write(verdict, verdictAt);
    writeOctets(memory, data, verdictAt + verdictBytes);
    this.next = at + length;
    this.count++;
    this.added++;
  }

  /**
   * Of the time from then on, in order, as they are now: what comes while somebody goes through them changes nothing. A clock
   * that was set back in between hides none.
   */
  since(wallMs: number): Iterable<NumberedFrame> {
    const { first, count, added, links } = this;
    return framesSince(wallMs, Buffer.from(this.memory), links, first, count, added - count);
  }

  /**
   * Those of the time from then on that are wished for, the latest first; to be taken before the next is added. Others are
   * passed over by their octets alone: there may be a million of them, and who looks for one must not hold up everybody.
   */
  *latest(wallMs: number, { link, addresses, after }: FrameWish): Generator<NumberedFrame> {
    const { memory, view, count, added } = this;
    const ofLink = this.links.indexOf(link);
    const ofAddresses = addresses?.map((address) => Buffer.from(address));
    const numbers: number[] = [];
    const places: number[] = [];
    let next = this.first;
    for (let number = added - count + 1; number <= added; number++) {
      const at = recordAt(view, next);
      next = at + view.getUint32(at + LENGTH_AT);
      if (number <= after || view.getFloat64(at + TIME_AT) < wallMs) continue;
      if (!isPlacedAt(memory, view, at, ofLink, ofAddresses)) continue;
      numbers.push(number);
      places.push(at);
    }
    for (let i = places.length - 1; i >= 0; i--) {
      yield {
        number: numbers[i] as number,
        ...read(memory, view, this.links, places[i] as number),
      };
    }
  }

  /** Of the latest frame that was kept. */
  get lastNumber(): number {
    return this.added;
  }

  private numberOf(link: string): number {
    const { links } = this;
    for (let i = 0; i < links.length; i++) if (links[i] === link) return i;
    return links.push(link) - 1;
  }

  /** For a record of so many octets at most; false: there is no room for it at all. The oldest records go. */
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
    this.first = this.count === 0 ? this.next : recordAt(this.view, after);
  }
}

/** Returns its length. Octet by octet where each character is one: for the few of an address a call of Buffer is dearer. */
function writeText(memory: Buffer, text: string, at: number): number {
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char > 0x7f) return memory.write(text, at);
    memory[at + i] = char;
  }
  return text.length;
}

/** A loop is done with a few before a call of `set` has begun. */
function writeOctets(memory: Buffer, data: Uint8Array, at: number): void {
  if (data.length > FEW_OCTETS) memory.set(data, at);
  else for (let i = 0; i < data.length; i++) memory[at + i] = data[i] as number;
}

/** Where the record is that comes there. */
const recordAt = (view: DataView, at: number): number =>
  view.getUint32(at + LENGTH_AT) === WRAPPED ? 0 : at;

function isPlacedAt(
  memory: Buffer,
  view: DataView,
  at: number,
  link: number,
  addresses: readonly Buffer[] | undefined,
): boolean {
  if (view.getUint16(at + LINK_AT) !== link) return false;
  if (addresses === undefined) return true;
  const flags = view.getUint16(at + FLAGS_AT);
  if (flags & TO_EVERYBODY) return false;
  const addressAt = textsAt(flags, at);
  const addressBytes = view.getUint16(at + ADDRESS_BYTES_AT);
  return addresses.some((address) => isAt(memory, addressAt, addressBytes, address));
}

/** Where the address begins, and behind it the verdict. */
const textsAt = (flags: number, at: number): number =>
  at + HEAD_BYTES + (flags & HAS_SIGNAL ? SIGNAL_BYTES : 0);

/** From behind, where addresses differ. For a few octets a call of Buffer.compare is dearer. */
function isAt(memory: Buffer, at: number, bytes: number, wanted: Buffer): boolean {
  if (bytes !== wanted.length) return false;
  for (let i = bytes - 1; i >= 0; i--) if (memory[at + i] !== wanted[i]) return false;
  return true;
}

function* framesSince(
  wallMs: number,
  memory: Buffer,
  links: readonly string[],
  first: number,
  count: number,
  forgotten: number,
): Generator<NumberedFrame> {
  const view = viewOf(memory);
  let next = first;
  for (let left = count; left > 0; left--) {
    const at = recordAt(view, next);
    if (view.getFloat64(at + TIME_AT) >= wallMs) {
      yield { number: forgotten + count - left + 1, ...read(memory, view, links, at) };
    }
    next = at + view.getUint32(at + LENGTH_AT);
  }
}

function read(memory: Buffer, view: DataView, links: readonly string[], at: number): Frame {
  const flags = view.getUint16(at + FLAGS_AT);
  const direction = flags & INBOUND ? 'in' : 'out';
  const addressAt = textsAt(flags, at);
  const verdictAt = addressAt + view.getUint16(at + ADDRESS_BYTES_AT);
  const dataAt = verdictAt + view.getUint16(at + VERDICT_BYTES_AT);
  return {
    wallMs: view.getFloat64(at + TIME_AT),
    link: links[view.getUint16(at + LINK_AT)] ?? '',
    direction,
    address: flags & TO_EVERYBODY ? null : memory.toString('utf8', addressAt, verdictAt),
    data: new Uint8Array(memory.subarray(dataAt, dataAt + view.getUint32(at + DATA_BYTES_AT))),
    verdict:
      flags & IS_USUAL ? USUAL_VERDICT[direction] : memory.toString('utf8', verdictAt, dataAt),
    ...(flags & HAS_SIGNAL ? { signal: readSignal(view, at + HEAD_BYTES) } : {}),
  };
}

function readSignal(view: DataView, at: number): NonNullable<Frame['signal']> {
  const [rssiDbm, snrDb, lqi] = [0, 8, 16].map((offset) => view.getFloat64(at + offset));
  return {
    ...(Number.isNaN(rssiDbm) ? {} : { rssiDbm }),
    ...(Number.isNaN(snrDb) ? {} : { snrDb }),
    ...(Number.isNaN(lqi) ? {} : { lqi }),
  };
}

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** So that a number of eight octets never lies across. */
const multipleOf8 = (bytes: number): number => Math.ceil(bytes / 8) * 8;
