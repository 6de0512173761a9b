import { fromHex } from '../octets.js';

/** The settings of REYAX modules (modems.md 6.2). */
export type RylrModel = 'RYLR998' | 'RYLR896';

/** Codes behind `+ERR=` (6.2). */
export const ERROR = {
  noLineEnd: 1,
  noHead: 2,
  unknownCommand: 4,
  lengthMismatch: 5,
  tooLong: 13,
  unknown: 15,
  stillTransmitting: 17,
  preamble: 18,
  smartReceiveTime: 20,
} as const;

/** 0: the value is good. */
type Check = (value: string) => number;

interface Parameter {
  initial: string;
  check: Check;
  /** It is in the flash memory, so a reset leaves it. */
  isSaved: boolean;
}

const verdict = (isGood: boolean): number => (isGood ? 0 : ERROR.unknown);

const isBetween = (text: string | undefined, min: number, max: number): boolean =>
  text !== undefined && /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max;

/** Largest spreading factor by code of the bandwidth: 7 is 125 kHz. */
const SPREADING_FACTOR_MAX: Readonly<Record<string, number>> = { '7': 9, '8': 10, '9': 11 };

const checkRylr998 = (value: string): number => {
  const [spreadingFactor, bandwidth = '', codingRate, preamble, ...rest] = value.split(',');
  const max = SPREADING_FACTOR_MAX[bandwidth];
  if (max === undefined || !isBetween(spreadingFactor, 5, max)) return ERROR.unknown;
  if (!isBetween(codingRate, 1, 4) || rest.length > 0) return ERROR.unknown;
  return isBetween(preamble, 4, 24) ? 0 : ERROR.preamble;
};

const checkRylr896 = (value: string): number => {
  const [spreadingFactor, bandwidth, codingRate, preamble, ...rest] = value.split(',');
  if (!isBetween(spreadingFactor, 7, 12) || !isBetween(bandwidth, 0, 9)) return ERROR.unknown;
  if (!isBetween(codingRate, 1, 4) || rest.length > 0) return ERROR.unknown;
  return isBetween(preamble, 4, 7) ? 0 : ERROR.preamble;
};

const checkMode: Check = (value) => {
  const [mode, ...times] = value.split(',');
  if (mode !== '2') return verdict(isBetween(mode, 0, 1) && times.length === 0);
  const areGood = times.length === 2 && times.every((time) => isBetween(time, 30, 60_000));
  return areGood ? 0 : ERROR.smartReceiveTime;
};

export function parametersOf(model: RylrModel): ReadonlyMap<string, Parameter> {
  const is998 = model === 'RYLR998';
  const isNetwork: Check = (value) =>
    verdict(is998 ? isBetween(value, 3, 15) || value === '18' : isBetween(value, 0, 16));
  const keyDigits = is998 ? 8 : 32;
  return new Map([
    [
      'ADDRESS',
      { initial: '0', isSaved: true, check: (value) => verdict(isBetween(value, 0, 65_535)) },
    ],
    ['NETWORKID', { initial: is998 ? '18' : '0', isSaved: true, check: isNetwork }],
    [
      'BAND',
      {
        initial: '915000000',
        isSaved: false,
        check: (value) => verdict(isBetween(value, 820_000_000, 1_020_000_000)),
      },
    ],
    [
      'PARAMETER',
      is998
        ? { initial: '9,7,1,12', isSaved: false, check: checkRylr998 }
        : { initial: '12,7,1,4', isSaved: false, check: checkRylr896 },
    ],
    [
      'CRFOP',
      {
        initial: is998 ? '22' : '15',
        isSaved: false,
        check: (value) => verdict(isBetween(value, 0, is998 ? 22 : 15)),
      },
    ],
    [
      'IPR',
      {
        initial: '115200',
        isSaved: true,
        check: (value) => verdict(isBetween(value, 300, 115_200)),
      },
    ],
    ['MODE', { initial: '0', isSaved: false, check: checkMode }],
    [
      'CPIN',
      {
        initial: '0'.repeat(keyDigits),
        isSaved: true,
        check: (value) => verdict(value.length === keyDigits && fromHex(value) !== undefined),
      },
    ],
  ]);
}
