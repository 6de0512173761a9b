import type { Random } from '../random.js';

/** How long something takes at least and at most; each time another value between, by the seed. */
export interface Latency {
  fromMs: number;
  toMs: number;
}

export function pickMs(latency: Latency, random: Random): number {
  return random.between(latency.fromMs, latency.toMs);
}

/** From the end of a packet on the air to its first octet on the UART; EBYTE: AUX falls 2 to 5 ms before (4.3). */
export const RECEPTION = { fromMs: 2, toMs: 5 } as const satisfies Latency;
/** A command that needs no radio: RN2483 says `ok` after 5 to 20 ms (10). */
export const COMMAND = { fromMs: 5, toMs: 20 } as const satisfies Latency;
/** From the start of a module to its banner. */
export const START_UP = { fromMs: 100, toMs: 300 } as const satisfies Latency;
/** A bootloader of an Arduino waits for a new program first (2.2b: 2.1 s are enough). */
export const ARDUINO_START_UP = { fromMs: 1500, toMs: 2000 } as const satisfies Latency;
/** XBee reports a delivery 5 ms after the acknowledgement at best (10). */
export const DELIVERY_REPORT = { fromMs: 5, toMs: 15 } as const satisfies Latency;
/** Zigbee tries three times, 1.6 s each by default, before it reports a failure (3.5). */
export const DELIVERY_FAILURE = { fromMs: 1600, toMs: 4800 } as const satisfies Latency;
