/** Classic capture files: a head of 24 octets, then packets with a head of 16 (tcpdump's pcap-savefile). */
import { type CaptureRecord, FileView } from './records.js';

const HEAD_OCTETS = 24;
const PACKET_HEAD_OCTETS = 16;
const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;

/** The upper bits of the link type tell of check sequences; the type is in the lower ones. */
const LINK_TYPE_MASK = 0x0fffffff;

/** Sets the byte order; whether the file is a classic capture at all. */
function isPcap(file: FileView): boolean {
  if (file.length < 4) return false;
  for (const littleEndian of [true, false]) {
    file.littleEndian = littleEndian;
    const magic = file.uint32(0);
    if (magic === MICROSECONDS || magic === NANOSECONDS) return true;
  }
  return false;
}

/** Undefined when `bytes` is another kind of file. Never throws. */
export function readPcap(bytes: Uint8Array): Generator<CaptureRecord> | undefined {
  const file = new FileView(bytes);
  return isPcap(file) ? packets(file) : undefined;
}

function* packets(file: FileView): Generator<CaptureRecord> {
  if (file.length < HEAD_OCTETS) {
    yield { kind: 'damage', at: file.length, text: 'the file ends inside its own head' };
    return;
  }
  const fractionNs = file.uint32(0) === NANOSECONDS ? 1n : 1000n;
  const linkType = file.uint32(20) & LINK_TYPE_MASK;
  for (let at = HEAD_OCTETS; at < file.length; ) {
    const start = at + PACKET_HEAD_OCTETS;
    if (start > file.length) {
      yield { kind: 'damage', at, text: "the file ends inside a packet's head" };
      return;
    }
    const captured = file.uint32(at + 8);
    if (start + captured > file.length) {
      const left = file.length - start;
      yield { kind: 'damage', at, text: `a packet of ${captured} octets, but ${left} are left` };
      return;
    }
    const timeNs =
      BigInt(file.uint32(at)) * 1_000_000_000n + BigInt(file.uint32(at + 4)) * fractionNs;
    at = start + captured;
    yield { kind: 'packet', timeNs, linkType, octets: file.slice(start, at) };
  }
}
