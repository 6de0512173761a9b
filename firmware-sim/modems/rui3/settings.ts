import { fromHex } from '../octets.js';

/** The settings of RUI3's P2P mode (modems.md 6.1): all survive a reset. */
type Check = (value: string) => boolean;

interface Parameter {
  initial: string;
  isValid: Check;
}

const FLAG: Parameter = { initial: '0', isValid: (value) => value === '0' || value === '1' };

const hexDigits =
  (...counts: number[]): Check =>
  (value) =>
    counts.includes(value.length) && fromHex(value) !== undefined;

const isBetween = (text: string | undefined, min: number, max: number): boolean =>
  text !== undefined && /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max;

const BANDWIDTH_CODE_MAX = 9;
const BANDWIDTHS_KHZ: readonly string[] = ['125', '250', '500'];

/** Hz : SF : BW : CR : preamble : dBm. */
const isP2p: Check = (value) => {
  const [frequency, spreadingFactor, bandwidth, codingRate, preamble, power, ...rest] =
    value.split(':');
  const isBandwidth =
    isBetween(bandwidth, 0, BANDWIDTH_CODE_MAX) || BANDWIDTHS_KHZ.includes(bandwidth ?? '');
  return (
    rest.length === 0 &&
    isBetween(frequency, 150_000_000, 960_000_000) &&
    isBetween(spreadingFactor, 5, 12) &&
    isBandwidth &&
    isBetween(codingRate, 0, 3) &&
    isBetween(preamble, 5, 65_535) &&
    isBetween(power, 5, 22)
  );
};

export const PARAMETERS: ReadonlyMap<string, Parameter> = new Map([
  ['P2P', { initial: '868000000:7:0:0:8:14', isValid: isP2p }],
  ['SYNCWORD', { initial: '3444', isValid: hexDigits(4) }],
  ['IQINVER', FLAG],
  ['PCRYPT', FLAG],
  ['PCAD', FLAG],
  ['PKEY', { initial: '0'.repeat(32), isValid: hexDigits(16, 32) }],
  ['PIV', { initial: '0'.repeat(32), isValid: hexDigits(16, 32) }],
]);
