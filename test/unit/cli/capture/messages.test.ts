import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Finding, findMessages, timeText } from '../../../../src/cli/capture/messages.js';
import { ipv4, linkLayers, pcapFile, pcapngFile } from './capture-files.js';

const PINGREQ = Buffer.of(2, 0x16);
const ORDERS = [{ littleEndian: true }, { littleEndian: false }];

function find(bytes: Uint8Array, ports: number[] = []) {
  const findings: Finding[] = [];
  const summary = findMessages(bytes, ports, (finding) => findings.push(finding));
  return { findings, summary };
}

/** Time, addresses and payload of each message, in a form that is easy to read in a test. */
function seen(bytes: Uint8Array, ports?: number[]): string[] {
  return find(bytes, ports).findings.map((finding) => {
    if (finding.kind === 'damage') return `damage at ${finding.at}`;
    const { source, destination, payload } = finding.datagram;
    const addresses = `${source.address} ${source.port} ${destination.address} ${destination.port}`;
    return `${timeText(finding.timeNs)} ${addresses} ${Buffer.from(payload).toString('hex')}`;
  });
}

const V4 = '10.0.0.1 5000 10.0.0.2 1883 0216';
const V6 = 'fe80::1 5000 fe80::2 1883 0216';
const TIME = '2026-11-20 13:34:46.123456';

describe('messages in a capture', () => {
  it.each(ORDERS)('are found in both classic formats, %j', (order) => {
    for (const unit of ['micro', 'nano'] as const) {
      const file = pcapFile(101, [ipv4(PINGREQ), ipv4(PINGREQ)], order, unit);
      expect(seen(file)).toEqual([`${TIME} ${V4}`, `${TIME} ${V4}`]);
    }
  });

  it.each(ORDERS)('are found in pcapng, %j', (order) => {
    const packets = [ipv4(PINGREQ), ipv4(PINGREQ)];
    expect(seen(pcapngFile(101, packets, order))).toEqual([`${TIME} ${V4}`, `${TIME} ${V4}`]);
    expect(seen(pcapngFile(101, [ipv4(PINGREQ)], order, 'simple'))).toEqual([`undefined ${V4}`]);
  });

  it('are found in a second section of the other byte order', () => {
    const [first, second] = ORDERS.map((order) => pcapngFile(101, [ipv4(PINGREQ)], order));
    expect(seen(Buffer.concat([first ?? PINGREQ, second ?? PINGREQ]))).toHaveLength(2);
  });

  it.each(linkLayers(PINGREQ))('are found behind $name', ({ linkType, packet }) => {
    for (const file of [pcapFile(linkType, [packet]), pcapngFile(linkType, [packet])]) {
      expect([`${TIME} ${V4}`, `${TIME} ${V6}`]).toContain(seen(file)[0]);
    }
  });

  it('are those that decode and those on known ports, unless ports are named', () => {
    const garbage = Buffer.from('GET /');
    const file = pcapFile(101, [
      ipv4(PINGREQ, 7777),
      ipv4(garbage, 7777),
      ipv4(garbage, 10000),
      ipv4(PINGREQ, 1883),
    ]);
    expect(seen(file)).toHaveLength(3);
    expect(seen(file, [7777])).toHaveLength(2);
    expect(seen(file, [7777, 1883])).toHaveLength(3);
    expect(find(file, [4]).summary).toMatchObject({ packets: 4, messages: 0 });
  });

  it('are not looked for in fragments, other protocols and unknown link types', () => {
    const fragment = ipv4(PINGREQ);
    fragment[6] = 0x20;
    const tcp = ipv4(PINGREQ);
    tcp[9] = 6;
    expect(seen(pcapFile(101, [fragment, tcp]))).toEqual([]);
    const { summary } = find(pcapFile(147, [ipv4(PINGREQ), ipv4(PINGREQ)]));
    expect(summary?.unreadable).toEqual(new Map([[147, 2]]));
  });

  it('have no time when no calendar has it', () => {
    expect(timeText(2n ** 64n * 1_000_000_000n)).toBeUndefined();
    expect(timeText(-1n)).toBeUndefined();
  });
});

describe('a damaged capture', () => {
  const packets = [ipv4(PINGREQ), ipv4(PINGREQ)];

  it.each([
    ['pcap', pcapFile(101, packets), 16 + 30],
    ['pcapng', pcapngFile(101, packets), 64],
  ])('%s that is cut off shows what came before, and where it ends', (_name, file, packetBytes) => {
    const { findings } = find(file.subarray(0, file.length - 5));
    expect(findings.map(({ kind }) => kind)).toEqual(['message', 'damage']);
    expect(findings[1]).toMatchObject({ at: file.length - packetBytes });
  });

  it('cut at any place is read without throwing', () => {
    for (const file of [pcapFile(101, packets), pcapngFile(101, packets)]) {
      for (let end = 0; end < file.length; end++) find(file.subarray(0, end));
    }
  });

  it('with any octets changed is read without throwing, and ends', () => {
    const files = linkLayers(PINGREQ).flatMap(({ linkType, packet }) =>
      ORDERS.flatMap((order) => [
        pcapFile(linkType, [packet, packet], order),
        pcapngFile(linkType, [packet, packet], order),
      ]),
    );
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...files), changes, (file, list) => {
        const damaged = Buffer.from(file);
        for (const [at, value] of list) damaged[at % damaged.length] = value;
        const { findings } = find(damaged);
        for (const finding of findings) if (finding.kind === 'message') timeText(finding.timeNs);
        expect(findings.length).toBeLessThan(damaged.length);
      }),
      { numRuns: 500 },
    );
  });

  it('of another kind is no capture at all', () => {
    expect(find(Buffer.from('hello, world')).summary).toBeUndefined();
    expect(find(Buffer.alloc(0)).summary).toBeUndefined();
  });
});
