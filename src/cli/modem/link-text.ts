/** The link for a modem that was found, as it stands in a configuration. */
import { modemFacts, type ModemName } from '../../modems/registry.js';

const FE =
  'addressing: fe  # how your devices are told apart: none (there is one), fe or radiohead';
const ONE = 'addressing: none  # there is one device; for several: fe or radiohead';
const RADIO_NOTE = '# as your devices are set';
const LORA = `radio: { frequency: 869.525MHz, spreading_factor: 9, bandwidth: 125kHz }  ${RADIO_NOTE}`;
const RATE = `radio: { frequency: 869.525MHz, bytes_per_second: 65 }  ${RADIO_NOTE}`;

/** What each modem cannot do without; the values are examples where nobody but the operator knows them. */
const KEYS: Readonly<Record<ModemName, readonly string[]>> = {
  raw: [ONE],
  slip: [ONE],
  cobs: [ONE],
  hdlc: [ONE],
  xbee: [],
  'ebyte-transparent': [FE, 'ebyte: { family: e22 }  # what its name begins with', RATE],
  'ebyte-fixed': ['ebyte: { family: e22, channel: 18 }  # as it is set', RATE],
  rn2483: [FE, LORA],
  rui3: [FE, LORA],
  rylr: [LORA],
  aquila: [],
  loralink: [LORA],
};

/** A path with anything else is quoted. */
const PLAIN = /^[/A-Za-z][\w./:@+[\]-]*$/;

interface LinkOptions {
  port: string;
  /** undefined: that of the line is set elsewhere. */
  baudRate: number | undefined;
  /** One more key. */
  setting?: string | undefined;
}

export function linkText(modem: ModemName, { port, baudRate, setting }: LinkOptions): string {
  const isUsual = baudRate === undefined || baudRate === modemFacts(modem).defaultBaudRate;
  const keys = [
    'name: field',
    'type: serial',
    `port: ${PLAIN.test(port) ? port : JSON.stringify(port)}`,
    `modem: ${modem}`,
    ...(isUsual ? [] : [`baudrate: ${baudRate}`]),
    ...KEYS[modem],
    ...(setting === undefined ? [] : [setting]),
  ];
  return `links:\n  - ${keys.join('\n    ')}\n`;
}
