import type { LoraSettings } from '../../../src/radio/lora.js';

/** What most nodes use, with changes. */
export const lora = (changes: Partial<LoraSettings> = {}): LoraSettings => ({
  frequencyHz: 869_525_000,
  spreadingFactor: 9,
  bandwidthHz: 125_000,
  codingRate: 5,
  preambleSymbols: 8,
  explicitHeader: true,
  crc: true,
  lowDataRateOptimize: 'auto',
  chip: 'sx127x',
  ...changes,
});
