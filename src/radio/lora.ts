/**
 * Time on air of LoRa frames: Semtech AN1200.13 and the data sheet of SX1276; for SX126x section
 * 6.1.4 of its data sheet, which differs at spreading factors 5 and 6 only.
 */

/** How a LoRa radio is set; the same on both ends, or they do not hear each other. */
export interface LoraSettings {
  /** Centre of the channel. */
  frequencyHz: number;
  /** 5 to 12; 5 on SX126x only. */
  spreadingFactor: number;
  /** 125000 and the like; narrow ones have fractions (7812.5). */
  bandwidthHz: number;
  /** The denominator: 5 for 4/5, up to 8 for 4/8. */
  codingRate: 5 | 6 | 7 | 8;
  /** As programmed; the radio adds 4.25 of its own, or 6.25. */
  preambleSymbols: number;
  /** Off: both ends know length, coding rate and CRC beforehand. */
  explicitHeader: boolean;
  /** Of the payload. */
  crc: boolean;
  /** At the antenna connector. */
  powerDbm?: number;
  /** 0x12 private, 0x34 LoRaWAN, as modems name it. */
  syncWord?: number;
  /** `auto`: on where a symbol takes more than 16 ms, as the data sheets demand. */
  lowDataRateOptimize: 'auto' | boolean;
  chip: 'sx127x' | 'sx126x';
}

/** The most octets that a LoRa frame holds: its length field has eight bits. */
export const LORA_BYTES_MAX = 255;

/** Longer symbols drift too far from the receiver's clock without low data rate optimization. */
const SYMBOL_MS_MAX = 16;

/** Symbols that the radio adds to the programmed preamble: sync word and start of frame. */
const SYNC_SYMBOLS = 4.25;
/** The same of SX126x at spreading factors 5 and 6. */
const SYNC_SYMBOLS_FAST = 6.25;

/** The first symbols of each frame, always in the robust form; they hold the header. */
const HEAD_SYMBOLS = 8;

export interface LoraSymbols {
  preamble: number;
  payload: number;
  lowDataRateOptimize: boolean;
}

export const loraSymbolMs = ({ spreadingFactor, bandwidthHz }: LoraSettings): number =>
  (2 ** spreadingFactor * 1000) / bandwidthHz;

/** `bytes`: everything that the radio sends, headers of link and modem included. */
export function loraSymbols(settings: LoraSettings, bytes: number): LoraSymbols {
  const { spreadingFactor: sf, codingRate, preambleSymbols, explicitHeader, crc, chip } = settings;
  const isFast = chip === 'sx126x' && sf < 7;
  const lowDataRateOptimize =
    settings.lowDataRateOptimize === 'auto'
      ? loraSymbolMs(settings) > SYMBOL_MS_MAX
      : settings.lowDataRateOptimize;
  const bits = 8 * bytes - 4 * sf + (isFast ? 0 : 8) + (crc ? 16 : 0) + (explicitHeader ? 20 : 0);
  const bitsPerBlock = 4 * (sf - (lowDataRateOptimize ? 2 : 0));
  const blocks = Math.max(Math.ceil(bits / bitsPerBlock), 0);
  return {
    preamble: preambleSymbols + (isFast ? SYNC_SYMBOLS_FAST : SYNC_SYMBOLS),
    payload: HEAD_SYMBOLS + blocks * codingRate,
    lowDataRateOptimize,
  };
}

/** From the first symbol of the preamble to the last of the payload. */
export function loraTimeOnAirMs(settings: LoraSettings, bytes: number): number {
  const { preamble, payload } = loraSymbols(settings, bytes);
  // One division at the end: so the usual bandwidths give exact microseconds.
  return ((preamble + payload) * 2 ** settings.spreadingFactor * 1000) / settings.bandwidthHz;
}

/** What a radio of this chip cannot do, in plain words; empty: it can. */
export function loraProblems(settings: LoraSettings): string[] {
  const { spreadingFactor: sf, preambleSymbols, explicitHeader, chip } = settings;
  const smallest = chip === 'sx126x' ? 5 : 6;
  const problems: string[] = [];
  if (!(Number.isInteger(sf) && sf >= smallest && sf <= 12)) {
    problems.push(`spreading factor ${sf}: an ${chip} radio has ${smallest} to 12`);
  }
  if (chip === 'sx127x' && sf === 6 && explicitHeader) {
    problems.push('spreading factor 6: an sx127x radio needs the implicit header for it');
  }
  if (!BANDWIDTHS_HZ.includes(settings.bandwidthHz)) {
    const known = BANDWIDTHS_HZ.map((hz) => `${hz / 1000}`).join(', ');
    problems.push(`bandwidth ${settings.bandwidthHz / 1000} kHz: LoRa radios have ${known} kHz`);
  }
  if (!(Number.isInteger(preambleSymbols) && preambleSymbols >= PREAMBLE_MIN)) {
    problems.push(`preamble of ${preambleSymbols} symbols: at least ${PREAMBLE_MIN} are needed`);
  }
  return problems;
}

/** Of the data sheets; some tools round the narrow ones, which the air time shows in its fifth digit. */
const BANDWIDTHS_HZ: readonly number[] = [
  7812.5, 10_417, 15_625, 20_833, 31_250, 41_667, 62_500, 125_000, 250_000, 500_000,
];

/** RUI3 takes 5, SX1276 wants 6: below, a receiver has no time to find the frame. */
const PREAMBLE_MIN = 5;
