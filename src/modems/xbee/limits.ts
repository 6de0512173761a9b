import { XBEE_LINE_BYTES_MAX } from '../../framing/xbee-frame.js';
import type { XbeeDialect } from './frames.js';
import type { XbeeModule } from './start-up.js';

/** What the firmware cuts into pieces at most, where fragments are allowed. */
const FRAGMENTED_BYTES_MAX = 255;
/** Zigbee without and with encryption; a broadcast names no destination and so has 8 octets more. */
const ZIGBEE_BYTES = { plain: 84, encrypted: 66 };
const ZIGBEE_BROADCAST_BONUS_BYTES = 8;
/** 802.15.4 of the first generation; later ones tell by NP. */
const IEEE802154_BYTES = { plain: 100, encrypted: 95 };
/** Headers of network and application layer: what Zigbee's payload lacks of the 100 octets of 802.15.4. */
const ZIGBEE_HEADER_BYTES = IEEE802154_BYTES.plain - ZIGBEE_BYTES.plain;

/** First octet of HV of the first generation, S1 and S1 PRO: it knows frames 00, 01, 80 and 81 alone. */
const FIRST_GENERATION = [0x17, 0x18];

export const nativeDialect = ({ hardware = 0 }: XbeeModule): XbeeDialect =>
  FIRST_GENERATION.includes(hardware >> 8) ? '802.15.4' : 'zigbee';

/** Longest message of one transmission. */
export function payloadBytesMax(
  module: XbeeModule,
  dialect: XbeeDialect,
  to: 'one' | 'everybody',
  fragment: boolean,
): number {
  const kind = module.encrypts ? 'encrypted' : 'plain';
  if (dialect === '802.15.4') return module.payloadBytesMax ?? IEEE802154_BYTES[kind];
  if (to === 'one' && fragment) return FRAGMENTED_BYTES_MAX;
  const bytes = module.payloadBytesMax ?? ZIGBEE_BYTES[kind];
  // Other values of NP are of networks with another header, of which no such rule is known.
  const isZigbee = bytes === ZIGBEE_BYTES.plain || bytes === ZIGBEE_BYTES.encrypted;
  return to === 'everybody' && isZigbee ? bytes + ZIGBEE_BROADCAST_BONUS_BYTES : bytes;
}

export const airBytes = (dialect: XbeeDialect, messageBytes: number): number =>
  dialect === 'zigbee' ? messageBytes + ZIGBEE_HEADER_BYTES : messageBytes;

/** An octet has ten bits on the line. */
const OCTET_MS_AT_ONE_BAUD = 10_000;
/** A busy machine reads late. */
const FRAME_TIMEOUT_MS_MIN = 250;

/** How long a frame may take from its first octet to its last: twice what the longest takes, and 50 ms. */
export const frameTimeoutMs = (baudRate: number): number =>
  Math.max(FRAME_TIMEOUT_MS_MIN, (2 * XBEE_LINE_BYTES_MAX * OCTET_MS_AT_ONE_BAUD) / baudRate + 50);
