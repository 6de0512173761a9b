/** Two radios with modems at ptys: one slow, with a law that binds it, and one that is fast. */
import { FIELD_KINDS, type FieldKind } from '../radio/kinds.js';

const SPREADING_FACTOR = 7;
const BANDWIDTH_HZ = 125_000;

/** The sub-band with the most air: a tenth of each hour. */
const LORA: FieldKind = {
  ...FIELD_KINDS.rui3,
  link: {
    ...FIELD_KINDS.rui3.link,
    radio: {
      frequency: '869.525MHz',
      spreading_factor: SPREADING_FACTOR,
      bandwidth: BANDWIDTH_HZ,
      region: 'EU868',
    },
  },
  air: {
    kind: 'lora',
    spreadingFactor: SPREADING_FACTOR,
    bandwidthHz: BANDWIDTH_HZ,
    codingRate: 5,
    preambleSymbols: 8,
    explicitHeader: true,
    crc: true,
  },
};

export interface RadioPlan {
  link: 'field' | 'building';
  kind: FieldKind;
  /** Of a thousand devices. */
  share: number;
  /** What devices of this radio can afford. */
  pauseMs: readonly [number, number];
  /** T_retry. */
  retryMs: number;
  /** Messages to devices of this link in a second. */
  downlinksPerSec: number;
  hearsAll: boolean;
  /** Of any hour, on the air; absent: the law does not say. */
  limitMs?: number;
}

export const RADIOS: readonly RadioPlan[] = [
  {
    link: 'field',
    kind: LORA,
    share: 8,
    pauseMs: [15_000, 40_000],
    retryMs: 4000,
    downlinksPerSec: 0.1,
    hearsAll: false,
    limitMs: 360_000,
  },
  {
    link: 'building',
    kind: FIELD_KINDS.xbee,
    share: 20,
    pauseMs: [6000, 18_000],
    retryMs: 2000,
    downlinksPerSec: 1.5,
    hearsAll: true,
  },
];
