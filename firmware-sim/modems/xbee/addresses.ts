import { crcX25 } from '../checksums.js';
import { hexOctets, toHex } from '../octets.js';

/** XBee's addresses as text: 16 upper-case digits of a serial number, or 4 of a network address (modems.md 3.2). */
export const BROADCAST_64 = '000000000000FFFF';
export const UNKNOWN_64 = 'FFFFFFFFFFFFFFFF';
export const UNKNOWN_16 = 'FFFE';
export const BROADCAST_16 = 'FFFF';
/** Zigbee: to all, to all that are awake, to all routers. */
const ZIGBEE_BROADCASTS: readonly string[] = ['FFFC', 'FFFD', UNKNOWN_16, BROADCAST_16];

export const isLong = (address: string): boolean => address.length > 4;

/** Which 16-bit address goes with which 64-bit address, as far as a module has learnt it. */
export class AddressBook {
  private readonly byLong = new Map<string, string>();
  private readonly known = new Set<string>();

  /** `networkAddresses`: where the addresses matter; the others are made of the serial number. */
  constructor(networkAddresses: Readonly<Record<string, string>>) {
    for (const [long, short] of Object.entries(networkAddresses)) {
      this.byLong.set(long.toUpperCase(), short.toUpperCase());
    }
  }

  shortOf(long: string): string {
    const given = this.byLong.get(long);
    if (given !== undefined) return given;
    // Below F000: none of the reserved ones.
    const short = toHex(
      Uint8Array.of((crcX25(hexOctets(long)) >> 8) & 0xef, crcX25(hexOctets(long)) & 0xff),
    );
    this.byLong.set(long, short);
    return short;
  }

  /** It has been heard or found. True: only now. */
  learn(long: string): boolean {
    const isNew = !this.known.has(long);
    this.known.add(long);
    this.shortOf(long);
    return isNew;
  }

  knows(long: string): boolean {
    return this.known.has(long);
  }

  longOf(short: string): string | undefined {
    for (const [long, candidate] of this.byLong) if (candidate === short) return long;
    return undefined;
  }

  /** Whom a transmit request 10 or 11 means: null everybody, undefined nobody that is known. */
  resolve(long: string, short: string): string | null | undefined {
    if (long === BROADCAST_64) return null;
    if (long !== UNKNOWN_64) return long;
    return ZIGBEE_BROADCASTS.includes(short) ? null : this.longOf(short);
  }
}
