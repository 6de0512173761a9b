/** Every kind of modem by its name in the configuration: what is true of it, and how to make its driver. */
import * as aquila from './aquila.js';
import * as cobs from './cobs.js';
import * as ebyteFixed from './ebyte-fixed.js';
import * as ebyteTransparent from './ebyte-transparent.js';
import type { ModemFacts } from './facts.js';
import { ForwarderHeader } from './forwarder-header.js';
import * as hdlc from './hdlc.js';
import { type LinkHeader, NoHeader } from './link-header.js';
import * as loralink from './loralink.js';
import type { Modem } from './modem.js';
import { RadioheadHeader, type RadioheadSettings } from './radiohead-header.js';
import * as raw from './raw.js';
import * as rn2483 from './rn2483.js';
import * as rui3 from './rui3.js';
import * as rylr from './rylr.js';
import * as slip from './slip.js';
import * as xbee from './xbee.js';

/** How devices are told apart behind a modem that does not do it. */
export type Addressing =
  | { kind: 'none' }
  | { kind: 'fe' }
  | ({ kind: 'radiohead' } & RadioheadSettings);

/** The settings of each driver, with the addressing in place of the header that does it. */
interface SettingsOf {
  raw: Addressed<raw.RawSettings>;
  slip: Addressed<Parameters<typeof slip.createSlip>[0]>;
  cobs: Addressed<Parameters<typeof cobs.createCobs>[0]>;
  hdlc: Addressed<Parameters<typeof hdlc.createHdlc>[0]>;
  xbee: xbee.XbeeSettings;
  'ebyte-transparent': Addressed<Parameters<typeof ebyteTransparent.createEbyteTransparent>[0]>;
  'ebyte-fixed': Addressed<ebyteFixed.EbyteFixedSettings>;
  rn2483: Addressed<rn2483.Rn2483Settings>;
  rui3: Addressed<rui3.Rui3Settings>;
  rylr: rylr.RylrSettings;
  aquila: aquila.AquilaSettings;
  loralink: loralink.LoralinkSettings;
}

type Addressed<S extends { header: LinkHeader }> = Omit<S, 'header'> & { addressing: Addressing };

export type ModemName = keyof SettingsOf;

/** A modem and all that it has to be told; plain data. */
export type ModemSettings = { [N in ModemName]: { modem: N } & SettingsOf[N] }[ModemName];

interface ModemKind<S> {
  facts: ModemFacts;
  create: (settings: S) => Modem;
}

const KINDS: { readonly [N in ModemName]: ModemKind<SettingsOf[N]> } = {
  raw: addressed(raw.facts, raw.createRaw),
  slip: addressed(slip.facts, slip.createSlip),
  cobs: addressed(cobs.facts, cobs.createCobs),
  hdlc: addressed(hdlc.facts, hdlc.createHdlc),
  xbee: { facts: xbee.facts, create: xbee.createXbee },
  'ebyte-transparent': addressed(ebyteTransparent.facts, ebyteTransparent.createEbyteTransparent),
  'ebyte-fixed': addressed(ebyteFixed.facts, ebyteFixed.createEbyteFixed),
  rn2483: addressed(rn2483.facts, rn2483.createRn2483),
  rui3: addressed(rui3.facts, rui3.createRui3),
  rylr: { facts: rylr.facts, create: rylr.createRylr },
  aquila: { facts: aquila.facts, create: aquila.createAquila },
  loralink: { facts: loralink.facts, create: loralink.createLoralink },
};

export const MODEM_NAMES = Object.keys(KINDS) as [ModemName, ...ModemName[]];

export const modemFacts = (modem: ModemName): ModemFacts => KINDS[modem].facts;

export function createModem({ modem, ...settings }: ModemSettings): Modem {
  // That name and settings belong together is what the type of the argument says.
  return (KINDS[modem] as ModemKind<typeof settings>).create(settings);
}

function addressed<S extends { header: LinkHeader }>(
  facts: ModemFacts,
  create: (settings: S) => Modem,
): ModemKind<Addressed<S>> {
  return {
    facts,
    create: ({ addressing, ...settings }) =>
      create({ ...settings, header: headerOf(addressing) } as unknown as S),
  };
}

function headerOf(addressing: Addressing): LinkHeader {
  switch (addressing.kind) {
    case 'none':
      return new NoHeader();
    case 'fe':
      return new ForwarderHeader();
    case 'radiohead':
      return new RadioheadHeader(addressing);
    default:
      return addressing satisfies never;
  }
}
