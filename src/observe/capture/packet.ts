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
const UDP_HEAD_BYTES = 8;
const HOPS = 64;

interface End {
  /** 4 or 16 octets. */
  host: Uint8Array;
  port: number;
}

/** `linkNumber` counts the links from 0. */
export function packetOf(frame: Frame, linkNumber: number): Uint8Array {
  const device = deviceEnd(frame.address, linkNumber);
  const gateway = gatewayEnd(device, linkNumber);
  const [from, to] = frame.direction === 'in' ? [device, gateway] : [gateway, device];
  return packet(from, to, frame.data);
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

/** Both ends speak the same version of IP, except when everybody is meant: that is version 6. */
function packet(from: End, to: End, data: Uint8Array): Uint8Array {
  const udpBytes = UDP_HEAD_BYTES + data.length;
  const isIPv4 = from.host.length === 4;
  const headBytes = isIPv4 ? 20 : 40;
  const octets = new Uint8Array(headBytes + udpBytes);
  const view = new DataView(octets.buffer);
  if (isIPv4) {
    octets[0] = 0x45;
    view.setUint16(2, octets.length);
    octets[8] = HOPS;
    octets[9] = UDP;
  } else {
    octets[0] = 0x60;
    view.setUint16(4, udpBytes);
    octets[6] = UDP;
    octets[7] = HOPS;
  }
  const hostsAt = isIPv4 ? 12 : 8;
  octets.set(from.host, hostsAt);
  octets.set(to.host, hostsAt + from.host.length);
  if (isIPv4) view.setUint16(10, checksum(octets.subarray(0, headBytes)));
  view.setUint16(headBytes, from.port);
  view.setUint16(headBytes + 2, to.port);
  view.setUint16(headBytes + 4, udpBytes);
  octets.set(data, headBytes + UDP_HEAD_BYTES);
  // The hosts and the datagram, and before them what RFC 768 and RFC 8200 add: protocol and length.
  const sum = checksum(octets.subarray(hostsAt), UDP + udpBytes);
  view.setUint16(headBytes + 6, sum === 0 ? 0xffff : sum);
  return octets;
}

/** RFC 1071, begun with what is not among the octets. */
function checksum(octets: Uint8Array, begin = 0): number {
  let sum = begin;
  for (let at = 0; at < octets.length; at += 2) {
    sum += ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
