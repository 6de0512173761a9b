/** What the LoRa modules of EBYTE have in common in both of their transmission modes. */
import { RawFramer } from '../framing/raw.js';
import { EBYTE_NORMAL_MODE, EBYTE_REFUSAL_OCTET, EBYTE_REFUSAL_OCTETS } from './ebyte-refusal.js';
import type { LinkHeader } from './link-header.js';
import type { ModemEffect } from './modem.js';
import type { Stream, StreamWatch } from './stream-modem.js';
import { airTimeWithMargin } from './timing.js';

export type EbyteFamily = 'e32' | 'e22' | 'e220';

/** Octets that a module puts into one packet on the air, by its register, the factory's first. */
export const EBYTE_SUB_PACKET_BYTES: Readonly<Record<EbyteFamily, readonly number[]>> = {
  e32: [58],
  e22: [240, 128, 64, 32],
  e220: [200, 128, 64, 32],
};

export interface EbyteSettings {
  header: LinkHeader;
  baudRate: number;
  family: EbyteFamily;
  /** As set in the module (REG1); what the factory has set unless given. Longer messages would be cut in two. */
  subPacketBytes?: number;
  /** The module appends an octet with the strength of each packet (E22 and E220: bit 7 of REG3). */
  rssiOctet?: boolean;
  /** A pause that no packet contains. */
  gapMs?: number;
}

/** USB adapters gather octets for up to 16 ms; with that, packets have no shorter pauses within. */
const GAP_MS_MIN = 30;
const GAP_OCTETS = 4;
const BITS_PER_OCTET = 10;

/** Messages on one line after the other can be longer than a packet, never longer than a short length says. */
const RECEIVED_BYTES_MAX = 255;

/** A packet's strength, if the module tells it: 256 less than the octet. */
const rssiOf = (octet: number) => ({ rssiDbm: octet - 256 });

/** All of the stream but its name and what goes out. */
export function ebyteStream(
  settings: EbyteSettings,
): Omit<Stream, 'name' | 'encode' | 'payloadBytesMax' | 'messageBytesMax'> {
  const { header, baudRate, rssiOctet = false } = settings;
  const octetsMs = Math.ceil((GAP_OCTETS * BITS_PER_OCTET * 1000) / baudRate);
  const gapMs = settings.gapMs ?? Math.max(GAP_MS_MIN, octetsMs);
  return {
    baudRate,
    header,
    framer: new RawFramer({
      messageBytesMax: RECEIVED_BYTES_MAX,
      gapMs,
      prefix: header.kind === 'radiohead' ? 'radiohead' : 'none',
      hasTrailer: rssiOctet,
    }),
    settleMs: airTimeWithMargin,
    signalOf: rssiOf,
    watch: new EbyteWatch(gapMs, rssiOctet),
  };
}

export function subPacketBytes({ family, subPacketBytes }: EbyteSettings): number {
  return subPacketBytes ?? EBYTE_SUB_PACKET_BYTES[family][0] ?? 0;
}

/** So many messages without the octet for their strength, and the module does not send it. */
const RSSI_MISSED_MAX = 3;

/** Sees that a module is in the wrong mode, or set otherwise than we are told. */
class EbyteWatch implements StreamWatch {
  readonly #gapMs: number;
  readonly #rssiOctet: boolean;
  /** Octets FF since the line was silent; NaN when there were others. */
  #ones = 0;
  #lastOctetAt = 0;
  #rssiMissed = 0;
  /** Told once, until a message shows that it is over. */
  #refusalTold = false;

  constructor(gapMs: number, rssiOctet: boolean) {
    this.#gapMs = gapMs;
    this.#rssiOctet = rssiOctet;
  }

  opened(): void {
    this.#ones = 0;
    this.#rssiMissed = 0;
    this.#refusalTold = false;
  }

  received(data: Uint8Array, now: number): ModemEffect[] {
    if (now - this.#lastOctetAt >= this.#gapMs) this.#ones = 0;
    this.#lastOctetAt = now;
    // A message never begins with three of them, so most chunks are done with at their first octet.
    for (const octet of data) {
      if (Number.isNaN(this.#ones)) break;
      this.#ones = octet === EBYTE_REFUSAL_OCTET ? this.#ones + 1 : Number.NaN;
    }
    if (this.#refusalTold || !(this.#ones >= EBYTE_REFUSAL_OCTETS)) return [];
    this.#refusalTold = true;
    const message = `the module answers FF FF FF, as in configuration mode: nothing goes out; ${EBYTE_NORMAL_MODE}`;
    return [{ kind: 'problem', code: 'MODEM_WRONG_MODE', message }];
  }

  understood(trailer: number | undefined): ModemEffect[] {
    this.#refusalTold = false;
    if (!this.#rssiOctet || trailer !== undefined) {
      this.#rssiMissed = 0;
      return [];
    }
    this.#rssiMissed++;
    if (this.#rssiMissed !== RSSI_MISSED_MAX) return [];
    const message =
      'messages come without the octet for their strength: switch it on in the module (bit 7 of REG3), or off in the configuration of the link; until then every message waits for a pause';
    return [{ kind: 'problem', code: 'MODEM_WRONG_MODE', message }];
  }
}
