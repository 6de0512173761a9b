/** pcapng files: sections of blocks; interfaces tell link type and clock (draft-ietf-opsawg-pcapng). */
import { type CaptureRecord, FileView } from './records.js';

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Type and length in front of a block's body, and the length again behind it. */
const BLOCK_HEAD_OCTETS = 8;
const BLOCK_TAIL_OCTETS = 4;

const COMMENT_OPTION = 1;
const TIME_RESOLUTION_OPTION = 9;
const TIME_OFFSET_OPTION = 14;

const NS_PER_SECOND = 1_000_000_000n;

interface Interface {
  linkType: number;
  /** Octets kept of each packet; 0 for all. */
  snapLength: number;
  unitsPerSecond: bigint;
  offsetSec: bigint;
}

interface Block {
  type: number;
  /** Where its body begins and ends. */
  start: number;
  end: number;
}

/** Undefined when `bytes` is another kind of file. Never throws. */
export function readPcapng(bytes: Uint8Array): Generator<CaptureRecord> | undefined {
  const file = new FileView(bytes);
  return file.length >= 4 && file.uint32(0) === SECTION ? blocks(file) : undefined;
}

function* blocks(file: FileView): Generator<CaptureRecord> {
  let interfaces: Interface[] = [];
  for (let at = 0; at < file.length; ) {
    const block = blockAt(file, at);
    if (typeof block === 'string') {
      yield { kind: 'damage', at, text: block };
      return;
    }
    if (block.type === SECTION) interfaces = [];
    const found = contents(file, block, interfaces);
    if (typeof found === 'string') yield { kind: 'damage', at, text: found };
    else if (found !== undefined) yield found;
    at = block.end + BLOCK_TAIL_OCTETS;
  }
}

/** The block at `at`, or what is wrong with it: then nothing behind it can be found. */
function blockAt(file: FileView, at: number): Block | string {
  if (at + BLOCK_HEAD_OCTETS + BLOCK_TAIL_OCTETS > file.length)
    return 'the file ends inside a block';
  const type = file.uint32(at);
  // The section's type reads the same in both byte orders, so that its magic can tell them apart.
  if (type === SECTION) {
    const order = [true, false].find((littleEndian) => {
      file.littleEndian = littleEndian;
      return file.uint32(at + BLOCK_HEAD_OCTETS) === BYTE_ORDER_MAGIC;
    });
    if (order === undefined) return 'a section without its byte-order mark';
  }
  const length = file.uint32(at + 4);
  if (length < BLOCK_HEAD_OCTETS + BLOCK_TAIL_OCTETS || length % 4 !== 0) {
    return `a block cannot be ${length} octets long`;
  }
  if (at + length > file.length) {
    return `a block of ${length} octets, but ${file.length - at} are left`;
  }
  return { type, start: at + BLOCK_HEAD_OCTETS, end: at + length - BLOCK_TAIL_OCTETS };
}

function contents(
  file: FileView,
  block: Block,
  interfaces: Interface[],
): CaptureRecord | string | undefined {
  switch (block.type) {
    case INTERFACE: {
      const added = readInterface(file, block);
      if (typeof added === 'string') return added;
      interfaces.push(added);
      return undefined;
    }
    case ENHANCED_PACKET:
      return enhancedPacket(file, block, interfaces);
    case SIMPLE_PACKET:
      return simplePacket(file, block, interfaces);
    default:
      return undefined;
  }
}

function readInterface(file: FileView, { start, end }: Block): Interface | string {
  if (end - start < 8) return 'an interface description is cut off';
  const found: Interface = {
    linkType: file.uint16(start),
    snapLength: file.uint32(start + 4),
    unitsPerSecond: 1_000_000n,
    offsetSec: 0n,
  };
  const isWhole = eachOption(file, start + 8, end, (code, value, size) => {
    if (code === TIME_RESOLUTION_OPTION && size === 1) {
      found.unitsPerSecond = unitsPerSecond(file.bytes[value] ?? 0);
    }
    if (code === TIME_OFFSET_OPTION && size === 8) {
      found.offsetSec = BigInt.asIntN(64, uint64(file, value));
    }
  });
  return isWhole ? found : 'an option of an interface description is cut off';
}

/** Options from `start` on, each by the place and size of its value; false: one of them is cut off. */
function eachOption(
  file: FileView,
  start: number,
  end: number,
  see: (code: number, value: number, size: number) => void,
): boolean {
  for (let at = start; at + 4 <= end; ) {
    const [code, size] = [file.uint16(at), file.uint16(at + 2)];
    const value = at + 4;
    if (value + size > end) return false;
    see(code, value, size);
    at = value + padded(size);
  }
  return true;
}

const padded = (size: number): number => Math.ceil(size / 4) * 4;

/** It goes to a terminal: octets that would steer one, and line ends, are left out. */
const textOf = (octets: Uint8Array): string =>
  new TextDecoder().decode(octets).replace(/\p{Cc}+/gu, ' ');

/** The octet's top bit chooses between powers of 2 and of 10. */
function unitsPerSecond(resolution: number): bigint {
  const exponent = BigInt(resolution & 0x7f);
  return resolution & 0x80 ? 2n ** exponent : 10n ** exponent;
}

/** In the file's byte order, unlike a packet's time, whose upper half always comes first. */
function uint64(file: FileView, at: number): bigint {
  const [first, second] = [BigInt(file.uint32(at)), BigInt(file.uint32(at + 4))];
  return file.littleEndian ? (second << 32n) | first : (first << 32n) | second;
}

function enhancedPacket(
  file: FileView,
  { start, end }: Block,
  interfaces: Interface[],
): CaptureRecord | string {
  if (end - start < 20) return "a packet's head is cut off";
  const from = interfaces[file.uint32(start)];
  if (from === undefined)
    return `a packet of interface ${file.uint32(start)}, which is not described`;
  const units = (BigInt(file.uint32(start + 4)) << 32n) | BigInt(file.uint32(start + 8));
  const captured = file.uint32(start + 12);
  const data = start + 20;
  if (data + captured > end) return `a packet of ${captured} octets in a block of ${end - data}`;
  const comments: string[] = [];
  // A packet whose options are cut off is still a packet.
  eachOption(file, data + padded(captured), end, (code, value, size) => {
    if (code === COMMENT_OPTION) comments.push(textOf(file.slice(value, value + size)));
  });
  return {
    kind: 'packet',
    timeNs: from.offsetSec * NS_PER_SECOND + (units * NS_PER_SECOND) / from.unitsPerSecond,
    linkType: from.linkType,
    octets: file.slice(data, data + captured),
    ...(comments.length > 0 ? { comment: comments.join('; ') } : {}),
  };
}

/** No time, no interface: the first one of the section is meant. */
function simplePacket(
  file: FileView,
  { start, end }: Block,
  interfaces: Interface[],
): CaptureRecord | string {
  const from = interfaces[0];
  if (end - start < 4) return "a packet's head is cut off";
  if (from === undefined) return 'a packet without a described interface';
  const original = file.uint32(start);
  const captured = from.snapLength === 0 ? original : Math.min(original, from.snapLength);
  const data = start + 4;
  if (data + captured > end) return `a packet of ${captured} octets in a block of ${end - data}`;
  const octets = file.slice(data, data + captured);
  return { kind: 'packet', timeNs: undefined, linkType: from.linkType, octets };
}
