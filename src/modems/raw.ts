import { RawFramer } from '../framing/raw.js';
import type { ModemFacts } from './facts.js';
import type { LinkHeader } from './link-header.js';
import type { Modem } from './modem.js';
import { StreamModem } from './stream-modem.js';
import { settledAfterAirTime } from './timing.js';

/** Messages on the line as they are, as mqtt-sn-tools and most sketches for Arduino do it. */
export const facts = {
  name: 'raw',
  defaultBaudRate: 9600,
  hasAddresses: false,
  canBroadcast: true,
  confirms: false,
  probeIsSilent: true,
  signal: [],
} as const satisfies ModemFacts;

export interface RawSettings {
  header: LinkHeader;
  baudRate: number;
  /** Largest message in either direction, headers aside; above 255 both ends need the long length. */
  messageBytesMax: number;
  /** A pause that no message contains: what is there of one is discarded. Never below the latency of the USB adapter. */
  gapMs?: number;
}

/** What mqtt-sn-tools takes for the end of a message. */
const GAP_MS = 100;

export function createRaw({ header, baudRate, messageBytesMax, gapMs }: RawSettings): Modem {
  const framer = new RawFramer({
    messageBytesMax,
    gapMs: gapMs ?? GAP_MS,
    prefix: header.kind === 'radiohead' ? 'radiohead' : 'none',
    hasTrailer: false,
  });
  return new StreamModem({
    name: facts.name,
    baudRate,
    framer,
    header,
    encode: (payload) => payload,
    payloadBytesMax: Number.POSITIVE_INFINITY,
    messageBytesMax,
    settleMs: settledAfterAirTime,
  });
}
