/** Capture files made octet by octet, in every format, byte order and link type that is read. */

export interface Order {
  littleEndian: boolean;
}

/** 2026-11-20 13:34:46.123456 UTC. */
export const SECONDS = 1_795_181_686;
export const MICROS = 123_456;

class Bytes {
  private readonly parts: Uint8Array[] = [];
  constructor(private readonly order: Order) {}

  uint16(...values: number[]): this {
    for (const value of values) this.number(2, value);
    return this;
  }

  uint32(...values: number[]): this {
    for (const value of values) this.number(4, value);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.parts.push(value);
    return this;
  }

  done(): Buffer {
    return Buffer.concat(this.parts);
  }

  private number(size: 2 | 4, value: number): void {
    const octets = Buffer.alloc(size);
    if (this.order.littleEndian) octets.writeUIntLE(value, 0, size);
    else octets.writeUIntBE(value, 0, size);
    this.parts.push(octets);
  }
}

export function pcapFile(
  linkType: number,
  packets: Uint8Array[],
  order: Order = { littleEndian: true },
  unit: 'micro' | 'nano' = 'micro',
): Buffer {
  const isMicro = unit === 'micro';
  const file = new Bytes(order)
    .uint32(isMicro ? 0xa1b2c3d4 : 0xa1b23c4d)
    .uint16(2, 4)
    .uint32(0, 0, 65535, linkType);
  for (const packet of packets) {
    const fraction = isMicro ? MICROS : MICROS * 1000;
    file.uint32(SECONDS, fraction, packet.length, packet.length).bytes(packet);
  }
  return file.done();
}

export function pcapngFile(
  linkType: number,
  packets: Uint8Array[],
  order: Order = { littleEndian: true },
  kind: 'enhanced' | 'simple' = 'enhanced',
): Buffer {
  const section = new Bytes(order).uint32(0x1a2b3c4d).uint16(1, 0).uint32(0xffffffff, 0xffffffff);
  const nanoseconds = new Bytes(order)
    .uint16(9, 1)
    .bytes(Buffer.of(9, 0, 0, 0))
    .uint32(0);
  const description = new Bytes(order).uint16(linkType, 0).uint32(0).bytes(nanoseconds.done());
  const time = BigInt(SECONDS) * 1_000_000_000n + BigInt(MICROS) * 1000n;
  const file = new Bytes(order)
    .bytes(block(0x0a0d0d0a, section.done(), order))
    .bytes(block(1, description.done(), order));
  for (const packet of packets) {
    const body = new Bytes(order);
    if (kind === 'enhanced') {
      body.uint32(0, Number(time >> 32n), Number(time & 0xffffffffn), packet.length);
    }
    body
      .uint32(packet.length)
      .bytes(packet)
      .bytes(Buffer.alloc((4 - (packet.length % 4)) % 4));
    file.bytes(block(kind === 'enhanced' ? 6 : 3, body.done(), order));
  }
  return file.done();
}

function block(type: number, body: Uint8Array, order: Order): Buffer {
  const length = body.length + 12;
  return new Bytes(order).uint32(type, length).bytes(body).uint32(length).done();
}

const NETWORK: Order = { littleEndian: false };

function udp(payload: Uint8Array, port: number): Buffer {
  return new Bytes(NETWORK)
    .uint16(5000, port, 8 + payload.length, 0)
    .bytes(payload)
    .done();
}

export function ipv4(payload: Uint8Array, port = 1883): Buffer {
  const datagram = udp(payload, port);
  return new Bytes(NETWORK)
    .uint16(0x4500, 20 + datagram.length, 0, 0, 0x4011, 0)
    .bytes(Buffer.of(10, 0, 0, 1, 10, 0, 0, 2))
    .bytes(datagram)
    .done();
}

/** With a hop-by-hop header in front of UDP. */
export function ipv6(payload: Uint8Array, port = 1883): Buffer {
  const datagram = udp(payload, port);
  const address = (last: number) => Buffer.from(`fe80${'00'.repeat(13)}0${last}`, 'hex');
  return new Bytes(NETWORK)
    .uint16(0x6000, 0, 8 + datagram.length, 0x0040)
    .bytes(address(1))
    .bytes(address(2))
    .bytes(Buffer.of(17, 0, 1, 4, 0, 0, 0, 0))
    .bytes(datagram)
    .done();
}

const FOUR = Buffer.of(0x08, 0x00);
const SIX = Buffer.of(0x86, 0xdd);

/** Packets of each link type, all with the same datagram inside. */
export function linkLayers(
  payload: Uint8Array,
): { name: string; linkType: number; packet: Buffer }[] {
  const [four, six] = [ipv4(payload), ipv6(payload)];
  const zeros = (count: number) => Buffer.alloc(count);
  return [
    { name: 'Ethernet', linkType: 1, packet: Buffer.concat([zeros(12), FOUR, four]) },
    {
      name: 'Ethernet with a VLAN tag',
      linkType: 1,
      packet: Buffer.concat([zeros(12), Buffer.of(0x81, 0, 0, 7), FOUR, four]),
    },
    { name: 'Ethernet with IPv6', linkType: 1, packet: Buffer.concat([zeros(12), SIX, six]) },
    { name: 'Linux cooked', linkType: 113, packet: Buffer.concat([zeros(14), FOUR, four]) },
    { name: 'Linux cooked v2', linkType: 276, packet: Buffer.concat([SIX, zeros(18), six]) },
    { name: 'raw IP', linkType: 101, packet: four },
    { name: 'raw IPv6', linkType: 229, packet: six },
    { name: 'BSD loopback', linkType: 0, packet: Buffer.concat([Buffer.of(2, 0, 0, 0), four]) },
    {
      name: 'OpenBSD loopback',
      linkType: 108,
      packet: Buffer.concat([Buffer.of(0, 0, 0, 24), six]),
    },
  ];
}
