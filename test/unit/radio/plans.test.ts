import { describe, expect, it } from 'vitest';
import {
  adviceOn,
  type AirUse,
  type Band,
  bandOf,
  freePlan,
  PLANS,
} from '../../../src/radio/plans.js';

const { EU868, EU433, US902 } = PLANS;
const kHz = 1000;
const MHz = 1_000_000;

function band(plan: typeof EU868, mhz: number, khz: number): Band {
  const { band: found, problem } = bandOf(plan, Math.round(mhz * MHz), khz * kHz);
  if (found === undefined) throw new Error(problem);
  return found;
}

const problem = (plan: typeof EU868, mhz: number, khz: number): string | undefined =>
  bandOf(plan, Math.round(mhz * MHz), khz * kHz).problem;

describe('EU868', () => {
  it.each([
    [863.0625, 125, 'K', 14, 0.001],
    [865.2, 125, 'L', 14, 0.01],
    [868.1, 125, 'M', 14, 0.01],
    [868.5, 125, 'M', 14, 0.01],
    [868.3, 250, 'M', 14, 0.01],
    [868.95, 500, 'N', 14, 0.001],
    [869.525, 125, 'P', 27, 0.1],
    [869.525, 250, 'P', 27, 0.1],
    [869.85, 125, 'Q', 14, 0.01],
  ])('%d MHz with %d kHz is in sub-band %s', (mhz, khz, name, maxErpDbm, dutyCycle) => {
    expect(band(EU868, mhz, khz)).toMatchObject({ name, maxErpDbm, dutyCycle });
  });

  it('has every frequency from 863 to 870 MHz in one sub-band', () => {
    const edges = EU868.bands.map(({ fromHz, toHz }) => [fromHz, toHz]);
    for (const [i, [, toHz]] of edges.entries()) expect(edges[i + 1]?.[0] ?? 870 * MHz).toBe(toHz);
    expect(edges[0]?.[0]).toBe(863 * MHz);
  });

  it.each([
    [868.65, 25, '868.650 MHz lies in 868.600–868.700 MHz, which EU868 keeps for alarms'],
    [869.3, 125, 'keeps for alarms'],
    [869.68, 10, 'keeps for alarms'],
    [
      868.55,
      125,
      '868.550 MHz with 125 kHz leaves sub-band M (868.000–868.600 MHz); the nearest frequency within is 868.5375 MHz',
    ],
    [868.05, 125, 'the nearest frequency within is 868.0625 MHz'],
    [869.525, 500, 'leaves sub-band P (869.400–869.650 MHz), which is only 250 kHz wide'],
    [870, 125, '870.000 MHz is outside of EU868, which is 863.000–870.000 MHz'],
    [433.5, 125, '433.500 MHz is outside of EU868'],
  ])('%d MHz with %d kHz is refused: %s', (mhz, khz, words) => {
    expect(problem(EU868, mhz, khz)).toContain(words);
  });
});

describe('EU433', () => {
  it('is one sub-band', () => {
    expect(band(EU433, 433.175, 125)).toMatchObject({ maxErpDbm: 10, dutyCycle: 0.1 });
    expect(problem(EU433, 868.1, 125)).toContain('outside of EU433, which is 433.050–434.790 MHz');
  });
});

describe('a plan of one’s own', () => {
  it('has one duty cycle everywhere, or none', () => {
    expect(band(freePlan(0.05), 2400, 1000).dutyCycle).toBe(0.05);
    expect(band(freePlan(null), 1, 1).dutyCycle).toBeNull();
  });

  it('has the sub-bands that are named; of two that overlap the first that holds the channel', () => {
    const one = { name: 'a', fromHz: 100, toHz: 200, maxErpDbm: null, dutyCycle: 0.01 };
    const plan = freePlan([
      one,
      { ...one, name: 'b', fromHz: 150, toHz: 400 },
      { ...one, name: 'c', fromHz: 500, toHz: 600 },
    ]);
    expect(bandOf(plan, 160, 20).band?.name).toBe('a');
    expect(bandOf(plan, 190, 40).band?.name).toBe('b');
    expect(bandOf(plan, 450, 10).problem).toContain(
      'outside of free, which is 0.0001–0.0004 MHz, 0.0005–0.0006 MHz',
    );
  });
});

describe('advice', () => {
  const p = band(EU868, 869.525, 125);
  const us = band(US902, 915, 500);
  const on = (plan: typeof EU868, used: Band, use: Partial<AirUse>): string[] =>
    adviceOn(plan, used, { bandwidthHz: 125 * kHz, ...use });

  it('on power counts the antenna', () => {
    expect(on(EU868, p, { powerDbm: 27 })).toEqual([]);
    expect(on(EU868, p, { powerDbm: 30, antennaGainDbi: -1 })).toEqual([]);
    expect(on(EU868, p, { powerDbm: 27, antennaGainDbi: 5 })).toEqual([
      '27 dBm with an antenna of 5 dBi is 29.85 dBm ERP; sub-band P allows 27 dBm: set the power to 24.15 dBm',
    ]);
    expect(on(EU868, band(EU868, 868.1, 125), { powerDbm: 20 })).toHaveLength(1);
    expect(on(EU868, p, {})).toEqual([]);
    expect(on(freePlan(null), band(freePlan(null), 1, 1), { powerDbm: 40 })).toEqual([]);
  });

  it('on one channel in the US: only 500 kHz is simply legal', () => {
    expect(on(US902, us, { bandwidthHz: 500 * kHz, powerDbm: 22, longestFrameMs: 900 })).toEqual(
      [],
    );
    expect(on(US902, us, {})).toEqual([
      expect.stringContaining('hopping over 50 channels; 15.249 allows -1.25 dBm EIRP: use'),
    ]);
    expect(on(US902, us, { bandwidthHz: 250 * kHz })).toEqual([
      expect.stringContaining('over 25 channels'),
    ]);
    expect(on(US902, us, { powerDbm: 20 })).toEqual([
      expect.stringContaining('-1.25 dBm EIRP, not 22.15 dBm'),
    ]);
    expect(on(US902, us, { powerDbm: -10 })).toEqual([
      expect.stringContaining('-1.25 dBm EIRP: use'),
    ]);
  });

  it('on the dwell time in the US', () => {
    expect(on(US902, us, { longestFrameMs: 370.688 })).toHaveLength(1);
    expect(on(US902, us, { longestFrameMs: 411.648 })[1]).toContain(
      'a frame of 411.65 ms stays longer than the 400 ms',
    );
  });

  it('on a strong antenna in the US: each dB beyond 6 dBi costs one', () => {
    expect(on(US902, us, { bandwidthHz: 500 * kHz, powerDbm: 30, antennaGainDbi: 6 })).toEqual([]);
    expect(on(US902, us, { bandwidthHz: 500 * kHz, powerDbm: 30, antennaGainDbi: 9 })).toEqual([
      '30 dBm with an antenna of 9 dBi: 15.247 allows 27 dBm at its connector',
    ]);
  });
});
