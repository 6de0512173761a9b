import type { AquilaSettings } from './aquila/modem.js';
import type { BridgeSettings } from './bridge.js';
import type { EbyteSettings } from './ebyte/registers.js';
import type { LoraLinkSettings } from './loralink/modem.js';
import type { Rn2483Settings } from './rn2483/modem.js';
import type { Rui3Settings } from './rui3/modem.js';
import type { RylrSettings } from './rylr/modem.js';
import type { XBeeSettings } from './xbee/modem.js';

/** What each dialect can be told beside the setup that all need. */
export interface DialectSettings {
  raw: BridgeSettings;
  slip: object;
  cobs: object;
  hdlc: object;
  xbee: XBeeSettings;
  'ebyte-transparent': EbyteSettings;
  'ebyte-fixed': EbyteSettings;
  rn2483: Rn2483Settings;
  rui3: Rui3Settings;
  rylr: RylrSettings;
  aquila: AquilaSettings;
  loralink: LoraLinkSettings;
}

export type Dialect = keyof DialectSettings;

interface AddressForm {
  pattern: RegExp;
  /** In words. */
  form: string;
}

/** One to 253: the others have a meaning of their own (modems.md 2.2b, 4.5). */
const ONE_OCTET: AddressForm = {
  pattern: /^([1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-3])$/,
  form: 'a number from 1 to 253',
};

/**
 * How addresses are written, where a dialect has any: exactly so, because the air compares them as text.
 */
const ADDRESS_FORMS: Partial<Readonly<Record<Dialect, AddressForm>>> = {
  xbee: {
    pattern: /^([0-9A-F]{16}|[0-9A-F]{4})$/,
    form: '16 or 4 hexadecimal digits in upper case',
  },
  'ebyte-fixed': { pattern: /^[0-9A-F]{4}$/, form: '4 hexadecimal digits in upper case' },
  rylr: { pattern: /^(0|[1-9]\d{0,4})$/, form: 'a number from 0 to 65535' },
  aquila: ONE_OCTET,
  loralink: ONE_OCTET,
};

/** What is wrong with an address of a modem or a device; undefined: nothing, or the dialect has none. */
export function addressProblem(dialect: Dialect, address: string): string | undefined {
  const wanted = ADDRESS_FORMS[dialect];
  if (wanted === undefined || wanted.pattern.test(address)) return undefined;
  return `must be ${wanted.form} for ${dialect}, not "${address}"`;
}
