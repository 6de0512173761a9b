/** Frame data of XBee's API: the first octet is the type, all numbers are big-endian. */
import { fromHex, toHex } from '../octets.js';

/** Which frames carry datagrams. Modules of today with 802.15.4 firmware speak both. */
export type XbeeDialect =
  /** 10 and 90: Zigbee, DigiMesh, and 802.15.4 of today. */
  | 'zigbee'
  /** 00, 01, 80 and 81: 802.15.4, the only one of the first generation. */
  | '802.15.4';

export type XbeeFrame =
  | {
      kind: 'received';
      /** The 64-bit address as 16 hex digits; the 16-bit one as 4 if the sender shows no other. */
      address: string;
      /** The 16-bit address beside a 64-bit one; undefined when not known. */
      address16: number | undefined;
      dialect: XbeeDialect;
      data: Uint8Array;
      rssiDbm: number | undefined;
    }
  | {
      kind: 'transmit-status';
      id: number;
      status: number;
      /** The 16-bit address that the module has found; undefined when not known. */
      address16: number | undefined;
    }
  | { kind: 'at-response'; id: number; command: string; status: number; value: Uint8Array }
  | { kind: 'modem-status'; status: number }
  /** Well formed, nothing of ours: I/O samples, route records, node identification. */
  | { kind: 'other' }
  /** Too short for its type. */
  | { kind: 'malformed' };

/** Endpoints of Zigbee's explicit addressing (type 11). */
export interface XbeeExplicitAddressing {
  sourceEndpoint: number;
  destinationEndpoint: number;
  cluster: number;
  profile: number;
}

export interface XbeeTransmission {
  /** 1 to 255; a status frame comes back under it. */
  id: number;
  /** As `received` told it; null: everybody. */
  address: string | null;
  address16: number | undefined;
  dialect: XbeeDialect;
  options: number;
  data: Uint8Array;
  explicit?: XbeeExplicitAddressing;
}

const BROADCAST_64 = '000000000000FFFF';
const UNKNOWN_64 = 'FFFFFFFFFFFFFFFF';
const BROADCAST_16 = 0xffff;
/** Of types 10 and 11: the module finds it by itself; also for broadcasts. */
const UNKNOWN_16 = 0xfffe;
/** As many hops as the network has. */
const RADIUS_MAX = 0;

const ADDRESS = /^(?:[0-9A-F]{16}|[0-9A-F]{4})$/;

export const isXbeeAddress = (address: string): boolean => ADDRESS.test(address);

export function parseXbeeFrame(frame: Uint8Array): XbeeFrame {
  switch (frame[0]) {
    case 0x80:
      return legacyReception(frame, 8);
    case 0x81:
      return legacyReception(frame, 2);
    case 0x88:
      if (frame.length < 5) return { kind: 'malformed' };
      return {
        kind: 'at-response',
        id: octet(frame, 1),
        command: String.fromCharCode(octet(frame, 2), octet(frame, 3)),
        status: octet(frame, 4),
        value: frame.subarray(5),
      };
    case 0x89:
      if (frame.length < 3) return { kind: 'malformed' };
      return {
        kind: 'transmit-status',
        id: octet(frame, 1),
        status: octet(frame, 2),
        address16: undefined,
      };
    case 0x8a:
      if (frame.length < 2) return { kind: 'malformed' };
      return { kind: 'modem-status', status: octet(frame, 1) };
    case 0x8b:
      if (frame.length < 7) return { kind: 'malformed' };
      return {
        kind: 'transmit-status',
        id: octet(frame, 1),
        status: octet(frame, 5),
        address16: known16(frame, 2),
      };
    case 0x90:
      return reception(frame, 12);
    case 0x91:
      return reception(frame, 18);
    default:
      return { kind: 'other' };
  }
}

/** Types 90 and 91, which tell no RSSI. */
function reception(frame: Uint8Array, headBytes: number): XbeeFrame {
  if (frame.length < headBytes) return { kind: 'malformed' };
  const address64 = hexAt(frame, 1, 8);
  const address16 = known16(frame, 9);
  const address =
    address64 === UNKNOWN_64 && address16 !== undefined ? hexAt(frame, 9, 2) : address64;
  return {
    kind: 'received',
    address,
    address16,
    dialect: 'zigbee',
    data: frame.slice(headBytes),
    rssiDbm: undefined,
  };
}

/** Types 80 and 81: one address, the magnitude of the RSSI, options. */
function legacyReception(frame: Uint8Array, addressBytes: number): XbeeFrame {
  const rssiAt = 1 + addressBytes;
  if (frame.length < rssiAt + 2) return { kind: 'malformed' };
  return {
    kind: 'received',
    address: hexAt(frame, 1, addressBytes),
    address16: undefined,
    dialect: '802.15.4',
    data: frame.slice(rssiAt + 2),
    rssiDbm: -octet(frame, rssiAt),
  };
}

/** `address` has the form of `isXbeeAddress`. */
export function transmitFrame(transmission: XbeeTransmission): Uint8Array {
  const { id, address, dialect, options, data } = transmission;
  if (dialect === '802.15.4') {
    const to = octetsAt(address ?? hex16(BROADCAST_16));
    return concat([to.length === 8 ? 0x00 : 0x01, id, ...to, options], data);
  }
  const isShort = address?.length === 4;
  const to64 = isShort ? UNKNOWN_64 : (address ?? BROADCAST_64);
  const to16 = isShort ? address : hex16(transmission.address16 ?? UNKNOWN_16);
  const to = [...octetsAt(to64), ...octetsAt(to16)];
  const { explicit } = transmission;
  if (explicit === undefined) return concat([0x10, id, ...to, RADIUS_MAX, options], data);
  const { sourceEndpoint, destinationEndpoint, cluster, profile } = explicit;
  const endpoints = [sourceEndpoint, destinationEndpoint, cluster >> 8, cluster & 0xff];
  const head = [0x11, id, ...to, ...endpoints, profile >> 8, profile & 0xff, RADIUS_MAX, options];
  return concat(head, data);
}

/** Type 08; without a value it asks. `command`: two letters. */
export const atCommandFrame = (id: number, command: string): Uint8Array =>
  Uint8Array.of(0x08, id, command.charCodeAt(0), command.charCodeAt(1));

function concat(head: readonly number[], data: Uint8Array): Uint8Array {
  const frame = new Uint8Array(head.length + data.length);
  frame.set(head);
  frame.set(data, head.length);
  return frame;
}

const hex16 = (address16: number): string => address16.toString(16).toUpperCase().padStart(4, '0');

const octetsAt = (address: string): Uint8Array => fromHex(address) ?? new Uint8Array();

const hexAt = (frame: Uint8Array, at: number, bytes: number): string =>
  toHex(frame, at, at + bytes).toUpperCase();

const octet = (frame: Uint8Array, at: number): number => frame[at] as number;

function known16(frame: Uint8Array, at: number): number | undefined {
  const address16 = (octet(frame, at) << 8) | octet(frame, at + 1);
  return address16 === UNKNOWN_16 || address16 === BROADCAST_16 ? undefined : address16;
}
