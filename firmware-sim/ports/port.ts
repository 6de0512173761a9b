import type { VirtualModem } from '../modems/modem.js';
import { type Direction, type LineOptions, PacedLine } from './line.js';

/** What a gateway opens to speak with a virtual modem. */
export interface ModemPort {
  /** Pulls the dongle out: at once, in the middle of a frame too. The modem loses its current. */
  unplug(): void;
  /** Pulls it out once that many more octets have passed in one direction. */
  unplugAfter(octets: number, direction: Direction): void;
  /** For good. The modem goes on; another port may be opened to it. */
  close(): Promise<void>;
}

export type PortOptions = Omit<LineOptions, 'baudRate'> & {
  /** Of the line; as fast as most dongles by default. */
  baudRate?: number;
};

const BAUD_RATE = 115_200;

export function paced(
  modem: VirtualModem,
  options: PortOptions,
  deliver: (octets: Uint8Array) => void,
): PacedLine {
  return new PacedLine(modem, { baudRate: BAUD_RATE, ...options }, deliver);
}
