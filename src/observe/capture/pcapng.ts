/**
 * Frames as a pcapng file (draft-ietf-opsawg-pcapng), in pieces that can be written one after the other. Each link is
 * an interface; what became of a frame, and how it was received, stands in its comment.
 */
import { type Frame, signalText } from './frame.js';
import { LINKTYPE_RAW, type Packets, type Route, writePacket } from './packet.js';

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const MAJOR_VERSION = 1;
const LENGTH_UNKNOWN = -1n;

/** Type and length in front of a block's body, and the length again behind it. */
const BLOCK_HEAD_BYTES = 8;
const BLOCK_TAIL_BYTES = 4;

/** Interface, time, and twice the length. */
const PACKET_HEAD_BYTES = 20;

/** Codes of options; the same number means something else in each kind of block. */
const COMMENT = 1;
const USER_APPLICATION = 4;
const INTERFACE_NAME = 2;
const INTERFACE_DESCRIPTION = 3;
const PACKET_FLAGS = 2;
const INTERFACE_DROPPED = 5;

const INBOUND = 1;
const OUTBOUND = 2;

/** Room for blocks, to begin with, and that is kept for the next ones. */
const MEMORY_BYTES = 64 * 1024;

export interface Interface {
  name: string;
  description: string;
}

/** How a file begins. `application` names who has written it. */
export function fileHead(application: string, interfaces: readonly Interface[]): Uint8Array {
  const section = Buffer.alloc(16);
  section.writeUInt32LE(BYTE_ORDER_MAGIC);
  section.writeUInt16LE(MAJOR_VERSION, 4);
  section.writeBigInt64LE(LENGTH_UNKNOWN, 8);
  // Whole packets. Times are in microseconds, which needs no word.
  const link = Buffer.alloc(8);
  link.writeUInt16LE(LINKTYPE_RAW);
  return Buffer.concat([
    block(SECTION, section, [[USER_APPLICATION, Buffer.from(application)]]),
    ...interfaces.map(({ name, description }) =>
      block(INTERFACE, link, [
        [INTERFACE_NAME, Buffer.from(name)],
        [INTERFACE_DESCRIPTION, Buffer.from(description)],
      ]),
    ),
  ]);
}

/**
 * Blocks of frames, one behind the other: written straight into memory that is used again and again, because each piece of
 * memory has its price. What is taken is a copy, no larger than it has to be.
 */
export class FrameBlocks {
  private memory = new Uint8Array(MEMORY_BYTES);
  private view = new DataView(this.memory.buffer);
  private written = 0;

  /** @param packets those of a file have them in common */
  constructor(private readonly packets: Packets) {}

  /** Octets that wait to be taken. */
  get length(): number {
    return this.written;
  }

  /** `link`: which of the interfaces. */
  add(frame: Frame, link: number): void {
    const route = this.packets.routeOf(frame, link);
    const { dataMax } = route;
    const data = frame.data.length > dataMax ? frame.data.subarray(0, dataMax) : frame.data;
    const end = blockEndOf(frame, route);
    const packetBytes = route.head.length + data.length;
    const packetAt = this.written + BLOCK_HEAD_BYTES + PACKET_HEAD_BYTES;
    const paddingAt = packetAt + packetBytes;
    const endAt = packetAt + padded(packetBytes);
    const tailAt = endAt + end.length;
    const length = tailAt + BLOCK_TAIL_BYTES - this.written;
    this.makeRoom(length);
    const { memory, view, written: at } = this;
    view.setUint32(at, ENHANCED_PACKET, true);
    view.setUint32(at + 4, length, true);
    writeMoment(view, at + BLOCK_HEAD_BYTES, link, frame.wallMs);
    view.setUint32(packetAt - 8, packetBytes, true);
    view.setUint32(packetAt - 4, packetBytes, true);
    writePacket(memory, view, packetAt, route, data);
    for (let i = paddingAt; i < endAt; i++) memory[i] = 0;
    memory.set(end, endAt);
    view.setUint32(tailAt, length, true);
    this.written += length;
  }

  take(): Uint8Array {
    const blocks = this.memory.slice(0, this.written);
    this.written = 0;
    if (this.memory.length > MEMORY_BYTES) this.become(new Uint8Array(MEMORY_BYTES));
    return blocks;
  }

  private makeRoom(bytes: number): void {
    const { memory, written } = this;
    const needed = written + bytes;
    if (needed <= memory.length) return;
    const larger = new Uint8Array(2 * needed);
    larger.set(memory.subarray(0, written));
    this.become(larger);
  }

  private become(memory: Uint8Array<ArrayBuffer>): void {
    this.memory = memory;
    this.view = new DataView(memory.buffer);
  }
}

/** What stands between the packet and the second length: flags and comment. */
function blockEndOf({ direction, verdict, signal }: Frame, route: Route): Uint8Array {
  if (signal === undefined && verdict === route.verdict) return route.blockEnd;
  const reception = signal === undefined ? '' : signalText(signal);
  const comment = `${route.text}: ${verdict}${reception === '' ? '' : `; ${reception}`}`;
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(direction === 'in' ? INBOUND : OUTBOUND);
  const end = optionOctets([
    [PACKET_FLAGS, flags],
    [COMMENT, Buffer.from(comment)],
  ]);
  if (signal === undefined) {
    route.verdict = verdict;
    route.blockEnd = end;
  }
  return end;
}

/** `dropped`: how many of its frames the reader was too slow for, since the file began. */
export function statisticsBlock(link: number, wallMs: number, dropped: number): Uint8Array {
  const body = new Uint8Array(12);
  writeMoment(new DataView(body.buffer), 0, link, wallMs);
  const count = Buffer.alloc(8);
  count.writeBigUInt64LE(BigInt(dropped));
  return block(INTERFACE_STATISTICS, body, [[INTERFACE_DROPPED, count]]);
}

type Option = readonly [code: number, value: Uint8Array];

/** `body` ends at a multiple of four octets. */
function block(type: number, body: Uint8Array, options: readonly Option[]): Buffer {
  const end = optionOctets(options);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(BLOCK_HEAD_BYTES + body.length + end.length + BLOCK_TAIL_BYTES);
  const head = Buffer.alloc(4);
  head.writeUInt32LE(type);
  return Buffer.concat([head, length, body, end, length]);
}

function optionOctets(options: readonly Option[]): Buffer {
  const octets = Buffer.alloc(
    options.reduce((sum, [, value]) => sum + 4 + padded(value.length), 4),
  );
  let at = 0;
  for (const [code, value] of options) {
    octets.writeUInt16LE(code, at);
    octets.writeUInt16LE(value.length, at + 2);
    octets.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  // The end of options is four octets of zero.
  return octets;
}

const padded = (length: number): number => (length + 3) & ~3;

/** Interface and time, as blocks of packets and of statistics begin: the upper half of the time first. */
function writeMoment(out: DataView, at: number, link: number, wallMs: number): void {
  const us = Math.max(Math.round(wallMs * 1000), 0);
  const upper = Math.floor(us / 2 ** 32);
  out.setUint32(at, link, true);
  out.setUint32(at + 4, upper, true);
  out.setUint32(at + 8, us - upper * 2 ** 32, true);
}
