/** What the configuration has to know of each kind of modem, beside the facts of its driver. */
import type { AirInterface } from '../radio/air.js';
import { MODEM_NAMES, modemFacts, type ModemName } from '../modems/registry.js';

/** The keys of `radio` that say how long a message is on the air; one of them is enough. */
export type RadioForm = 'spreading_factor' | 'bitrate' | 'bytes_per_second';

export type AddressingName = 'none' | 'fe' | 'radiohead';

interface Traits {
  /** Largest message unless the file says otherwise; what a modem can it says itself. */
  maxMessageBytes: number;
  /** For modems without addresses; undefined: the file has to say it, as no choice would be safe. */
  addressing?: AddressingName;
  /** The driver sets the radio to what `radio` says, so it has to be all there. */
  setsRadio: boolean;
  forms: readonly RadioForm[];
  /** The air where the file says nothing of it; undefined: then nobody knows how long a message takes. */
  air?: AirInterface;
}

const ALL_FORMS = ['spreading_factor', 'bitrate', 'bytes_per_second'] as const;

/** No radio at all: the line itself takes its time, and the driver waits for it. */
const WIRE: AirInterface = {
  kind: 'rate',
  bytesPerSecond: Number.POSITIVE_INFINITY,
  overheadMs: 0,
};

/** Above 255 octets both ends need the long form of the length, which small clients do not know. */
const SHORT_LENGTH_MAX = 255;

/** What every receiver of SLIP should take (RFC 1055). */
const SLIP_BYTES = 1006;

const wire = (maxMessageBytes: number): Traits => ({
  maxMessageBytes,
  addressing: 'none',
  setsRadio: false,
  forms: ALL_FORMS,
  air: WIRE,
});

const lora: Traits = {
  maxMessageBytes: SHORT_LENGTH_MAX,
  setsRadio: true,
  forms: ['spreading_factor'],
};

/** EBYTE names air rates that are far above what its modules carry: a bit rate would count too little. */
const ebyte: Traits = {
  maxMessageBytes: SHORT_LENGTH_MAX,
  setsRadio: false,
  forms: ['spreading_factor', 'bytes_per_second'],
};

const TRAITS: Readonly<Record<ModemName, Traits>> = {
  raw: wire(SHORT_LENGTH_MAX),
  slip: wire(SLIP_BYTES),
  cobs: wire(SLIP_BYTES),
  hdlc: wire(SLIP_BYTES),
  xbee: {
    maxMessageBytes: SHORT_LENGTH_MAX,
    setsRadio: false,
    forms: ['bitrate', 'bytes_per_second'],
    air: { kind: 'ieee802154', addressing: 'long' },
  },
  'ebyte-transparent': ebyte,
  'ebyte-fixed': { ...ebyte, addressing: 'fe' },
  rn2483: lora,
  rui3: lora,
  rylr: lora,
  aquila: {
    // RFM69, the smaller of its two radios.
    maxMessageBytes: 54,
    setsRadio: false,
    forms: ['bitrate', 'bytes_per_second'],
    air: { kind: 'ieee802154', addressing: 'short' },
  },
  loralink: {
    // At its slowest data rate.
    maxMessageBytes: 57,
    setsRadio: false,
    forms: ['spreading_factor', 'bytes_per_second'],
  },
};

export const traitsOf = (modem: ModemName): Traits => TRAITS[modem];

/** Modems whose receptions name no sender: a link header has to do it. */
export const needsAddressing = (modem: ModemName): boolean => !modemFacts(modem).hasAddresses;

export const isEbyte = (modem: ModemName): boolean => modem.startsWith('ebyte-');

/** A setting of all modems in words, such as `57600 for rn2483, 115200 for the others`. */
export function inWords(settingOf: (modem: ModemName) => string | number): string {
  const groups = new Map<string | number, ModemName[]>();
  for (const modem of MODEM_NAMES) {
    const setting = settingOf(modem);
    groups.set(setting, [...(groups.get(setting) ?? []), modem]);
  }
  const sorted = [...groups].sort(([, a], [, b]) => a.length - b.length);
  return sorted
    .map(([setting, modems], i) => {
      const isLast = i === sorted.length - 1;
      return `${setting} for ${isLast ? 'the others' : LIST.format(modems)}`;
    })
    .join('; ');
}

const LIST = new Intl.ListFormat('en-GB');
