/** From a captured packet to the UDP datagram in it. Bounded by what was captured; never throws. */
import { uint16 } from '../../observe/explain/octets.js';

export interface Datagram {
  source: { address: string; port: number };
  destination: { address: string; port: number };
  payload: Uint8Array;
}

const UDP = 17;
const UDP_HEAD_OCTETS = 8;
const IPV6_HEAD_OCTETS = 40;
const FRAGMENT = 44;
/** IPv6 headers that may stand in front of UDP: hop-by-hop, routing, fragment, destination options. */
const IPV6_EXTENSIONS = [0, 43, FRAGMENT, 60];

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const VLAN_TAGS = [0x8100, 0x88a8];

/** Where the IP packet begins, by link type; undefined when there is none. */
const IP_STARTS: Record<number, (packet: Uint8Array) => number | undefined> = {
  /** Loopback of BSD and macOS: four octets of family, in either byte order. */
  0: () => 4,
  108: () => 4,
  1: ethernet,
  /** Raw IP; 12 and 14 are what some systems write for it. */
  12: () => 0,
  14: () => 0,
  101: () => 0,
  228: () => 0,
  229: () => 0,
  /** Linux "any" interface, both versions. */
  113: (packet) => afterEthertype(packet, 14, 16),
  276: (packet) => afterEthertype(packet, 0, 20),
};

/** Whether packets of this link type can be read at all. */
export const isKnownLinkType = (linkType: number): boolean => linkType in IP_STARTS;

/** The UDP datagram in `packet`; undefined for everything else, also for fragments. */
export function datagramIn(packet: Uint8Array, linkType: number): Datagram | undefined {
  const start = IP_STARTS[linkType]?.(packet);
  if (start === undefined || start >= packet.length) return undefined;
  const ip = packet.subarray(start);
  const version = (ip[0] ?? 0) >> 4;
  if (version === 4) return ipv4(ip);
  return version === 6 ? ipv6(ip) : undefined;
}

function ethernet(packet: Uint8Array): number | undefined {
  let at = 12;
  while (VLAN_TAGS.includes(uint16(packet, at))) at += 4;
  return afterEthertype(packet, at, at + 2);
}

function afterEthertype(packet: Uint8Array, at: number, start: number): number | undefined {
  const type = uint16(packet, at);
  return type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6 ? start : undefined;
}

function ipv4(ip: Uint8Array): Datagram | undefined {
  const head = ((ip[0] ?? 0) & 0x0f) * 4;
  const isFragment = (uint16(ip, 6) & 0x3fff) !== 0;
  if (head < 20 || ip.length < head || ip[9] !== UDP || isFragment) return undefined;
  const address = (at: number) => ip.subarray(at, at + 4).join('.');
  return udp(ip.subarray(head), address(12), address(16));
}

function ipv6(ip: Uint8Array): Datagram | undefined {
  let next = ip[6] ?? 0;
  let at = IPV6_HEAD_OCTETS;
  while (IPV6_EXTENSIONS.includes(next) && at + 8 <= ip.length) {
    const isFragment = next === FRAGMENT && (uint16(ip, at + 2) & 0xfff9) !== 0;
    if (isFragment) return undefined;
    const size = next === FRAGMENT ? 8 : ((ip[at + 1] ?? 0) + 1) * 8;
    next = ip[at] ?? 0;
    at += size;
  }
  if (next !== UDP || at > ip.length) return undefined;
  return udp(ip.subarray(at), ipv6Text(ip.subarray(8, 24)), ipv6Text(ip.subarray(24, 40)));
}

function udp(octets: Uint8Array, source: string, destination: string): Datagram | undefined {
  if (octets.length < UDP_HEAD_OCTETS) return undefined;
  const length = uint16(octets, 4);
  return {
    source: { address: source, port: uint16(octets, 0) },
    destination: { address: destination, port: uint16(octets, 2) },
    payload: octets.subarray(UDP_HEAD_OCTETS, Math.max(UDP_HEAD_OCTETS, length)),
  };
}

/** The URL parser writes addresses in the short form of RFC 5952. */
function ipv6Text(octets: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => uint16(octets, i * 2).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
