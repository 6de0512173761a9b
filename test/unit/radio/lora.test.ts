import { describe, expect, it } from 'vitest';
import {
  loraProblems,
  type LoraSettings,
  loraSymbolMs,
  loraSymbols,
  loraTimeOnAirMs,
} from '../../../src/radio/lora.js';
import { lora } from '../../support/radio/lora-settings.js';

/** The table of the notes on radio modems; C and P are published figures, the rest follows AN1200.13. */
const TABLE: [string, Partial<LoraSettings>, bytes: number, symbols: number, ms: number][] = [
  ['A PINGREQ', { spreadingFactor: 7 }, 2, 18, 30.976],
  ['B PUBLISH of 11 octets', { spreadingFactor: 7 }, 11, 28, 41.216],
  ['C CONNECT of 13 octets', {}, 13, 28, 164.864],
  ['D PUBLISH of 60 octets', {}, 60, 78, 369.664],
  ['E PUBLISH of 60 octets', { spreadingFactor: 12 }, 60, 68, 2629.632],
  [
    'F the same, robust',
    { spreadingFactor: 12, codingRate: 8, preambleSymbols: 12 },
    60,
    104,
    3940.352,
  ],
  ['G PUBLISH of 200 octets, fast', { spreadingFactor: 7, bandwidthHz: 500_000 }, 200, 298, 79.424],
  ['H RYLR998 by default, 48 + 8 octets', { preambleSymbols: 12 }, 56, 73, 365.568],
  ['I LoRaLink, 11 + 9 octets', {}, 20, 33, 185.344],
  [
    'J implicit header, no CRC',
    { spreadingFactor: 8, explicitHeader: false, crc: false },
    20,
    33,
    92.672,
  ],
  ['K below the US dwell time', { spreadingFactor: 10 }, 11, 23, 288.768],
  ['L near the US dwell time', { spreadingFactor: 10 }, 24, 33, 370.688],
  ['P 17 octets', { spreadingFactor: 12 }, 17, 28, 1318.912],
];

describe('the time on air of a LoRa frame', () => {
  it.each(TABLE)('%s', (_name, changes, bytes, symbols, ms) => {
    const settings = lora(changes);
    expect(loraSymbols(settings, bytes).payload).toBe(symbols);
    expect(loraTimeOnAirMs(settings, bytes)).toBe(ms);
  });

  it.each([
    [11, 125_000, true],
    [12, 125_000, true],
    [12, 250_000, true],
    [10, 62_500, true],
    [10, 125_000, false],
    [11, 250_000, false],
    [12, 500_000, false],
  ])('optimizes for a low data rate at SF%i and %i Hz: %s', (sf, bandwidthHz, isOn) => {
    const settings = lora({ spreadingFactor: sf, bandwidthHz });
    expect(loraSymbols(settings, 10).lowDataRateOptimize).toBe(isOn);
    expect(loraSymbols(lora({ lowDataRateOptimize: !isOn }), 10).lowDataRateOptimize).toBe(!isOn);
  });

  it('of an SX126x differs at SF5 and SF6 alone', () => {
    const of = (spreadingFactor: number, chip: LoraSettings['chip']) =>
      loraSymbols(lora({ spreadingFactor, chip, explicitHeader: false }), 13);
    // 8·13 − 4·6 + 16 = 96 bits, 24 in a block: four blocks. SX1276 counts eight bits more.
    expect(of(6, 'sx126x')).toMatchObject({ preamble: 14.25, payload: 28 });
    expect(of(6, 'sx127x')).toMatchObject({ preamble: 12.25, payload: 33 });
    for (let sf = 7; sf <= 12; sf++) expect(of(sf, 'sx126x')).toEqual(of(sf, 'sx127x'));
  });

  it('a frame without payload at a high spreading factor has the head only', () => {
    const settings = lora({ spreadingFactor: 12, explicitHeader: false, crc: false });
    expect(loraSymbols(settings, 0).payload).toBe(8);
  });

  it('a symbol takes 2^SF chips', () => {
    expect(loraSymbolMs(lora({ spreadingFactor: 12 }))).toBe(32.768);
  });
});

describe('settings that a radio cannot have', () => {
  it.each<[Partial<LoraSettings>, string]>([
    [{ spreadingFactor: 5 }, 'an sx127x radio has 6 to 12'],
    [{ spreadingFactor: 4, chip: 'sx126x' }, 'an sx126x radio has 5 to 12'],
    [{ spreadingFactor: 13 }, 'has 6 to 12'],
    [{ spreadingFactor: 7.5 }, 'has 6 to 12'],
    [{ spreadingFactor: 6 }, 'needs the implicit header'],
    [{ bandwidthHz: 126_000 }, 'bandwidth 126 kHz: LoRa radios have 7.8125, '],
    [{ preambleSymbols: 4 }, 'at least 5'],
  ])('%j', (changes, words) => {
    expect(loraProblems(lora(changes))).toEqual([expect.stringContaining(words)]);
  });

  it.each<Partial<LoraSettings>>([
    {},
    { spreadingFactor: 6, explicitHeader: false },
    { spreadingFactor: 5, chip: 'sx126x' },
    { bandwidthHz: 7812.5 },
  ])('%j is none', (changes) => {
    expect(loraProblems(lora(changes))).toEqual([]);
  });
});
