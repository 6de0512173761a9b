import { describe, expect, it } from 'vitest';
import { type AirInterface, airTimeMs } from '../../../src/radio/air.js';
import { lora } from '../../support/radio/lora-settings.js';

describe('the air time of a frame', () => {
  it.each<[string, AirInterface, bytes: number, ms: number]>([
    ['LoRa by its settings', { kind: 'lora', settings: lora() }, 13, 164.864],
    [
      'FSK by its bit rate',
      { kind: 'fsk', bitrateBps: 55_556, overheadBytes: 12 },
      38,
      400_000 / 55_556,
    ],
    ['802.15.4 with short addresses', { kind: 'ieee802154', addressing: 'short' }, 100, 3.616],
    ['802.15.4 with long addresses', { kind: 'ieee802154', addressing: 'long' }, 100, 4],
    ['anything by its throughput', { kind: 'rate', bytesPerSecond: 300, overheadMs: 40 }, 30, 140],
  ])('%s', (_name, air, bytes, ms) => {
    expect(airTimeMs(air, bytes)).toBeCloseTo(ms, 9);
  });
});
