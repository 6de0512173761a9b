/**
 * The registers of EBYTE modules and the commands that read and write them: spoken at 9600 baud in
 * configuration mode only. E22 and E220 share a language, with other numbers: E220 has no NETID, so all
 * that follows it is one lower. E32 has its own.
 */
import { EBYTE_SUB_PACKET_BYTES } from './ebyte.js';

const SAVE = 0xc0;
const READ = 0xc1;
const WRITE = 0xc2;
/** In front of a command to a module in normal mode. */
const IN_NORMAL_MODE = [0xc0, 0xc1, 0xc2, 0xc3];
/** Address, SPED, CHAN, OPTION of an E32 behind the command. */
const E32_PARAMETER_BYTES = 5;

export type RegisterFamily = 'e22' | 'e220';

/** Where a family has its settings. */
const REGISTERS = {
  e22: { reg0: 0x03, reg1: 0x04, channel: 0x05, reg3: 0x06, count: 9 },
  e220: { reg0: 0x02, reg1: 0x03, channel: 0x04, reg3: 0x05, count: 8 },
} as const;

const BAUD_RATES = [1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200];

export interface EbyteConfiguration {
  address: number;
  /** E22 only. */
  netId?: number;
  baudRate: number;
  /** Bits 0 to 2 of REG0; what they mean depends on the module. */
  airRateCode: number;
  subPacketBytes: number;
  /** The module measures the noise on its channel when asked. */
  noiseRssi: boolean;
  channel: number;
  /** An octet with its strength follows each packet. */
  rssiOctet: boolean;
  fixedTransmission: boolean;
  listenBeforeTalk: boolean;
}

/** Reads all that can be read. */
export function readCommand(family: RegisterFamily): Uint8Array {
  return Uint8Array.of(READ, 0, REGISTERS[family].count);
}

/** Writes registers from `start`; `lasting`: over the next power-off too. */
export function writeCommand(start: number, values: Uint8Array, lasting: boolean): Uint8Array {
  return Uint8Array.of(lasting ? SAVE : WRITE, start, values.length, ...values);
}

export function setChannelCommand(
  family: RegisterFamily,
  channel: number,
  lasting: boolean,
): Uint8Array {
  return writeCommand(REGISTERS[family].channel, Uint8Array.of(channel), lasting);
}

/** Asks for the noise on the channel, in normal mode; only a module with `noiseRssi` takes it for a question. */
export function noiseCommand(): Uint8Array {
  return Uint8Array.of(...IN_NORMAL_MODE, 0x00, 0x01);
}

export type EbyteAnswer =
  /** E22 and E220, to reading as to writing. */
  | { kind: 'registers'; start: number; values: Uint8Array }
  /** The command made no sense to the module. */
  | { kind: 'refused' };

/** A whole answer of an E22 or E220; undefined: it is none. */
export function parseAnswer(octets: Uint8Array): EbyteAnswer | undefined {
  if (octets.length === 3 && octets.every((octet) => octet === 0xff)) return { kind: 'refused' };
  if (octets[0] !== READ || octets.length < 4 || octets[2] !== octets.length - 3) return undefined;
  return { kind: 'registers', start: octets[1] as number, values: octets.slice(3) };
}

/** What the registers mean, given all of them from the first. */
export function configurationOf(
  family: RegisterFamily,
  registers: Uint8Array,
): EbyteConfiguration | undefined {
  const at = REGISTERS[family];
  if (registers.length <= at.reg3) return undefined;
  const register = (index: number): number => registers[index] as number;
  const [reg0, reg1, reg3] = [register(at.reg0), register(at.reg1), register(at.reg3)];
  return {
    address: (register(0) << 8) | register(1),
    ...(family === 'e22' ? { netId: register(2) } : {}),
    baudRate: BAUD_RATES[reg0 >>> 5] as number,
    airRateCode: reg0 & 0x07,
    subPacketBytes: EBYTE_SUB_PACKET_BYTES[family][reg1 >>> 6] as number,
    noiseRssi: (reg1 & 0x20) !== 0,
    channel: register(at.channel),
    rssiOctet: (reg3 & 0x80) !== 0,
    fixedTransmission: (reg3 & 0x40) !== 0,
    listenBeforeTalk: (reg3 & 0x10) !== 0,
  };
}

/** Strength of the noise, from the answer to `noiseCommand`. */
export function noiseDbm(answer: EbyteAnswer): number | undefined {
  if (answer.kind !== 'registers' || answer.start !== 0) return undefined;
  const [octet] = answer.values;
  return octet === undefined ? undefined : octet - 256;
}

export interface E32Parameters {
  address: number;
  /** Parity, baud rate and air rate. */
  sped: number;
  channel: number;
  option: number;
}

export function readE32Command(): Uint8Array {
  return Uint8Array.of(READ, READ, READ);
}

export function writeE32Command(
  { address, sped, channel, option }: E32Parameters,
  lasting: boolean,
): Uint8Array {
  return Uint8Array.of(lasting ? SAVE : WRITE, address >>> 8, address, sped, channel, option);
}

/** A whole answer of an E32; undefined: it is none. */
export function parseE32Answer(octets: Uint8Array): E32Parameters | undefined {
  if (octets[0] !== SAVE || octets.length !== 1 + E32_PARAMETER_BYTES) return undefined;
  const [, high, low, sped, channel, option] = octets as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { address: (high << 8) | low, sped, channel, option };
}
