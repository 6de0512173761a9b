/**
 * What the Aquila bridges (Altair for 802.15.4, RFM69) and their gateway say to each other, within SLIP:
 * `[LQI RSSI] LENGTH TYPE ... CRC`, the CRC-16/XMODEM of all before it, low octet first. LQI and RSSI are there
 * from bridge to gateway only. For data the length counts the message from the bridge, and not to it.
 */
import { crc16Xmodem } from '../framing/crc16.js';
import { isMessage } from '../framing/message-shape.js';
import { encodeSlip } from '../framing/slip.js';
import type { DiscardReason, Signal } from './modem.js';
import { int8 } from './octets.js';

const TYPE_NACK = 0x00;
const TYPE_ACK = 0x01;
const TYPE_CONFIG = 0x02;
const TYPE_PAIR = 0x03;
const TYPE_DATA = 0xfe;

const PAIR_LEAVE = 0x00;
const PAIR_ENTER = 0x01;
const PAIR_REQUEST = 0x02;
const PAIR_RESPONSE = 0x03;

const SIGNAL_BYTES = 2;
const CRC_BYTES = 2;
/** Length, type, control, address. */
const DATA_HEADER_BYTES = 5;
/** LQI, RSSI, length, type, CRC. */
const FRAME_BYTES_MIN = 6;
const RADIUS_ONE = 0x01;

/** Who has not been given an address yet. */
const PAIRING_ADDRESS = 0;
export const AQUILA_BROADCAST = 255;
export const AQUILA_KEY_BYTES = 16;
/** Octets in front of a message on the line to the bridge. */
export const AQUILA_OVERHEAD_BYTES = DATA_HEADER_BYTES + CRC_BYTES;

export type AquilaFrame =
  | { kind: 'data'; address: number; message: Uint8Array; signal: Signal }
  /** The bridge has done with our last frame. */
  | { kind: 'ack' | 'nack' }
  /** The bridge has started and wants its settings. */
  | { kind: 'config-request' }
  /** A device without an address asks for one. */
  | { kind: 'pair-request'; randomId: number }
  | { kind: 'discarded'; why: DiscardReason };

const discarded = (why: DiscardReason): AquilaFrame => ({ kind: 'discarded', why });

/** Reads what a bridge has sent; `frame` is without SLIP. */
export function parseAquila(frame: Uint8Array): AquilaFrame {
  if (frame.length < FRAME_BYTES_MIN) return discarded('truncated');
  const end = frame.length - CRC_BYTES;
  const crc = (frame[end] as number) | ((frame[end + 1] as number) << 8);
  if (crc16Xmodem(frame, end) !== crc) return discarded('checksum');
  const [lqi, rssi, length, type] = frame as unknown as [number, number, number, number];
  if (length !== end - SIGNAL_BYTES) return discarded('bad-length');
  switch (type) {
    case TYPE_ACK:
      return { kind: 'ack' };
    case TYPE_NACK:
      return { kind: 'nack' };
    case TYPE_CONFIG:
      return { kind: 'config-request' };
    case TYPE_PAIR:
      return parsePairing(frame.subarray(SIGNAL_BYTES, end));
    case TYPE_DATA:
      return parseData(frame.subarray(SIGNAL_BYTES, end), signalOf(lqi, rssi));
    default:
      return discarded('malformed');
  }
}

function parseData(body: Uint8Array, signal: Signal): AquilaFrame {
  if (body.length <= DATA_HEADER_BYTES) return discarded('bad-length');
  const address = (body[3] as number) | ((body[4] as number) << 8);
  if (address === PAIRING_ADDRESS) return discarded('not-for-us');
  if (address === AQUILA_BROADCAST) return discarded('malformed');
  if (!isMessage(body, DATA_HEADER_BYTES)) return discarded('bad-length');
  return { kind: 'data', address, message: body.slice(DATA_HEADER_BYTES), signal };
}

/** `LENGTH 03 02 address(2) 03 03 random`: in pairing mode the bridge passes on everything in this form. */
function parsePairing(body: Uint8Array): AquilaFrame {
  const [, , command, low, high, length, type, randomId] = body;
  if (command !== PAIR_REQUEST || length !== 3 || type !== TYPE_PAIR || randomId === undefined) {
    return discarded('malformed');
  }
  return low === PAIRING_ADDRESS && high === 0
    ? { kind: 'pair-request', randomId }
    : discarded('not-for-us');
}

/**
 * RFM69 gives its strength in dBm, and once more in place of a link quality that it does not measure. What
 * a bridge for 802.15.4 gives is dBm too where it is negative; otherwise nobody knows what it means.
 */
function signalOf(lqi: number, rssi: number): Signal {
  const signal: Signal = {};
  const rssiDbm = int8(rssi);
  if (rssiDbm < 0) signal.rssiDbm = rssiDbm;
  if (lqi !== rssi) signal.lqi = lqi;
  return signal;
}

function line(...body: number[]): Uint8Array {
  const crc = crc16Xmodem(Uint8Array.from(body), body.length);
  return encodeSlip(Uint8Array.of(...body, crc & 0xff, crc >>> 8));
}

export const aquilaData = (address: number, message: Uint8Array): Uint8Array =>
  line(DATA_HEADER_BYTES, TYPE_DATA, RADIUS_ONE, address & 0xff, address >>> 8, ...message);

/** `key`: sixteen octets; all FF: without encryption. */
export const aquilaConfig = (pan: number, key: Uint8Array): Uint8Array =>
  line(3 + key.length, TYPE_CONFIG, pan, ...key);

export const aquilaEnterPairing = (): Uint8Array => line(3, TYPE_PAIR, PAIR_ENTER);

export const aquilaLeavePairing = (): Uint8Array => line(3, TYPE_PAIR, PAIR_LEAVE);

/** Gives the device with that random id its address, and what it has to know of the network. */
export const aquilaPairResponse = (
  randomId: number,
  address: number,
  pan: number,
  key: Uint8Array,
): Uint8Array =>
  line(
    // The lengths are those of the gateway that the firmware was written with.
    7,
    TYPE_PAIR,
    PAIR_RESPONSE,
    PAIRING_ADDRESS,
    0,
    5 + key.length,
    TYPE_PAIR,
    randomId,
    address,
    pan,
    ...key,
  );
