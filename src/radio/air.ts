/** How long a frame is on the air, for each kind of radio that the gateway can be told of. */
import { type LoraSettings, loraTimeOnAirMs } from './lora.js';

export type AirInterface =
  | { kind: 'lora'; settings: LoraSettings }
  | {
      /** HC-12, RFM69 and the like. */
      kind: 'fsk';
      bitrateBps: number;
      /** Preamble, sync word, header and CRC of each frame. */
      overheadBytes: number;
    }
  | {
      /** 802.15.4 at 2.4 GHz: Zigbee and XBee. */
      kind: 'ieee802154';
      addressing: 'short' | 'long';
    }
  | {
      /** A radio whose manual tells no more than its throughput. */
      kind: 'rate';
      bytesPerSecond: number;
      /** What each frame costs beside its octets. */
      overheadMs: number;
    };

/** An octet of 802.15.4 at 250 kbit/s. */
const IEEE802154_BYTE_MS = 0.032;
/** Preamble, MAC header and check sum, with addresses of 16 and of 64 bits. */
const IEEE802154_OVERHEAD_MS = { short: 0.416, long: 0.8 };

/** `bytes`: everything that the modem sends for a message, as `airBytes` of its driver tells. */
export function airTimeMs(air: AirInterface, bytes: number): number {
  switch (air.kind) {
    case 'lora':
      return loraTimeOnAirMs(air.settings, bytes);
    case 'fsk':
      return (8000 * (air.overheadBytes + bytes)) / air.bitrateBps;
    case 'ieee802154':
      return IEEE802154_OVERHEAD_MS[air.addressing] + IEEE802154_BYTE_MS * bytes;
    case 'rate':
      return air.overheadMs + (1000 * bytes) / air.bytesPerSecond;
    default:
      return air satisfies never;
  }
}
