/**
 * What the law of a region allows on a frequency, as engineering notes and not as legal advice:
 * EN 300 220-2 V3.2.1 with the Commission's decision on short-range devices, and 47 CFR 15.247 and 15.249.
 *
 * A duty cycle counts for one transmitter and one sub-band, over any hour. So each modem has an
 * allowance of its own, also where two are on the same frequency.
 */

export interface Band {
  /** The letter of EN 300 220-2 where there is one. */
  name: string;
  fromHz: number;
  toHz: number;
  /** null: the plan names none. */
  maxErpDbm: number | null;
  /** Share of any hour that one transmitter may be on the air; null: no limit. */
  dutyCycle: number | null;
  /** Nobody may use it for data; what it is kept for. */
  keptFor?: string;
}

export interface Plan {
  name: string;
  bands: readonly Band[];
  /** Rules beyond power and duty cycle. */
  rules: 'none' | 'fcc';
}

const mega = (mhz: number): number => Math.round(mhz * 1e6);

function band(
  name: string,
  [fromMhz, toMhz]: readonly [number, number],
  maxErpDbm: number,
  dutyCycle: number | null,
): Band {
  return { name, fromHz: mega(fromMhz), toHz: mega(toMhz), maxErpDbm, dutyCycle };
}

const alarms = (fromMhz: number, toMhz: number): Band => ({
  ...band('alarms', [fromMhz, toMhz], 0, 0),
  keptFor: 'alarms',
});

/** 863 to 870 MHz without listen-before-talk. */
const EU868: Plan = {
  name: 'EU868',
  rules: 'none',
  bands: [
    band('K', [863, 865], 14, 0.001),
    band('L', [865, 868], 14, 0.01),
    band('M', [868, 868.6], 14, 0.01),
    alarms(868.6, 868.7),
    band('N', [868.7, 869.2], 14, 0.001),
    alarms(869.2, 869.4),
    band('P', [869.4, 869.65], 27, 0.1),
    alarms(869.65, 869.7),
    band('Q', [869.7, 870], 14, 0.01),
  ],
};

const EU433: Plan = {
  name: 'EU433',
  rules: 'none',
  bands: [band('433', [433.05, 434.79], 10, 0.1)],
};

/** Power depends on the bandwidth there: `adviceOn` tells. */
const US902: Plan = {
  name: 'US902',
  rules: 'fcc',
  bands: [{ ...band('915', [902, 928], 0, null), maxErpDbm: null }],
};

export const PLANS = { EU868, EU433, US902 } as const satisfies Record<string, Plan>;

/** Everywhere else: sub-bands as they are there, or one duty cycle for every frequency; null: no limit. */
export function freePlan(limits: readonly Band[] | number | null): Plan {
  const everywhere = { name: 'all', fromHz: 0, toHz: Number.POSITIVE_INFINITY, maxErpDbm: null };
  const isList = typeof limits === 'object' && limits !== null;
  const bands = isList ? limits : [{ ...everywhere, dutyCycle: limits }];
  return { name: 'free', rules: 'none', bands };
}

/** Whose law holds unless one is told: sub-bands that nobody may use belong to their region, too. */
export const planAround = (frequencyHz: number): Plan | undefined =>
  Object.values(PLANS).find(({ bands }) =>
    bands.some(({ fromHz, toHz }) => frequencyHz >= fromHz && frequencyHz < toHz),
  );

export type BandSearch = { band: Band; problem?: never } | { band?: never; problem: string };

/** The first sub-band that holds the whole occupied bandwidth; otherwise what is wrong with the frequency. */
export function bandOf(plan: Plan, frequencyHz: number, bandwidthHz: number): BandSearch {
  const here = megahertz(frequencyHz);
  const around = plan.bands.filter(
    ({ fromHz, toHz }) => frequencyHz >= fromHz && frequencyHz < toHz,
  );
  const half = bandwidthHz / 2;
  const fits = around.find(
    ({ fromHz, toHz, keptFor }) =>
      keptFor === undefined && frequencyHz - half >= fromHz && frequencyHz + half <= toHz,
  );
  if (fits !== undefined) return { band: fits };
  const [nearby] = around;
  if (nearby === undefined) {
    const ranges = merged(plan.bands).map(rangeText).join(', ');
    return { problem: `${here} is outside of ${plan.name}, which is ${ranges}` };
  }
  const { name, fromHz, toHz, keptFor } = nearby;
  if (keptFor !== undefined) {
    return {
      problem: `${here} lies in ${rangeText(nearby)}, which ${plan.name} keeps for ${keptFor}`,
    };
  }
  const leaves = `${here} with ${bandwidthHz / 1000} kHz leaves sub-band ${name} (${rangeText(nearby)})`;
  if (toHz - fromHz < bandwidthHz) {
    return { problem: `${leaves}, which is only ${(toHz - fromHz) / 1000} kHz wide` };
  }
  const nearestHz = frequencyHz - half < fromHz ? fromHz + half : toHz - half;
  return { problem: `${leaves}; the nearest frequency within is ${megahertz(nearestHz)}` };
}

