/** All virtual modems, by the name of their dialect, which is the name of the driver that speaks with them. */
import { AquilaModem } from './aquila/modem.js';
import { FramedBridge, RawBridge } from './bridge.js';
import { addressProblem, type Dialect, type DialectSettings } from './dialects.js';
import { EbyteModem } from './ebyte/modem.js';
import { LoraLinkModem } from './loralink/modem.js';
import type { ModemSetup } from './modem.js';
import { Rn2483Modem } from './rn2483/modem.js';
import { Rui3Modem } from './rui3/modem.js';
import { RylrModem } from './rylr/modem.js';
import { XBeeModem } from './xbee/modem.js';

export { addressProblem, type Dialect } from './dialects.js';
export type { ModemSetup, VirtualModem } from './modem.js';

type Factories = {
  [D in Dialect]: (setup: ModemSetup & DialectSettings[D]) => object;
};

const FACTORIES = {
  raw: (setup) => new RawBridge(setup),
  slip: (setup) => new FramedBridge('slip', setup),
  cobs: (setup) => new FramedBridge('cobs', setup),
  hdlc: (setup) => new FramedBridge('hdlc', setup),
  xbee: (setup) => new XBeeModem(setup),
  'ebyte-transparent': (setup) => new EbyteModem('ebyte-transparent', setup),
  'ebyte-fixed': (setup) => new EbyteModem('ebyte-fixed', setup),
  rn2483: (setup) => new Rn2483Modem(setup),
  rui3: (setup) => new Rui3Modem(setup),
  rylr: (setup) => new RylrModem(setup),
  aquila: (setup) => new AquilaModem(setup),
  loralink: (setup) => new LoraLinkModem(setup),
} as const satisfies Factories;

type Modems = { [D in Dialect]: ReturnType<(typeof FACTORIES)[D]> };

export const DIALECTS = Object.keys(FACTORIES) as readonly Dialect[];

/**
 * A modem that is running already; `reset` for one that is just being switched on. Throws when its address
 * is not written as the dialect writes them.
 */
export function createVirtualModem<D extends Dialect>(
  dialect: D,
  options: ModemSetup & DialectSettings[D],
): Modems[D] {
  const problem = options.address && addressProblem(dialect, options.address);
  if (problem) throw new Error(`the address of the modem ${problem}`);
  const create = FACTORIES[dialect] as (setup: ModemSetup & DialectSettings[D]) => Modems[D];
  return create(options);
}
