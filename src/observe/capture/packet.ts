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

interface End {
  /** 4 or 16 octets. */
  host: Uint8Array;
  port: number;
}

/** Who sends what to whom. */
export interface Route {
  /** In front of the data: the heads of IP and UDP, but for lengths and checksums. */
  head: Uint8Array;
  isIPv4: boolean;
  /** RFC 1071: the octets of these that never change, added up. */
  headSum: number;
  datagramSum: number;
  /** A message may be some octets longer than a datagram; its end is left out. */
  dataMax: number;
  /** `field in from 0a1b`, for people. */
  text: string;
  /** The latest verdict on a frame without a signal, and what it makes of the end of a block: the next one has mostly the same. */
  verdict: string | undefined;
  blockEnd: Uint8Array;
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
}

function routesOf(link: string, address: string | null, linkNumber: number): Routes {
  const device = deviceEnd(address, linkNumber);
  const gateway = gatewayEnd(device, linkNumber);
  const peer = address === null ? 'everybody' : address === '' ? 'its device' : address;
  return {
    in: routeOf(device, gateway, `${link} in from ${peer}`),
    out: routeOf(gateway, device, `${link} out to ${peer}`),
  };
}

/** Both ends speak the same version of IP; everybody is meant in version 6. */
function routeOf(from: End, to: End, text: string): Route {
  const isIPv4 = from.host.length === 4;
  const udpAt = isIPv4 ? IPV4_HEAD_BYTES : IPV6_HEAD_BYTES;
  const hostsAt = udpAt - 2 * from.host.length;
  const head = new Uint8Array(udpAt + UDP_HEAD_BYTES);
  head[0] = isIPv4 ? 0x45 : 0x60;
  head[isIPv4 ? 8 : 7] = HOPS;
  head[isIPv4 ? 9 : 6] = UDP;
  head.set(from.host, hostsAt);
  head.set(to.host, hostsAt + from.host.length);
  head.set([from.port >> 8, from.port & 0xff, to.port >> 8, to.port & 0xff], udpAt);
  return {
    head,
    isIPv4,
    headSum: sumOf(head, 0, udpAt),
    // The hosts and the datagram, and before them what RFC 768 and RFC 8200 add: protocol and, later, length.
    datagramSum: sumOf(head, hostsAt, head.length) + UDP,
    dataMax: LENGTH_MAX - UDP_HEAD_BYTES - (isIPv4 ? IPV4_HEAD_BYTES : 0),
    text,
    verdict: undefined,
    blockEnd: new Uint8Array(),
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

/** @param view of the same octets as `out` */
export function writePacket(
  out: Uint8Array,
  view: DataView,
  at: number,
  { head, isIPv4, headSum, datagramSum }: Route,
  data: Uint8Array,
): void {
  const packetBytes = head.length + data.length;
  const udpBytes = UDP_HEAD_BYTES + data.length;
  const dataAt = at + head.length;
  out.set(head, at);
  out.set(data, dataAt);
  if (isIPv4) {
    view.setUint16(at + 2, packetBytes);
    view.setUint16(at + 10, checksum(headSum + packetBytes));
  } else {
    view.setUint16(at + 4, udpBytes);
  }
  view.setUint16(dataAt - 4, udpBytes);
  // The length counts twice: in the datagram, and in what stands before it.
  const sum = checksum(datagramSum + 2 * udpBytes + sumOf(out, dataAt, dataAt + data.length));
  view.setUint16(dataAt - 2, sum === 0 ? 0xffff : sum);
}

/** RFC 1071: pairs of octets, added up; behind an odd one stands a zero. */
function sumOf(octets: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let at = start; at < end - 1; at += 2) {
    sum += ((octets[at] as number) << 8) | (octets[at + 1] as number);
  }
  return (end - start) % 2 === 0 ? sum : sum + ((octets[end - 1] as number) << 8);
}

function checksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return ~folded & 0xffff;
}
