/** How long frames are on the air. Written from the sources again: what it checks has a formula of its own. */

export type AirTimeModel =
  | LoraAirTime
  /** FSK, 802.15.4 and the like (modems.md 8.1, 3.5): everything in octets at one rate. */
  | { kind: 'bit-rate'; bitsPerSec: number; overheadBytes: number }
  | { kind: 'fixed'; ms: number };

export interface LoraAirTime {
  kind: 'lora';
  /** 7 to 12. */
  spreadingFactor: number;
  bandwidthHz: number;
  /** The denominator: 5 for 4/5. */
  codingRate: number;
  preambleSymbols: number;
  explicitHeader: boolean;
  crc: boolean;
}

export function airTimeMs(model: AirTimeModel, payloadBytes: number): number {
  switch (model.kind) {
    case 'lora':
      return loraMs(model, payloadBytes);
    case 'bit-rate':
      return ((payloadBytes + model.overheadBytes) * 8 * 1000) / model.bitsPerSec;
    case 'fixed':
      return model.ms;
    default:
      return model satisfies never;
  }
}

/** LoRa receivers find a frame with the last symbols of its preamble (data sheet of SX1276, 4.1.1.6); others need all of it. */
export function lockMs(model: AirTimeModel): number {
  if (model.kind !== 'lora') return 0;
  return Math.max(model.preambleSymbols - LOCK_SYMBOLS, 0) * symbolMsOf(model);
}

const LOCK_SYMBOLS = 5;

const symbolMsOf = ({ spreadingFactor, bandwidthHz }: LoraAirTime): number =>
  (2 ** spreadingFactor / bandwidthHz) * 1000;

/** Semtech AN1200.13, as in modems.md 8.1. */
function loraMs(lora: LoraAirTime, payloadBytes: number): number {
  const { spreadingFactor: sf, codingRate, preambleSymbols } = lora;
  const symbolMs = symbolMsOf(lora);
  const isLowRate = symbolMs > LOW_RATE_SYMBOL_MS;
  const bits =
    8 * payloadBytes - 4 * sf + 28 + (lora.crc ? 16 : 0) - (lora.explicitHeader ? 0 : 20);
  const blocks = Math.ceil(bits / (4 * (sf - (isLowRate ? 2 : 0))));
  return (preambleSymbols + 4.25 + 8 + Math.max(blocks * codingRate, 0)) * symbolMs;
}

/** Longer symbols carry two bits less each (low data rate optimization). */
const LOW_RATE_SYMBOL_MS = 16;

/** The SNR that a LoRa receiver still reads, by spreading factor from 7 (data sheet of SX1276, table 13). */
const LORA_SNR_MIN_DB = [-7.5, -10, -12.5, -15, -17.5, -20];

/** The weakest signal that a receiver reads, against noise. */
export function snrMinDb(model: AirTimeModel): number {
  return model.kind === 'lora'
    ? (LORA_SNR_MIN_DB[model.spreadingFactor - 7] ?? 0)
    : PLAIN_SNR_MIN_DB;
}

/** FSK and O-QPSK need a signal above the noise. */
const PLAIN_SNR_MIN_DB = 5;

/** Thermal noise at room temperature and a receiver's noise figure of 6 dB, in the bandwidth of the radio. */
export function noiseFloorDbm(model: AirTimeModel): number {
  const bandwidthHz = model.kind === 'lora' ? model.bandwidthHz : PLAIN_BANDWIDTH_HZ;
  return -174 + 10 * Math.log10(bandwidthHz) + 6;
}

/** A channel of 802.15.4. */
const PLAIN_BANDWIDTH_HZ = 2_000_000;
