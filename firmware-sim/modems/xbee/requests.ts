import { toHex } from '../octets.js';
import { BROADCAST_16, BROADCAST_64 } from './addresses.js';

/** Frames of the host that ask for a transmission (modems.md 3.2), taken apart. */
export interface TransmitRequest {
  dialect: 'zigbee' | 'legacy';
  /** 0: no report is wanted. */
  id: number;
  /** 64 bits, or 16 in a frame 01. */
  to: string;
  /** Of a frame 10 or 11; the other dialect has one address only. */
  shortTo: string;
  isBroadcast: boolean;
  wantsAcknowledgement: boolean;
  payload: Uint8Array;
}

const DISABLE_ACK = 0x01;

/** Undefined for any other frame, and for one that is too short. */
export function parseTransmitRequest(data: Uint8Array): TransmitRequest | undefined {
  switch (data[0]) {
    case 0x10:
      return request('zigbee', data, { addressBytes: 8, optionsAt: 13 });
    case 0x11:
      return request('zigbee', data, { addressBytes: 8, optionsAt: 19 });
    case 0x00:
      return request('legacy', data, { addressBytes: 8, optionsAt: 10 });
    case 0x01:
      return request('legacy', data, { addressBytes: 2, optionsAt: 4 });
    default:
      return undefined;
  }
}

/** Behind type and frame id. */
const ADDRESS_AT = 2;

function request(
  dialect: TransmitRequest['dialect'],
  data: Uint8Array,
  layout: { addressBytes: number; optionsAt: number },
): TransmitRequest | undefined {
  const options = data[layout.optionsAt];
  const id = data[1];
  if (options === undefined || id === undefined) return undefined;
  const addressEnd = ADDRESS_AT + layout.addressBytes;
  const to = toHex(data.slice(ADDRESS_AT, addressEnd));
  return {
    dialect,
    id,
    to,
    shortTo: toHex(data.slice(addressEnd, addressEnd + 2)),
    isBroadcast: to === BROADCAST_64 || to === BROADCAST_16,
    wantsAcknowledgement: (options & DISABLE_ACK) === 0,
    payload: data.slice(layout.optionsAt + 1),
  };
}
