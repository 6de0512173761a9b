import { hexOctets, toHex } from '../octets.js';
import { type EbyteFamily, FAMILIES, type FamilyFacts } from './families.js';

export interface EbyteSettings {
  family?: EbyteFamily;
  channel?: number;
  /** One octet behind each packet tells how strong it was (modems.md 4.2). */
  rssiOctet?: boolean;
  /** Allows the host to ask for the ambient noise. */
  noiseRssi?: boolean;
  /** One of the family's sizes; the largest by default. */
  subPacketBytes?: number;
}

const NOISE_BIT = 0x20;
/** By bits 7 to 5 of REG0, or 5 to 3 of E32's SPED. */
const BAUD_RATES: readonly number[] = [1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200];

/** The registers of a module, the ones in force and the ones that a reset brings back. */
export class EbyteRegisters {
  private readonly facts: FamilyFacts;
  private readonly isE32: boolean;
  private readonly live: Uint8Array;
  private readonly saved: Uint8Array;

  constructor(settings: EbyteSettings & { isFixed: boolean; address?: string; baudRate?: number }) {
    const family = settings.family ?? 'e22';
    this.facts = FAMILIES[family];
    this.isE32 = family === 'e32';
    this.live = Uint8Array.from(this.facts.registers);
    const { layout } = this.facts;
    this.live.set(hexOctets((settings.address || '0').padStart(4, '0')), layout.addressHigh);
    this.live[layout.channel] = settings.channel ?? this.live[layout.channel] ?? 0;
    if (settings.isFixed) this.setBits(layout.options, this.facts.fixedBit);
    if (settings.rssiOctet === true) this.setBits(layout.options, this.facts.rssiBit);
    if (settings.noiseRssi === true && layout.packet !== undefined)
      this.setBits(layout.packet, NOISE_BIT);
    this.setSubPacket(settings.subPacketBytes);
    this.setBaudRate(settings.baudRate);
    this.saved = this.live.slice();
  }

  get address(): string {
    return toHex(this.live.slice(this.facts.layout.addressHigh, this.facts.layout.addressHigh + 2));
  }

  get channel(): number {
    return this.live[this.facts.layout.channel] ?? 0;
  }

  get isFixed(): boolean {
    return this.hasBits(this.facts.layout.options, this.facts.fixedBit);
  }

  get hasRssiOctet(): boolean {
    return this.hasBits(this.facts.layout.options, this.facts.rssiBit);
  }

  get hasNoiseRssi(): boolean {
    const { packet } = this.facts.layout;
    return packet !== undefined && this.hasBits(packet, NOISE_BIT);
  }

  get subPacketBytes(): number {
    const { packet } = this.facts.layout;
    const code = packet === undefined ? 0 : (this.live[packet] ?? 0) >> 6;
    return this.facts.subPacketBytes[code] ?? 0;
  }

  get baudRate(): number {
    const speed = this.live[this.facts.layout.speed] ?? 0;
    return BAUD_RATES[(speed >> this.baudShift) & 7] ?? 0;
  }

  get size(): number {
    return this.live.length;
  }

  /** Keys cannot be read. */
  read(start: number, length: number): Uint8Array {
    const { writeOnlyFrom } = this.facts.layout;
    return this.live
      .slice(start, start + length)
      .map((value, index) => (start + index < writeOnlyFrom ? value : 0));
  }

  write(start: number, values: Uint8Array, isSaved: boolean): void {
    this.live.set(values, start);
    if (isSaved) this.saved.set(values, start);
  }

  restore(): void {
    this.live.set(this.saved);
  }

  private get baudShift(): number {
    return this.isE32 ? 3 : 5;
  }

  private setSubPacket(bytes: number | undefined): void {
    if (bytes === undefined) return;
    const code = this.facts.subPacketBytes.indexOf(bytes);
    if (code === -1) throw new Error(`no sub-packet of ${bytes} octets in this family`);
    if (this.facts.layout.packet !== undefined) this.setBits(this.facts.layout.packet, code << 6);
  }

  private setBaudRate(baudRate: number | undefined): void {
    if (baudRate === undefined) return;
    const code = BAUD_RATES.indexOf(baudRate);
    if (code === -1) throw new Error(`no baud rate ${baudRate} in this family`);
    const { speed } = this.facts.layout;
    this.live[speed] =
      ((this.live[speed] ?? 0) & ~(7 << this.baudShift)) | (code << this.baudShift);
  }

  private setBits(at: number, bits: number): void {
    this.live[at] = (this.live[at] ?? 0) | bits;
  }

  private hasBits(at: number, bits: number): boolean {
    return ((this.live[at] ?? 0) & bits) !== 0;
  }
}
