import { describe, expect, it } from 'vitest';
import { airTimeMs, type LoraAirTime } from '../../../../firmware-sim/radio/air-time.js';

const LORA: LoraAirTime = {
  kind: 'lora',
  spreadingFactor: 7,
  bandwidthHz: 125_000,
  codingRate: 5,
  preambleSymbols: 8,
  explicitHeader: true,
  crc: true,
};

describe('time on air', () => {
  // The table of modems.md, 8.1.
  it.each<[string, Partial<LoraAirTime>, number, number]>([
    ['A', {}, 2, 30.976],
    ['B', {}, 11, 41.216],
    ['C', { spreadingFactor: 9 }, 13, 164.864],
    ['D', { spreadingFactor: 9 }, 60, 369.664],
    ['E', { spreadingFactor: 12 }, 60, 2629.632],
    ['F', { spreadingFactor: 12, codingRate: 8, preambleSymbols: 12 }, 60, 3940.352],
    ['G', { bandwidthHz: 500_000 }, 200, 79.424],
    ['H', { spreadingFactor: 9, preambleSymbols: 12 }, 56, 365.568],
    ['I', { spreadingFactor: 9 }, 20, 185.344],
    ['J', { spreadingFactor: 8, explicitHeader: false, crc: false }, 20, 92.672],
    ['K', { spreadingFactor: 10 }, 11, 288.768],
    ['L', { spreadingFactor: 10 }, 24, 370.688],
    ['P', { spreadingFactor: 12 }, 17, 1318.912],
  ])('of LoRa, case %s', (_name, settings, bytes, ms) => {
    expect(airTimeMs({ ...LORA, ...settings }, bytes)).toBeCloseTo(ms, 6);
  });

  it('of radios that have a bit rate', () => {
    // 802.15.4: 133 octets at 250 kbit/s.
    const zigbee = { kind: 'bit-rate', bitsPerSec: 250_000, overheadBytes: 33 } as const;
    expect(airTimeMs(zigbee, 100)).toBeCloseTo(4.256, 6);
  });

  it('that is always the same', () => {
    expect(airTimeMs({ kind: 'fixed', ms: 12 }, 200)).toBe(12);
  });
});
