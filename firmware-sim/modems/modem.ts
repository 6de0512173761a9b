/** What all virtual modems have in common, towards their port and towards the tests that torment them. */
import type { Air, Station } from '../air.js';
import type { Random } from '../random.js';
import type { Timeline } from '../timeline.js';
import type { Faults } from './faults.js';

/** A radio modem: octets of its dialect towards the host, frames of the air on the other side. */
export interface VirtualModem extends Station {
  /** What is wrong with it, to be switched at will. */
  readonly faults: Faults;
  /** Octets from the host, as they arrive on its UART: chunks of any size mean the same, pauses may not. */
  fromHost(octets: Uint8Array): void;
  /** Octets for the host. They leave at once: the pace of the line is the port's concern. */
  onOutput(listener: (octets: Uint8Array) => void): void;
  /** Random octets towards the host, as of a loose contact. */
  makeNoise(bytes: number): void;
  /** The current is gone: nothing goes in or out until `reset`. */
  powerOff(): void;
  /** Power-up or the reset pin: all settings that were not saved are lost, and the modem says what it says then. */
  reset(): void;
}

/** What every modem needs, whatever its dialect. */
export interface ModemSetup {
  timeline: Timeline;
  air: Air;
  /** The modem's own stream. */
  random: Random;
  /** Its name among the stations; one of the dialect's by default. */
  id?: string;
  /** Its own link address in the dialect's text form, where the dialect has addresses. */
  address?: string;
  /** Of its UART; the dialect's usual one by default. Pauses are measured in octets of it. */
  baudRate?: number;
}
