/** The text forms of durations, sizes and addresses. */
import { BlockList, isIP } from 'node:net';

/** Milliseconds: what every duration of the configuration is once it is read. */
export type Milliseconds = number;

/** Octets: what every size of the configuration is once it is read. */
export type Octets = number;

/** Where a socket listens. `host` is an IP address without brackets; port 0 is any free port. */
export interface ListenAddress {
  host: string;
  port: number;
}

/** Where a modem is: a device file of this machine, or a TCP server with a serial port behind it. */
export type PortAddress =
  | { kind: 'device'; path: string }
  | { kind: 'tcp'; host: string; port: number };

/** Hertz: what every frequency of the configuration is once it is read. */
export type Hertz = number;

export const DURATION = /^(\d+)(ms|s|m|h|d)$/;
export const SIZE = /^(\d+)(KiB|MiB|GiB)$/;

export const FREQUENCY = /^(\d+(?:\.\d+)?) ?(Hz|kHz|MHz|GHz)$/;
export const SHARE = /^(\d+(?:\.\d+)?) ?%$/;

const DURATION_UNITS_MS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const SIZE_UNITS: Record<string, number> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
const FREQUENCY_UNITS_HZ: Record<string, number> = { Hz: 1, kHz: 1e3, MHz: 1e6, GHz: 1e9 };
const PORT_MAX = 0xffff;
/** Windows has no device files. */
const DEVICE = /^(\/.*|COM\d+)$/i;

/** Milliseconds of `15m` or of a number of seconds; undefined when it is neither. */
export function parseDuration(value: string | number): Milliseconds | undefined {
  if (typeof value === 'number') return Math.round(value * 1000);
  return scaled(DURATION, DURATION_UNITS_MS, value);
}

/** Octets of `64KiB` or of a number of octets; undefined when it is neither. */
export function parseSize(value: string | number): Octets | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? value : undefined;
  return scaled(SIZE, SIZE_UNITS, value);
}

/** Hertz of `869.525MHz` or of a number of hertz; undefined when it is neither. */
export function parseFrequency(value: string | number): Hertz | undefined {
  if (typeof value === 'number') return value;
  const hertz = scaled(FREQUENCY, FREQUENCY_UNITS_HZ, value);
  // The narrowest bandwidth has half a hertz; what binary fractions add is less.
  return hertz === undefined ? undefined : Math.round(hertz * 10) / 10;
}

/** The share of `1%` or of a number from 0 to 1; undefined when it is neither. */
export function parseShare(value: string | number): number | undefined {
  if (typeof value === 'number') return value;
  const [, digits] = SHARE.exec(value) ?? [];
  return digits === undefined ? undefined : Number(digits) / 100;
}

/** Where `/dev/ttyUSB0` or `tcp://192.0.2.7:3333` is; undefined when it is neither. */
export function parsePort(text: string): PortAddress | undefined {
  if (DEVICE.test(text)) return { kind: 'device', path: text };
  const [, ipv6, name, digits] =
    /^tcp:\/\/(?:\[([^\]/]+)\]|([^:[\]/@?#]+)):(\d{1,5})\/?$/i.exec(text) ?? [];
  const host = ipv6 ?? name ?? '';
  const port = Number(digits);
  const isHost = ipv6 === undefined ? host !== '' : isIP(host) === 6;
  return isHost && port >= 1 && port <= PORT_MAX ? { kind: 'tcp', host, port } : undefined;
}

/** The text form of a port, as the file has it. */
export function portText(port: PortAddress): string {
  if (port.kind === 'device') return port.path;
  return `tcp://${listenAddressText(port)}`;
}

function scaled(form: RegExp, units: Record<string, number>, text: string): number | undefined {
  const [, digits, unit] = form.exec(text) ?? [];
  const factor = units[unit ?? ''];
  return factor === undefined ? undefined : Number(digits) * factor;
}

/** The parts of `192.0.2.1:1883` or `[2001:db8::1]:1883`; undefined when it is neither. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [, ipv6, ipv4, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = ipv6 ?? ipv4 ?? '';
  const port = Number(digits);
  if (isIP(host) !== (ipv6 === undefined ? 4 : 6) || port > PORT_MAX) return undefined;
  return { host, port };
}

/** The text form of a listen address, as the file has it. */
export function listenAddressText({ host, port }: ListenAddress): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** RFC 1122, 3.2.1.3 and RFC 4291, 2.5.3; the IPv6 forms of IPv4 addresses are looked up as IPv4. */
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** How this machine itself reaches a listener: who listens everywhere is found at home, too. */
export function fromWithin({ host, port }: ListenAddress): ListenAddress {
  if (host === '0.0.0.0') return { host: '127.0.0.1', port };
  return host === '::' ? { host: '::1', port } : { host, port };
}

/** Whether only this machine can reach an IP address; false for anything that is none. */
export function isLoopback(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Whether an IP address is a multicast group (RFC 5771: 224.0.0.0/4, RFC 4291: ff00::/8). */
export function isMulticast(address: string): boolean {
  if (isIP(address) === 6) return /^ff[0-9a-f]{2}:/i.test(address);
  const first = Number(address.split('.')[0]);
  return isIP(address) === 4 && first >= 224 && first <= 239;
}
