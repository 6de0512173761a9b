/** What is written is read again by our own reader of captures, which others' files have taught. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datagramIn } from '../../../../src/cli/capture/datagram.js';
import { readPcapng } from '../../../../src/cli/capture/pcapng.js';
import { MESSAGE_BYTES_MAX } from '../../../../src/codec/index.js';
import type { Frame } from '../../../../src/observe/capture/frame.js';
import { GATEWAY_PORT, Packets } from '../../../../src/observe/capture/packet.js';
import { FrameBlocks, fileHead, statisticsBlock } from '../../../../src/observe/capture/pcapng.js';

const LINKS = [
  { name: 'lan', description: 'udp' },
  { name: 'field', description: 'modem xbee' },
];
const NOW = Date.UTC(2026, 10, 28, 12) + 0.125;

const frame = (part: Partial<Frame> = {}): Frame => ({
  wallMs: NOW,
  link: 'field',
  direction: 'in',
  address: '0013a200409d3e12',
  data: Uint8Array.of(2, 0x16),
  verdict: 'accepted',
  ...part,
});

const packets = new Packets();

function frameBlock(one: Frame, link: number): Uint8Array {
  const blocks = new FrameBlocks(packets);
  blocks.add(one, link);
  return blocks.take();
}

/** The datagrams of a file with these blocks. */
const read = (...blocks: Uint8Array[]) =>
  packetsOf(blocks).map(({ timeNs, octets, linkType }) => ({
    timeNs,
    ...datagramIn(octets, linkType),
  }));

function packetsOf(blocks: readonly Uint8Array[]) {
  const file = Buffer.concat([fileHead('test', LINKS), ...blocks]);
  return [...(readPcapng(file) ?? [])].map((record) => {
    if (record.kind !== 'packet') throw new Error(`damaged: ${record.text}`);
    return record;
  });
}

/** RFC 1071, with the checksum among the octets: 0xffff when it is right. */
function onesSum(octets: Buffer): number {
  let sum = 0;
  for (const [at, octet] of octets.entries()) sum += at % 2 === 0 ? octet << 8 : octet;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

describe('a capture file', () => {
  it('has each frame with its time, to the microsecond', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
        const [packet] = read(frameBlock(frame({ data }), 1));
        expect(packet?.payload).toEqual(Buffer.from(data));
        expect(packet?.timeNs).toBe(BigInt(NOW * 1000) * 1000n);
      }),
    );
  });

  it.each([
    ['192.0.2.7:4000', '192.0.2.7', 4000, '0.0.0.0'],
    ['[2001:db8::7]:4000', '2001:db8::7', 4000, 'fd4d:5153:4e00:1::'],
    ['[fe80::7%eth0]:4000', 'fe80::7', 4000, 'fd4d:5153:4e00:1::'],
    ['[::ffff:192.0.2.7]:4000', '::ffff:c000:207', 4000, 'fd4d:5153:4e00:1::'],
    ['0013a200409d3e12', 'fd4d:5153:4e00:1:13:a200:409d:3e12', GATEWAY_PORT, 'fd4d:5153:4e00:1::'],
    ['7', 'fd4d:5153:4e00:1::7', GATEWAY_PORT, 'fd4d:5153:4e00:1::'],
    [null, 'ff02::1', GATEWAY_PORT, 'fd4d:5153:4e00:1::'],
  ])('%j is %s, port %i; the gateway is %s', (address, host, port, gateway) => {
    const device = { address: host, port };
    const here = { address: gateway, port: GATEWAY_PORT };
    const blocks = (['in', 'out'] as const).map((direction) =>
      frameBlock(frame({ address, direction }), 1),
    );
    expect(read(...blocks)).toMatchObject([
      { source: device, destination: here },
      { source: here, destination: device },
    ]);
  });

  it.each(['192.0.2.7:4000', '[2001:db8::7]:4000', '7'])(
    'of a message to %s that is longer than a datagram can be the end is missing, and the frames behind it are there',
    (address) => {
      const data = new Uint8Array(MESSAGE_BYTES_MAX).fill(7);
      const found = read(frameBlock(frame({ address, data }), 1), frameBlock(frame(), 1));
      expect(found).toHaveLength(2);
      expect(found[0]?.payload?.length).toBeGreaterThan(65_500);
      expect(found[0]?.payload).toEqual(Buffer.from(data.subarray(0, found[0]?.payload?.length)));
    },
  );

  it('devices are told apart by whatever the modem calls them, and from the gateway', () => {
    const names = ['', '0', '00', '1', '01:02', 'a1b2/17', 'x'.repeat(100), '999.1.1.1:5'];
    const sources = read(...names.map((address) => frameBlock(frame({ address }), 1))).map(
      ({ source }) => source?.address,
    );
    expect(new Set([...sources, 'fd4d:5153:4e00:1::']).size).toBe(names.length + 1);
  });

  it.each(['192.0.2.7:4000', '[2001:db8::7]:4000', '7', null])(
    'has the checksums of IP and UDP right, from and to %j, whatever the data',
    (address) => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (data, isIn) => {
          const direction = isIn ? 'in' : 'out';
          const [record] = packetsOf([frameBlock(frame({ address, data, direction }), 1)]);
          const packet = Buffer.from(record?.octets ?? []);
          const isIPv4 = packet.readUInt8(0) >> 4 === 4;
          const udpAt = isIPv4 ? 20 : 40;
          const udpBytes = packet.length - udpAt;
          if (isIPv4) expect(onesSum(packet.subarray(0, udpAt))).toBe(0xffff);
          // RFC 768, RFC 8200: the hosts, the protocol and the length are summed up with the datagram.
          const pseudo = Buffer.of(0, 17, udpBytes >> 8, udpBytes & 0xff);
          const hosts = packet.subarray(isIPv4 ? 12 : 8, udpAt);
          expect(onesSum(Buffer.concat([hosts, pseudo, packet.subarray(udpAt)]))).toBe(0xffff);
        }),
      );
    },
  );

  it('a block is the same wherever it is written, and whatever was written there before', () => {
    const anyFrame = fc.record({
      data: fc.uint8Array({ maxLength: 3000 }),
      direction: fc.constantFrom('in', 'out'),
      address: fc.constantFrom('7', '192.0.2.7:4000', null),
      verdict: fc.constantFrom('accepted', 'sent', 'malformed (truncated)'),
      signal: fc.constantFrom(undefined, { rssiDbm: -97 }),
    });
    fc.assert(
      fc.property(fc.array(fc.array(anyFrame, { maxLength: 40 }), { maxLength: 4 }), (takes) => {
        const blocks = new FrameBlocks(packets);
        for (const parts of takes) {
          const frames = parts.map((part) => frame(part));
          for (const one of frames) blocks.add(one, 1);
          expect(Buffer.from(blocks.take())).toEqual(
            Buffer.concat(frames.map((one) => frameBlock(one, 1))),
          );
        }
      }),
    );
  });

  it('what it tells of lost frames hides none', () => {
    expect(
      read(frameBlock(frame(), 0), statisticsBlock(0, NOW, 17), frameBlock(frame(), 1)),
    ).toHaveLength(2);
  });
});
