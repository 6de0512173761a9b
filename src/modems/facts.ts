import type { Signal } from './modem.js';

/** What is true of a kind of modem whatever its settings: for configuration, documents and the link. */
export interface ModemFacts {
  /** As in `modem:` of the configuration. */
  name: string;
  /** What the modem, or the firmware that people flash, uses unless told otherwise. */
  defaultBaudRate: number;
  /** The line names senders and recipients by itself; false: a link header has to do it. */
  hasAddresses: boolean;
  /** One transmission may reach everybody. */
  canBroadcast: boolean;
  /** The modem tells what has become of a message; false: the best outcome is `assumed`. */
  confirms: boolean;
  /** A probe puts nothing on the air, so it may be sent without asking; true as well when there is no probe. */
  probeIsSilent: boolean;
  /** After each packet it hears nothing until it is told to listen again: its port must not gather octets. */
  isDeafUntilTold?: true;
  /** What the modem tells about a reception. */
  signal: readonly (keyof Signal)[];
}