/** How a modem uses its frequency. */
export interface AirUse {
  bandwidthHz: number;
  /** At the antenna connector. */
  powerDbm?: number;
  /** A half-wave dipole unless told: then ERP is the power at the connector. */
  antennaGainDbi?: number;
  /** Of the longest frame that it sends. */
  longestFrameMs?: number;
}

/** A dipole radiates this much more into its best direction than a point would; ERP is measured against it. */
const DIPOLE_DBI = 2.15;

/** 47 CFR 15.247: from this bandwidth on a channel counts as digital modulation, without hopping and dwell time. */
const FCC_WIDE_HZ = 500_000;
/** 15.247: one watt at the connector, with an antenna of at most 6 dBi. */
const FCC_POWER_DBM = 30;
const FCC_GAIN_DBI = 6;
/** 15.249: 50 mV/m at 3 m, as EIRP. */
const FCC_NARROW_EIRP_DBM = -1.25;
/** 15.247: the longest stay on one channel of those who hop. */
const FCC_DWELL_MS = 400;

/** What is not legal with these settings, or not certainly: sentences for an operator. */
export function adviceOn(plan: Plan, used: Band, use: AirUse): string[] {
  const { powerDbm, antennaGainDbi = DIPOLE_DBI } = use;
  const advice = plan.rules === 'fcc' ? fccAdvice(use, antennaGainDbi) : [];
  if (powerDbm === undefined || used.maxErpDbm === null) return advice;
  const erpDbm = rounded(powerDbm - DIPOLE_DBI + antennaGainDbi);
  if (erpDbm <= used.maxErpDbm) return advice;
  return [
    ...advice,
    `${powerDbm} dBm with an antenna of ${antennaGainDbi} dBi is ${erpDbm} dBm ERP; ` +
      `sub-band ${used.name} allows ${used.maxErpDbm} dBm: set the power to ` +
      `${rounded(used.maxErpDbm + DIPOLE_DBI - antennaGainDbi)} dBm`,
  ];
}

function fccAdvice(
  { bandwidthHz, powerDbm, longestFrameMs }: AirUse,
  antennaGainDbi: number,
): string[] {
  if (bandwidthHz >= FCC_WIDE_HZ) {
    const most = rounded(FCC_POWER_DBM - Math.max(antennaGainDbi - FCC_GAIN_DBI, 0));
    if (powerDbm === undefined || powerDbm <= most) return [];
    return [
      `${powerDbm} dBm with an antenna of ${antennaGainDbi} dBi: 15.247 allows ${most} dBm at its connector`,
    ];
  }
  const eirpDbm = powerDbm === undefined ? undefined : rounded(powerDbm + antennaGainDbi);
  const power =
    eirpDbm !== undefined && eirpDbm > FCC_NARROW_EIRP_DBM ? `, not ${eirpDbm} dBm` : '';
  const advice = [
    `one channel of ${bandwidthHz / 1000} kHz is not covered by 15.247, which wants hopping over ` +
      `${bandwidthHz < FCC_WIDE_HZ / 2 ? 50 : 25} channels; 15.249 allows ${FCC_NARROW_EIRP_DBM} dBm EIRP${power}: ` +
      'use a bandwidth of 500 kHz',
  ];
  if (longestFrameMs !== undefined && longestFrameMs > FCC_DWELL_MS) {
    advice.push(
      `a frame of ${rounded(longestFrameMs)} ms stays longer than the ${FCC_DWELL_MS} ms that 15.247 ` +
        'allows on a channel below 500 kHz, even with hopping',
    );
  }
  return advice;
}

/** Neighbouring bands as one, so that a plan is named in a few words. */
function merged(bands: readonly Band[]): { fromHz: number; toHz: number }[] {
  const ranges: { fromHz: number; toHz: number }[] = [];
  for (const { fromHz, toHz } of [...bands].sort((a, b) => a.fromHz - b.fromHz)) {
    const last = ranges.at(-1);
    if (last !== undefined && last.toHz >= fromHz) last.toHz = Math.max(last.toHz, toHz);
    else ranges.push({ fromHz, toHz });
  }
  return ranges;
}

/** `869.525 MHz`: three digits at least, as frequencies are written. */
const megahertz = (hz: number): string => `${digits(hz)} MHz`;

export const rangeText = ({ fromHz, toHz }: { fromHz: number; toHz: number }): string =>
  `${digits(fromHz)}–${digits(toHz)} MHz`;

function digits(hz: number): string {
  const [whole = '', fraction = ''] = `${hz / 1e6}`.split('.');
  return `${whole}.${fraction.padEnd(3, '0')}`;
}

/** Powers and times are told to two digits. */
const rounded = (value: number): number => Math.round(value * 100) / 100;
