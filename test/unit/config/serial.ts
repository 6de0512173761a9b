/** Files with one serial link, as the tests of its keys need them. */
import { expect } from 'vitest';
import type { SerialLinkConfig } from '../../../src/config/schema.js';
import type { ModemName } from '../../../src/modems/registry.js';
import { configOf, errorsOf, type World } from './support.js';

const LORA = 'radio: { frequency: 869.525MHz, spreading_factor: 9 }';

/** What each modem cannot do without. */
export const NEEDS: Record<ModemName, string> = {
  raw: '',
  slip: '',
  cobs: '',
  hdlc: '',
  xbee: '',
  'ebyte-transparent':
    'ebyte: { family: e22 }, addressing: fe, radio: { frequency: 869.525MHz, bytes_per_second: 65 }',
  'ebyte-fixed':
    'ebyte: { family: e220, channel: 18 }, radio: { frequency: 869.525MHz, bytes_per_second: 65 }',
  rn2483: `addressing: fe, ${LORA}`,
  rui3: `addressing: none, ${LORA}`,
  rylr: LORA,
  aquila: '',
  loralink: LORA,
};

/** A file with one serial link. Later keys of the same name would be there twice, so `needs` can be replaced. */
export const fileOf = (
  modem: string,
  keys = '',
  needs = NEEDS[modem as ModemName] ?? '',
): string => {
  const all = [`name: a, type: serial, port: /dev/ttyUSB0, modem: ${modem}`, needs, keys];
  return `links: [{ ${all.filter((part) => part !== '').join(', ')} }]`;
};

export function linkOf(
  modem: ModemName,
  keys?: string,
  needs?: string,
  world?: World,
): SerialLinkConfig {
  const [link] = configOf(fileOf(modem, keys, needs), world).links;
  if (link?.type !== 'serial') throw new Error('no serial link');
  return link;
}

/** The one mistake of such a file, without the name of the file and its position. */
export function mistake(modem: string, keys: string, needs?: string, world?: World): string {
  const errors = errorsOf(fileOf(modem, keys, needs), world);
  expect(errors).toHaveLength(1);
  return errors[0]?.replace(/^gw\.yaml:\d+:\d+: links\[0\]\.?/, '') ?? '';
}
