/**
 * Frames as a pcapng file (draft-ietf-opsawg-pcapng), in pieces that can be written one after the other. Each link is
 * an interface; what became of a frame, and how it was received, stands in its comment.
 */
import { type Frame, signalText } from './frame.js';
import { LINKTYPE_RAW, type Packets, writePacket } from './packet.js';

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
const OPTION_HEAD_BYTES = 4;
const FLAGS_BYTES = 4;

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

/** `link`: which of the interfaces. `packets` is the same for all frames of a file. */
export function frameBlock(frame: Frame, link: number, packets: Packets): Uint8Array {
  const route = packets.routeOf(frame, link);
  const data = frame.data.subarray(0, route.dataMax);
  const packetBytes = route.headBytes + data.length;
  const comment =
    frame.signal === undefined
      ? packets.commentOf(commentOn(frame))
      : Buffer.from(commentOn(frame));
  const commentBytes = route.text.length + comment.length;
  const flagsAt = BLOCK_HEAD_BYTES + PACKET_HEAD_BYTES + padded(packetBytes);
  const commentAt = flagsAt + OPTION_HEAD_BYTES + FLAGS_BYTES;
  const endAt = commentAt + OPTION_HEAD_BYTES + padded(commentBytes) + OPTION_HEAD_BYTES;
  const out = packets.room(endAt + BLOCK_TAIL_BYTES);
  out.writeUInt32LE(ENHANCED_PACKET, 0);
  out.writeUInt32LE(out.length, 4);
  writeMoment(out, BLOCK_HEAD_BYTES, link, frame.wallMs);
  out.writeUInt32LE(packetBytes, BLOCK_HEAD_BYTES + 12);
  out.writeUInt32LE(packetBytes, BLOCK_HEAD_BYTES + 16);
  writePacket(out, BLOCK_HEAD_BYTES + PACKET_HEAD_BYTES, route, data);
  out.writeUInt16LE(PACKET_FLAGS, flagsAt);
  out.writeUInt16LE(FLAGS_BYTES, flagsAt + 2);
  out.writeUInt32LE(frame.direction === 'in' ? INBOUND : OUTBOUND, flagsAt + OPTION_HEAD_BYTES);
  out.writeUInt16LE(COMMENT, commentAt);
  out.writeUInt16LE(commentBytes, commentAt + 2);
  out.set(route.text, commentAt + OPTION_HEAD_BYTES);
  out.set(comment, commentAt + OPTION_HEAD_BYTES + route.text.length);
  // The end of options is four octets of zero.
  out.writeUInt32LE(out.length, endAt);
  return out;
}

/** `dropped`: how many of its frames the reader was too slow for, since the file began. */
export function statisticsBlock(link: number, wallMs: number, dropped: number): Uint8Array {
  const body = Buffer.alloc(12);
  writeMoment(body, 0, link, wallMs);
  const count = Buffer.alloc(8);
  count.writeBigUInt64LE(BigInt(dropped));
  return block(INTERFACE_STATISTICS, body, [[INTERFACE_DROPPED, count]]);
}

/** What follows the route: `: accepted; rssi -97 dBm, snr 7.5 dB`. */
function commentOn({ verdict, signal }: Frame): string {
  if (signal === undefined) return `: ${verdict}`;
  const reception = signalText(signal);
  return `: ${verdict}${reception === '' ? '' : `; ${reception}`}`;
}

type Option = readonly [code: number, value: Uint8Array];

/** `body` ends at a multiple of four octets. */
function block(type: number, body: Uint8Array, options: readonly Option[]): Buffer {
  const optionBytes = options.reduce((sum, [, value]) => sum + 4 + padded(value.length), 4);
  const octets = Buffer.alloc(BLOCK_HEAD_BYTES + body.length + optionBytes + BLOCK_TAIL_BYTES);
  octets.writeUInt32LE(type);
  octets.writeUInt32LE(octets.length, 4);
  octets.set(body, 8);
  let at = 8 + body.length;
  for (const [code, value] of options) {
    octets.writeUInt16LE(code, at);
    octets.writeUInt16LE(value.length, at + 2);
    octets.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  // The end of options is four octets of zero.
  octets.writeUInt32LE(octets.length, octets.length - 4);
  return octets;
}

const padded = (length: number): number => Math.ceil(length / 4) * 4;

/** Interface and time, as blocks of packets and of statistics begin: the upper half of the time first. */
function writeMoment(out: Buffer, at: number, link: number, wallMs: number): void {
  const us = Math.max(Math.round(wallMs * 1000), 0);
  out.writeUInt32LE(link, at);
  out.writeUInt32LE(Math.floor(us / 2 ** 32), at + 4);
  out.writeUInt32LE(us % 2 ** 32, at + 8);
}
