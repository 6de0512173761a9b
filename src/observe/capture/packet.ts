/**
 * A frame as an IP packet with UDP, whatever link it has passed: Wireshark's dissector of MQTT-SN reads UDP alone.
 * The gateway's end is always port 1883, so that one "Decode As" does for all links.
 *
 * A device on UDP has its own address. A device behind a modem gets one of IPv6: `fd4d:5153:4e00:L::A`, where L
 * counts the links and A is the address that the modem tells, when that is a number of hexadecimal digits, else a
 * digest of it.
 */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import type { Frame } from './frame.js';

/** The well-known port of MQTT-SN (IANA). */
export const GATEWAY_PORT = 1883;

/** Link type of packets that begin with an IP header: LINKTYPE_RAW. */
export const LINKTYPE_RAW = 101;

const UDP = 17;
const IPV4_HEAD_BYTES = 20;
const IPV6_HEAD_BYTES = 40;
const UDP_HEAD_BYTES = 8;
const HOPS = 64;

/** Devices whose ends are remembered. */
const ENDS_MAX = 10_000;

interface End {
  /** 4 or 16 octets. */
  host: Uint8Array;
  port: number;
}

/** Puts the packets of one capture together. Devices are few and speak often, so their ends are remembered. */
export class Packets {
  private readonly ends = new Map<string, End>();

  /** How long the packet will be, and who will have sent it to whom. `linkNumber` counts the links from 0. */
  plan({ address, direction, data }: Frame, linkNumber: number): Plan {
    const device = this.endOf(address, linkNumber);
    const gateway = gatewayEnd(device, linkNumber);
    const headBytes = device.host.length === 4 ? IPV4_HEAD_BYTES : IPV6_HEAD_BYTES;
    const [from, to] = direction === 'in' ? [device, gateway] : [gateway, device];
    return { from, to, data, headBytes, bytes: headBytes + UDP_HEAD_BYTES + data.length };
  }

  private endOf(address: string | null, linkNumber: number): End {
    const key = `${linkNumber} ${address ?? ''} ${address === null}`;
    const known = this.ends.get(key);
    if (known !== undefined) return known;
    if (this.ends.size >= ENDS_MAX) this.ends.clear();
    const end = deviceEnd(address, linkNumber);
    this.ends.set(key, end);
    return end;
  }
}

export interface Plan {
  from: End;
  to: End;
  data: Uint8Array;
  headBytes: number;
  /** Of the whole packet. */
  bytes: number;
}

function deviceEnd(address: string | null, linkNumber: number): End {
  if (address === null) return { host: ALL_NODES, port: GATEWAY_PORT };
  const [, ipv6, ipv4, port] = UDP_ADDRESS.exec(address) ?? [];
  const host = ipv6 ?? ipv4 ?? '';
  if (isIP(host) !== 0) return { host: hostOctets(host), port: Number(port) };
  return { host: ofLink(linkNumber, interfaceId(address)), port: GATEWAY_PORT };
}

/** `192.0.2.1:1883`, `[2001:db8::1]:1883`, `[fe80::1%eth0]:1883`. */
const UDP_ADDRESS = /^(?:\[([^\]%]+)(?:%[^\]]*)?\]|([\d.]+)):(\d+)$/;

/** ff02::1, all nodes. */
const ALL_NODES = Uint8Array.from([0xff, 0x02, ...Array<number>(13).fill(0), 0x01]);

/** It does not matter which of its addresses a device has reached. */
function gatewayEnd({ host }: End, linkNumber: number): End {
  const isIPv4 = host.length === 4;
  return {
    host: isIPv4 ? new Uint8Array(4) : ofLink(linkNumber, new Uint8Array(8)),
    port: GATEWAY_PORT,
  };
}

function ofLink(linkNumber: number, id: Uint8Array): Uint8Array {
  const host = new Uint8Array(16);
  host.set([0xfd, 0x4d, 0x51, 0x53, 0x4e, 0x00, linkNumber >> 8, linkNumber & 0xff]);
  host.set(id, 8);
  return host;
}

/** What the modem calls the device, as eight octets; all zero would be the gateway. */
function interfaceId(address: string): Uint8Array {
  if (/^[0-9a-f]{1,16}$/i.test(address) && /[^0]/.test(address)) {
    return Buffer.from(address.padStart(16, '0'), 'hex');
  }
  return createHash('sha256').update(address).digest().subarray(0, 8);
}

function hostOctets(host: string): Uint8Array {
  if (isIP(host) === 4) return Uint8Array.from(host.split('.').map(Number));
  // Node's URL writes what stands for IPv4 at the end as groups, too.
  const [head = '', tail = ''] = new URL(`http://[${host}]`).hostname.slice(1, -1).split('::');
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array<number>(8 - before.length - after.length).fill(0);
  return Uint8Array.from(
    [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]),
  );
}

const groups = (text: string): number[] =>
  text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));

/** Writes the packet into octets that are zero. Both ends speak the same version of IP; everybody is meant in version 6. */
export function writePacket(
  out: Buffer,
  at: number,
  { from, to, data, headBytes, bytes }: Plan,
): void {
  const udpBytes = bytes - headBytes;
  const udpAt = at + headBytes;
  const hostsAt = at + headBytes - 2 * from.host.length;
  if (headBytes === IPV4_HEAD_BYTES) {
    out[at] = 0x45;
    out.writeUInt16BE(bytes, at + 2);
    out[at + 8] = HOPS;
    out[at + 9] = UDP;
  } else {
    out[at] = 0x60;
    out.writeUInt16BE(udpBytes, at + 4);
    out[at + 6] = UDP;
    out[at + 7] = HOPS;
  }
  out.set(from.host, hostsAt);
  out.set(to.host, hostsAt + from.host.length);
  if (headBytes === IPV4_HEAD_BYTES) out.writeUInt16BE(checksum(out, at, udpAt, 0), at + 10);
  out.writeUInt16BE(from.port, udpAt);
  out.writeUInt16BE(to.port, udpAt + 2);
  out.writeUInt16BE(udpBytes, udpAt + 4);
  out.set(data, udpAt + UDP_HEAD_BYTES);
  // The hosts and the datagram, and before them what RFC 768 and RFC 8200 add: protocol and length.
  const sum = checksum(out, hostsAt, at + bytes, UDP + udpBytes);
  out.writeUInt16BE(sum === 0 ? 0xffff : sum, udpAt + 6);
}

/** RFC 1071, begun with what is not among the octets; behind an odd one stands a zero. */
function checksum(octets: Uint8Array, start: number, end: number, begin: number): number {
  let sum = begin;
  for (let at = start; at < end; at += 2) {
    sum += ((octets[at] ?? 0) << 8) | (at + 1 < end ? (octets[at + 1] ?? 0) : 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
