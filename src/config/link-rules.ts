/** The rules between the keys of a serial link. */
import { z } from 'zod';
import { EBYTE_SUB_PACKET_BYTES } from '../modems/ebyte.js';
import { MODEM_NAMES, type ModemName } from '../modems/registry.js';
import type { RadioConfig } from './link-schema.js';
import { isEbyte, needsAddressing, traitsOf } from './modem-traits.js';
import { judgeRadio } from './radio.js';
import { isSet, rule } from './rules.js';

const modem = z.enum(MODEM_NAMES);

/** Sections for some modems alone. */
const SECTIONS: Readonly<Record<string, (modem: ModemName) => boolean>> = {
  ebyte: isEbyte,
  xbee: (name) => name === 'xbee',
  rn2483: (name) => name === 'rn2483',
  rylr: (name) => name === 'rylr',
  aquila: (name) => name === 'aquila',
  loralink: (name) => name === 'loralink',
};

export const keysOfTheModem = rule(z.looseObject({ modem }), (link, report) => {
  for (const [key, isFor] of Object.entries(SECTIONS)) {
    if (isSet(link, key) && !isFor(link.modem)) {
      report([key], `is not for modem ${link.modem}; remove it`);
    }
  }
  const isTcp = z.looseObject({ kind: z.literal('tcp') }).safeParse(link['port']).success;
  if (isTcp && link['rtscts'] === true) {
    report(['rtscts'], 'has no effect over TCP: set it at the device server, and remove it here');
  }
});

const RADIOHEAD_ADDRESS_MAX = 254;

export const addressingThatWorks = rule(
  z.looseObject({
    modem,
    addressing: z.string().optional(),
    node_address: z.number().optional(),
    acknowledge: z.boolean().optional(),
  }),
  ({ modem: name, addressing, node_address, acknowledge }, report) => {
    const used = addressing ?? traitsOf(name).addressing;
    if (!needsAddressing(name)) {
      if (addressing !== undefined) {
        report(['addressing'], `has no effect: modem ${name} names devices by itself; remove it`);
      }
    } else if (used === undefined) {
      report(
        ['addressing'],
        `is missing; it must be none (there is one device), fe or radiohead, because modem ${name} does not tell who has sent a message`,
      );
    }
    const isRadiohead = needsAddressing(name) && used === 'radiohead';
    if (node_address !== undefined && !isRadiohead && name !== 'rylr') {
      report(['node_address'], 'is for addressing radiohead and modem rylr; remove it');
    } else if (isRadiohead && (node_address ?? 0) > RADIOHEAD_ADDRESS_MAX) {
      report(
        ['node_address'],
        `must be ${RADIOHEAD_ADDRESS_MAX} at most with addressing radiohead`,
      );
    }
    if (acknowledge !== undefined && !isRadiohead) {
      report(['acknowledge'], 'is for addressing radiohead; remove it');
    }
  },
);

export const ebyteAsItIs = rule(
  z.looseObject({
    modem: modem.refine(isEbyte),
    addressing: z.string().optional(),
    ebyte: z
      .looseObject({
        family: z.enum(['e32', 'e22', 'e220']),
        sub_packet: z.number().optional(),
        rssi: z.boolean(),
      })
      .optional(),
  }),
  ({ modem: name, addressing, ebyte }, report) => {
    if (ebyte === undefined) {
      report(['ebyte'], 'is missing; it must name the module, as in { family: e22 }');
      return;
    }
    const { family, sub_packet, rssi } = ebyte;
    const sizes = EBYTE_SUB_PACKET_BYTES[family];
    if (sub_packet !== undefined && !sizes.includes(sub_packet)) {
      report(['ebyte', 'sub_packet'], `must be one of ${sizes.join(', ')} for ${family}`);
    }
    if (rssi && family === 'e32') report(['ebyte', 'rssi'], 'is not for e32; remove it');
    const isFixed = name === 'ebyte-fixed';
    if (isFixed && !isSet(ebyte, 'channel')) {
      report(['ebyte', 'channel'], 'is missing: ebyte-fixed names it before each message');
    } else if (!isFixed && isSet(ebyte, 'channel')) {
      report(['ebyte', 'channel'], 'is for ebyte-fixed; remove it');
    }
    if (isSet(ebyte, 'device_address') && !(isFixed && addressing === 'none')) {
      report(['ebyte', 'device_address'], 'is for ebyte-fixed with addressing none; remove it');
    }
  },
);

const number = z.number().optional();

/** As `radio` is when each of its keys is in order. */
const radioInOrder = z.object({
  frequency: number,
  spreading_factor: number,
  bandwidth: z.number(),
  coding_rate: z.literal([5, 6, 7, 8]).optional(),
  preamble: number,
  sync_word: number,
  power: number,
  bitrate: number,
  bytes_per_second: number,
  region: z.enum(['EU868', 'EU433', 'US902', 'free']).optional(),
  duty_cycle: number,
}) satisfies z.ZodType<RadioConfig>;

export const radioThatCanBePaced = rule(
  z.looseObject({ modem, radio: radioInOrder.optional() }),
  ({ modem: name, radio }, report) => {
    const { problems = [] } = judgeRadio(name, radio, 0);
    for (const { path, message } of problems) report(['radio', ...path], message);
  },
);
