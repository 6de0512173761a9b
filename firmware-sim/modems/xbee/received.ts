import type { AirFrame } from '../../air.js';
import { concat, hexOctets } from '../octets.js';
import { type AddressBook, isLong, UNKNOWN_16, UNKNOWN_64 } from './addresses.js';
import type { FirmwareFacts } from './firmware.js';

/** What AO chooses (modems.md 3.3): 90, 91, or the 80 and 81 of the first generation. */
const EXPLICIT = 1;
const LEGACY = 2;

const ACKNOWLEDGED = 0x01;
const WAS_BROADCAST = 0x02;
/** Endpoints E8, cluster 0011, profile C105: Digi's own for data. */
const DATA_ENDPOINTS = hexOctets('E8E80011C105');

/** The frame data in which a module hands a packet to its host. */
export function receivedFrame(
  frame: AirFrame,
  rssiDbm: number,
  facts: FirmwareFacts,
  outputMode: number,
  book: AddressBook,
): Uint8Array {
  const isLegacy = !facts.speaksTransmitRequest || (facts.speaksLegacy && outputMode === LEGACY);
  const from = frame.from.toUpperCase();
  if (isLegacy) {
    const acknowledged = facts.marksAcknowledged ? ACKNOWLEDGED : 0;
    const options = frame.to === null ? WAS_BROADCAST : acknowledged;
    const head = [isLong(from) ? 0x80 : 0x81];
    return concat(head, hexOctets(from), [magnitude(rssiDbm), options], frame.payload);
  }
  const options = [frame.to === null ? WAS_BROADCAST : ACKNOWLEDGED];
  const addresses = hexOctets(bothAddresses(from, facts, book));
  if (outputMode === EXPLICIT)
    return concat([0x91], addresses, DATA_ENDPOINTS, options, frame.payload);
  return concat([0x90], addresses, options, frame.payload);
}

/** RSSI on the line is the number of dBm below zero. */
export function magnitude(rssiDbm: number): number {
  return Math.min(0xff, Math.max(0, Math.round(-rssiDbm)));
}

function bothAddresses(from: string, facts: FirmwareFacts, book: AddressBook): string {
  if (!isLong(from)) return UNKNOWN_64 + from;
  return from + (facts.isZigbee ? book.shortOf(from) : UNKNOWN_16);
}
