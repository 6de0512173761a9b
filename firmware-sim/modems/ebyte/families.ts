/** EBYTE's module families, as far as they differ (modems.md 4.1 and 4.4). */
export type EbyteFamily = 'e22' | 'e220' | 'e32';

export interface FamilyFacts {
  /** By the two upper bits of REG1, the largest first; E32 has one. */
  subPacketBytes: readonly number[];
  /** Of the UART's buffer; what does not fit is lost. */
  bufferBytes: number;
  /** Where the registers are. */
  layout: RegisterLayout;
  /** At first, before address, channel and options. */
  registers: readonly number[];
  /** E32: bit 7 of OPTION; else bit 6 of REG3. */
  fixedBit: number;
  /** Bit 7 of REG3; E32 knows nothing of the kind. */
  rssiBit: number;
}

export interface RegisterLayout {
  addressHigh: number;
  addressLow: number;
  /** REG0, or SPED. */
  speed: number;
  /** REG1; E32 has none. */
  packet?: number;
  channel: number;
  /** REG3, or OPTION. */
  options: number;
  /** Encryption key: can be written, reads as zero. */
  writeOnlyFrom: number;
}

export const FAMILIES: Readonly<Record<EbyteFamily, FamilyFacts>> = {
  e22: {
    subPacketBytes: [240, 128, 64, 32],
    bufferBytes: 1000,
    layout: {
      addressHigh: 0,
      addressLow: 1,
      speed: 3,
      packet: 4,
      channel: 5,
      options: 6,
      writeOnlyFrom: 7,
    },
    registers: [0, 0, 0, 0x62, 0, 0, 0x03, 0, 0],
    fixedBit: 0x40,
    rssiBit: 0x80,
  },
  e220: {
    subPacketBytes: [200, 128, 64, 32],
    bufferBytes: 400,
    layout: {
      addressHigh: 0,
      addressLow: 1,
      speed: 2,
      packet: 3,
      channel: 4,
      options: 5,
      writeOnlyFrom: 6,
    },
    registers: [0, 0, 0x62, 0, 0, 0x03, 0, 0],
    fixedBit: 0x40,
    rssiBit: 0x80,
  },
  e32: {
    subPacketBytes: [58],
    bufferBytes: 512,
    layout: { addressHigh: 0, addressLow: 1, speed: 2, channel: 3, options: 4, writeOnlyFrom: 5 },
    registers: [0, 0, 0x1a, 0x17, 0x44],
    fixedBit: 0x80,
    rssiBit: 0,
  },
};
