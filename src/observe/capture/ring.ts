/**
 * The frames of the latest minutes, for whoever comes to look only after something has happened. They lie one behind the
 * other in one piece of memory that is written round and round, so that keeping them makes no garbage, and takes what it
 * is allowed and no more.
 */
import { textBytes } from '../../codec/index.js';
import type { Frame } from './frame.js';

/**
 * How a record begins: its length, flags, the lengths of link, address, verdict and data, and the time. A signal follows,
 * then the texts and the data.
 */
const LENGTH_AT = 0;
const FLAGS_AT = 4;
const LINK_BYTES_AT = 6;
const ADDRESS_BYTES_AT = 8;
const VERDICT_BYTES_AT = 10;
const DATA_BYTES_AT = 12;
const TIME_AT = 16;
const HEAD_BYTES = 24;
const SIGNAL_BYTES = 24;

const INBOUND = 1;
const TO_EVERYBODY = 2;
const HAS_SIGNAL = 4;

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

  /** `bytes`: of memory; 0: nothing is kept. */
  constructor(bytes: number) {
    this.memory = Buffer.alloc(bytes);
    this.view = viewOf(this.memory);
  }

  add({ wallMs, link, direction, address, data, verdict, signal }: Frame): void {
    const { memory, view } = this;
    const linkBytes = textBytes(link);
    const addressBytes = textBytes(address ?? '');
    const verdictBytes = textBytes(verdict);
    const signalBytes = signal === undefined ? 0 : SIGNAL_BYTES;
    const textsBytes = linkBytes + addressBytes + verdictBytes;
    const length = multipleOf8(HEAD_BYTES + signalBytes + textsBytes + data.length);
    if (!this.makeRoom(length)) return;
    const at = this.next;
    view.setUint32(at + LENGTH_AT, length);
    view.setUint16(
      at + FLAGS_AT,
      (direction === 'in' ? INBOUND : 0) |
        (address === null ? TO_EVERYBODY : 0) |
        (signal === undefined ? 0 : HAS_SIGNAL),
    );
    view.setUint16(at + LINK_BYTES_AT, linkBytes);
    view.setUint16(at + ADDRESS_BYTES_AT, addressBytes);
    view.setUint16(at + VERDICT_BYTES_AT, verdictBytes);
    view.setUint32(at + DATA_BYTES_AT, data.length);
    view.setFloat64(at + TIME_AT, wallMs);
    let end = at + HEAD_BYTES;
    if (signal !== undefined) {
      view.setFloat64(end, signal.rssiDbm ?? Number.NaN);
      view.setFloat64(end + 8, signal.snrDb ?? Number.NaN);
      view.setFloat64(end + 16, signal.lqi ?? Number.NaN);
      end += SIGNAL_BYTES;
    }
    writeText(memory, link, end, linkBytes);
    writeText(memory, address ?? '', end + linkBytes, addressBytes);
    writeText(memory, verdict, end + linkBytes + addressBytes, verdictBytes);
    memory.set(data, end + textsBytes);
    this.next = at + length;
    this.count++;
    this.added++;
  }

  /**
   * Of the time from then on, in order, as they are now: what comes while somebody goes through them changes nothing. A clock
   * that was set back in between hides none.
   */
  since(wallMs: number): Iterable<NumberedFrame> {
    const { first, count, added } = this;
    return framesSince(wallMs, Buffer.from(this.memory), first, count, added - count);
  }

  /**
   * Those of the time from then on that are wished for, the latest first; to be taken before the next is added. Others are
   * passed over by their octets alone: there may be a million of them, and who looks for one must not hold up everybody.
   */
  *latest(wallMs: number, { link, addresses, after }: FrameWish): Generator<NumberedFrame> {
    const { memory, view, count, added } = this;
    const ofLink = Buffer.from(link);
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
      yield { number: numbers[i] as number, ...read(memory, view, places[i] as number) };
    }
  }

  /** Of the latest frame that was kept. */
  get lastNumber(): number {
    return this.added;
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
    this.first = this.count === 0 ? this.next : recordAt(this.view, after);
  }
}

/** Octet by octet where each character is one: for the few of an address a call of Buffer is dearer. */
function writeText(memory: Buffer, text: string, at: number, bytes: number): void {
  if (bytes !== text.length) memory.write(text, at);
  else for (let i = 0; i < bytes; i++) memory[at + i] = text.charCodeAt(i);
}

/** Where the record is that comes there. */
const recordAt = (view: DataView, at: number): number =>
  view.getUint32(at + LENGTH_AT) === WRAPPED ? 0 : at;

function isPlacedAt(
  memory: Buffer,
  view: DataView,
  at: number,
  link: Buffer,
  addresses: readonly Buffer[] | undefined,
): boolean {
  const flags = view.getUint16(at + FLAGS_AT);
  const linkBytes = view.getUint16(at + LINK_BYTES_AT);
  const linkAt = at + HEAD_BYTES + (flags & HAS_SIGNAL ? SIGNAL_BYTES : 0);
  if (!isAt(memory, linkAt, linkBytes, link)) return false;
  if (addresses === undefined) return true;
  if (flags & TO_EVERYBODY) return false;
  const addressBytes = view.getUint16(at + ADDRESS_BYTES_AT);
  return addresses.some((address) => isAt(memory, linkAt + linkBytes, addressBytes, address));
}

/** From behind, where addresses differ. For a few octets a call of Buffer.compare is dearer. */
function isAt(memory: Buffer, at: number, bytes: number, wanted: Buffer): boolean {
  if (bytes !== wanted.length) return false;
  for (let i = bytes - 1; i >= 0; i--) if (memory[at + i] !== wanted[i]) return false;
  return true;
}

function* framesSince(
  wallMs: number,
  memory: Buffer,
  first: number,
  count: number,
  forgotten: number,
): Generator<NumberedFrame> {
  const view = viewOf(memory);
  let next = first;
  for (let left = count; left > 0; left--) {
    const at = recordAt(view, next);
    if (view.getFloat64(at + TIME_AT) >= wallMs) {
      yield { number: forgotten + count - left + 1, ...read(memory, view, at) };
    }
    next = at + view.getUint32(at + LENGTH_AT);
  }
}

function read(memory: Buffer, view: DataView, at: number): Frame {
  const flags = view.getUint16(at + FLAGS_AT);
  const linkAt = at + HEAD_BYTES + (flags & HAS_SIGNAL ? SIGNAL_BYTES : 0);
  const addressAt = linkAt + view.getUint16(at + LINK_BYTES_AT);
  const verdictAt = addressAt + view.getUint16(at + ADDRESS_BYTES_AT);
  const dataAt = verdictAt + view.getUint16(at + VERDICT_BYTES_AT);
  return {
    wallMs: view.getFloat64(at + TIME_AT),
    link: memory.toString('utf8', linkAt, addressAt),
    direction: flags & INBOUND ? 'in' : 'out',
    address: flags & TO_EVERYBODY ? null : memory.toString('utf8', addressAt, verdictAt),
    data: new Uint8Array(memory.subarray(dataAt, dataAt + view.getUint32(at + DATA_BYTES_AT))),
    verdict: memory.toString('utf8', verdictAt, dataAt),
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
