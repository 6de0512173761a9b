import type { Framer } from '../framing/framed.js';
import type { ModemFacts } from './facts.js';
import type { LinkHeader } from './link-header.js';
import type { Modem } from './modem.js';
import { StreamModem } from './stream-modem.js';
import { settledAfterAirTime } from './timing.js';

/** Of the stream modems that put each message into a frame of its own. */
export interface FramedSettings {
  header: LinkHeader;
  baudRate: number;
  /** Largest message in either direction, headers and framing aside. */
  messageBytesMax: number;
}

export function framedFacts(name: string): ModemFacts {
  return {
    name,
    defaultBaudRate: 115_200,
    hasAddresses: false,
    canBroadcast: true,
    confirms: false,
    probeIsSilent: true,
    signal: [],
  };
}

/** Link header and forwarder's header in front of the largest message, at most. */
const HEADERS_BYTES_MAX = 4 + 255;

export function createFramed(
  name: string,
  createFramer: (frameBytesMax: number) => Framer,
  encode: (payload: Uint8Array) => Uint8Array,
  { header, baudRate, messageBytesMax }: FramedSettings,
): Modem {
  return new StreamModem({
    name,
    baudRate,
    framer: createFramer(HEADERS_BYTES_MAX + messageBytesMax),
    header,
    encode,
    payloadBytesMax: Number.POSITIVE_INFINITY,
    messageBytesMax,
    settleMs: settledAfterAirTime,
  });
}
