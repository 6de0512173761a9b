import { fromText, hexOctets } from '../octets.js';

/** `802.15.4`: S2C and XBee 3, which speak both dialects (modems.md 3.3); `802.15.4-s1`: the first generation. */
export type XBeeFirmware = 'zigbee' | '802.15.4' | '802.15.4-s1';

export interface FirmwareFacts {
  isZigbee: boolean;
  /** Whether it takes the frames 10 and 11, and gives 90 and 91. */
  speaksTransmitRequest: boolean;
  /** Whether it takes the frames 00 and 01, and gives 80 and 81. */
  speaksLegacy: boolean;
  /** Newer 802.15.4 firmware sets bit 0 of the options when it has acknowledged (3.2). */
  marksAcknowledged: boolean;
  /** Largest payload of a unicast; Zigbee cuts it into fragments (3.5). */
  unicastBytesMax: number;
  broadcastBytesMax: number;
}

export const FIRMWARE: Readonly<Record<XBeeFirmware, FirmwareFacts>> = {
  zigbee: {
    isZigbee: true,
    speaksTransmitRequest: true,
    speaksLegacy: false,
    marksAcknowledged: true,
    unicastBytesMax: 255,
    broadcastBytesMax: 92,
  },
  '802.15.4': {
    isZigbee: false,
    speaksTransmitRequest: true,
    speaksLegacy: true,
    marksAcknowledged: true,
    unicastBytesMax: 102,
    broadcastBytesMax: 102,
  },
  '802.15.4-s1': {
    isZigbee: false,
    speaksTransmitRequest: false,
    speaksLegacy: true,
    marksAcknowledged: false,
    unicastBytesMax: 100,
    broadcastBytesMax: 100,
  },
};

/** A register of the AT commands: numbers have a fixed width, most may be set. */
export interface RegisterFacts {
  initial: Uint8Array;
  isReadOnly?: boolean;
  /** Of a register of up to four octets. */
  max?: number;
  /** It holds text, of any length up to 20. */
  isText?: boolean;
}

/** The registers that a host may want to see or set; a module has many more. */
export function registersOf(firmware: XBeeFirmware): ReadonlyMap<string, RegisterFacts> {
  const registers: [string, RegisterFacts][] = [
    ['AP', { initial: hexOctets('00'), max: 2 }],
    ['BD', { initial: hexOctets('00000003') }],
    ['RO', { initial: hexOctets('03') }],
    ['GT', { initial: hexOctets('03E8'), max: 0x0ce4 }],
    ['CT', { initial: hexOctets('0064') }],
    ['CC', { initial: fromText('+') }],
    ['SH', { initial: hexOctets('0013A200'), isReadOnly: true }],
    ['SL', { initial: hexOctets('40A1B2C3'), isReadOnly: true }],
    ['MY', { initial: hexOctets('FFFE'), isReadOnly: firmware === 'zigbee' }],
    ['DH', { initial: hexOctets('00000000') }],
    ['DL', { initial: hexOctets('00000000') }],
    ['CH', { initial: hexOctets('0C') }],
    ['DB', { initial: hexOctets('00'), isReadOnly: true }],
    ['AI', { initial: hexOctets('00'), isReadOnly: true }],
    ['VR', { initial: VERSIONS[firmware], isReadOnly: true }],
    ['HV', { initial: HARDWARE[firmware], isReadOnly: true }],
    ['NI', { initial: fromText(' '), isText: true }],
    ['EE', { initial: hexOctets('00'), max: 1 }],
    ['CE', { initial: hexOctets('00'), max: 1 }],
    ['D6', { initial: hexOctets('00'), max: 5 }],
    ['D7', { initial: hexOctets('01'), max: 7 }],
    ['NT', { initial: hexOctets('3C') }],
  ];
  if (firmware === 'zigbee') {
    registers.push(
      ['AO', { initial: hexOctets('00'), max: 3 }],
      // Payload of a unicast without encryption (3.5).
      ['NP', { initial: hexOctets('0054'), isReadOnly: true }],
      ['ID', { initial: hexOctets('0000000000000000') }],
      ['OP', { initial: hexOctets('00000000000A11CE'), isReadOnly: true }],
      ['NH', { initial: hexOctets('1E') }],
      ['SP', { initial: hexOctets('0020') }],
    );
  } else {
    registers.push(
      ['ID', { initial: hexOctets('3332') }],
      ['MM', { initial: hexOctets('00'), max: 3 }],
    );
  }
  if (firmware === '802.15.4') {
    registers.push(
      ['AO', { initial: hexOctets('02'), max: 2 }],
      ['NP', { initial: hexOctets('0066'), isReadOnly: true }],
    );
  }
  return new Map(registers);
}

const VERSIONS: Readonly<Record<XBeeFirmware, Uint8Array>> = {
  zigbee: hexOctets('4061'),
  '802.15.4': hexOctets('2003'),
  '802.15.4-s1': hexOctets('10EF'),
};

const HARDWARE: Readonly<Record<XBeeFirmware, Uint8Array>> = {
  zigbee: hexOctets('2E48'),
  '802.15.4': hexOctets('2E48'),
  '802.15.4-s1': hexOctets('180B'),
};
