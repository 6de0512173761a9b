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

/** What a length says: of IPv4 with its own head, of IPv6 without. */
const LENGTH_MAX = 0xffff;

/** Devices whose routes are remembered. */
const ROUTES_MAX = 10_000;

/** Comments that are remembered: those on frames without a signal, of which most are alike. */
const COMMENTS_MAX = 100;

/** Of the memory that packets are put together in: each piece has its price. */
const PIECE_BYTES = 64 * 1024;

interface End {
  /** 4 or 16 octets. */
  host: Uint8Array;
  port: number;
}

/** Who sends what to whom. */
export interface Route {
  from: End;
  to: End;
  /** In front of the data. */
  headBytes: number;
  /** A message may be some octets longer than a datagram; its end is left out. */
  dataMax: number;
  /** `field in from 0a1b`, for people. */
  text: Uint8Array;
}

interface Routes {
  in: Route;
  out: Route;
}

/** What the packets of one capture have in common. Devices are few and speak often, so their routes are remembered. */
export class Packets {
  /** By address, of each link. */
  private readonly routes: Map<string | null, Routes>[] = [];
  private count = 0;
  /** What is written about most frames, in octets. */
  private readonly comments = new Map<string, Uint8Array>();
  private piece = Buffer.alloc(0);
  /** So much of the piece is taken. */
  private taken = 0;

  /** `linkNumber` counts the links from 0. */
  routeOf({ link, address, direction }: Frame, linkNumber: number): Route {
    const known = this.routes[linkNumber]?.get(address);
    if (known !== undefined) return known[direction];
    if (this.count >= ROUTES_MAX) {
      this.routes.length = 0;
      this.count = 0;
    }
    const routes = routesOf(link, address, linkNumber);
    this.routes[linkNumber] ??= new Map();
    this.routes[linkNumber].set(address, routes);
    this.count++;
    return routes[direction];
  }

  /** The same texts come again and again. */
  commentOf(text: string): Uint8Array {
    const known = this.comments.get(text);
    if (known !== undefined) return known;
    const octets = Buffer.from(text);
    if (this.comments.size < COMMENTS_MAX) this.comments.set(text, octets);
    return octets;
  }

  /** Zeros, that are nobody else's. */
  room(bytes: number): Buffer {
    if (this.piece.length - this.taken < bytes) {
      this.piece = Buffer.alloc(Math.max(bytes, PIECE_BYTES));
      this.taken = 0;
    }
    const at = this.taken;
    this.taken += bytes;
    return this.piece.subarray(at, this.taken);
  }
}

function routesOf(link: string, address: string | null, linkNumber: number): Routes {
  const device = deviceEnd(address, linkNumber);
  const gateway = gatewayEnd(device, linkNumber);
  const isIPv4 = device.host.length === 4;
  const sizes = {
    headBytes: UDP_HEAD_BYTES + (isIPv4 ? IPV4_HEAD_BYTES : IPV6_HEAD_BYTES),
    dataMax: LENGTH_MAX - UDP_HEAD_BYTES - (isIPv4 ? IPV4_HEAD_BYTES : 0),
  };
  const peer = address === null ? 'everybody' : address === '' ? 'its device' : address;
  return {
    in: { ...sizes, from: device, to: gateway, text: Buffer.from(`${link} in from ${peer}`) },
    out: { ...sizes, from: gateway, to: device, text: Buffer.from(`${link} out to ${peer}`) },
  };
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
  { from, to, headBytes }: Route,
  data: Uint8Array,
): void {
  const udpBytes = UDP_HEAD_BYTES + data.length;
  const udpAt = at + headBytes - UDP_HEAD_BYTES;
  const hostsAt = udpAt - 2 * from.host.length;
  const isIPv4 = from.host.length === 4;
  if (isIPv4) {
    out[at] = 0x45;
    out.writeUInt16BE(headBytes + data.length, at + 2);
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
  if (isIPv4) out.writeUInt16BE(checksum(out, at, udpAt, 0), at + 10);
  out.writeUInt16BE(from.port, udpAt);
  out.writeUInt16BE(to.port, udpAt + 2);
  out.writeUInt16BE(udpBytes, udpAt + 4);
  out.set(data, udpAt + UDP_HEAD_BYTES);
  // The hosts and the datagram, and before them what RFC 768 and RFC 8200 add: protocol and length.
  const sum = checksum(out, hostsAt, udpAt + udpBytes, UDP + udpBytes);
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
