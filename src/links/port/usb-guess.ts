/**
 * What a USB device with a serial port most likely is. Ids name the chip of the adapter, seldom what is
 * soldered behind it: hence guesses, in words that say so, and only for people. Nothing is opened by them.
 */
import type { ModemName } from '../../modems/registry.js';

export interface UsbIdentity {
  /** Four hexadecimal digits in lower case. */
  vendorId: string;
  productId: string;
  manufacturer?: string;
  product?: string;
  serialNumber?: string;
}

export interface UsbGuess {
  what: string;
  /** What it may be in `modem:`, the likeliest first; none: it does not carry MQTT-SN. */
  modems: readonly ModemName[];
  /** What gets in its way. */
  conflict?: string;
}

interface Entry extends UsbGuess {
  vendorId?: string;
  productIds?: readonly string[];
  /** Of what maker and product say of themselves. */
  words?: RegExp;
}

const ZIGBEE =
  'a stick for Zigbee or Thread, whose firmware does not carry MQTT-SN; with border router firmware its devices come by UDP, so it needs a link of type udp';
const BRLTTY =
  'brltty, for Braille displays, takes it away on some systems: sudo apt remove brltty';
const MODEM_MANAGER =
  'ModemManager, if it is installed, sends AT commands to it for some seconds after it is plugged in';

const CH34X: UsbGuess = {
  what: 'a CH34x adapter: LoStik (RN2483), EBYTE and HC-12 boards, Arduino boards as bridges, ESP32 boards',
  modems: ['rn2483', 'ebyte-transparent', 'raw', 'aquila'],
};
const ARDUINO: UsbGuess = {
  what: 'an Arduino board: a bridge with firmware of your own, or an Aquila bridge',
  modems: ['raw', 'slip', 'aquila'],
  conflict: MODEM_MANAGER,
};

/** The first that fits counts: what names itself, then whole ids, then makers. */
const ENTRIES: readonly Entry[] = [
  { words: /xbee|\bdigi\b/i, what: 'an adapter for XBee of Digi', modems: ['xbee'] },
  {
    words:
      /zigbee|sonoff|skyconnect|home assistant connect|conbee|raspbee|slzb|zzh|cc2652|zigstar|tubeszb|zigate|openthread|thread rcp/i,
    what: ZIGBEE,
    modems: [],
  },
  { vendorId: '1cf1', what: ZIGBEE, modems: [] },
  { vendorId: '0451', productIds: ['16a8', '16c8', 'bef3'], what: ZIGBEE, modems: [] },
  { vendorId: '10c4', productIds: ['8a2a', '89fb'], what: ZIGBEE, modems: [] },
  {
    vendorId: '0658',
    productIds: ['0200'],
    what: 'a stick for Z-Wave, which does not carry MQTT-SN',
    modems: [],
  },
  { vendorId: '1546', what: 'a GPS receiver of u-blox, no radio modem', modems: [] },
  {
    words: /rak4631|rak3172|wiscore|wisblock|rakwireless/i,
    what: 'a module of RAKwireless; with RUI3 firmware it is modem rui3',
    modems: ['rui3'],
    conflict: MODEM_MANAGER,
  },
  { words: /lostik|rn2483|rn2903/i, what: 'a Microchip RN2483 or RN2903', modems: ['rn2483'] },
  {
    vendorId: '10c4',
    productIds: ['ea60', 'ea61', 'ea70', 'ea71'],
    what: 'a CP210x adapter: XBee adapters, boards with RAK or RYLR modules, EBYTE boards; but also many Zigbee sticks and ESP32 boards',
    modems: ['xbee', 'rui3', 'rylr', 'ebyte-transparent'],
  },
  {
    vendorId: '0403',
    what: 'an FTDI adapter: XBee adapters, Arduino boards as bridges',
    modems: ['xbee', 'raw', 'aquila'],
  },
  { vendorId: '1a86', productIds: ['7523'], ...CH34X, conflict: BRLTTY },
  { vendorId: '1a86', productIds: ['7522', '5523', '55d3', '55d4'], ...CH34X },
  {
    vendorId: '067b',
    what: 'a PL2303 adapter: EBYTE and HC-12 modules, or any other at its pins',
    modems: ['ebyte-transparent', 'raw'],
  },
  {
    vendorId: '0483',
    productIds: ['374b', '374e', '374f', '3752', '3753'],
    what: 'a board of ST with its ST-LINK, such as the B-L0722Z-LRWAN1 with LoRaLink firmware',
    modems: ['loralink'],
    conflict: MODEM_MANAGER,
  },
  { vendorId: '2341', ...ARDUINO },
  { vendorId: '2a03', ...ARDUINO },
  {
    vendorId: '239a',
    what: 'a board with a bootloader of Adafruit: RAK4631 with RUI3 firmware, or a bridge with firmware of your own',
    modems: ['rui3', 'raw', 'slip'],
    conflict: MODEM_MANAGER,
  },
  {
    vendorId: '303a',
    what: 'an ESP32 board: a bridge with firmware of your own',
    modems: ['raw', 'slip', 'cobs', 'hdlc'],
  },
  {
    vendorId: '2e8a',
    what: 'a Raspberry Pi Pico: a bridge with firmware of your own',
    modems: ['raw', 'slip', 'cobs', 'hdlc'],
    conflict: MODEM_MANAGER,
  },
  {
    vendorId: '04d8',
    what: 'an adapter of Microchip, perhaps with an RN2483 or RN2903',
    modems: ['rn2483'],
    conflict: MODEM_MANAGER,
  },
  {
    vendorId: '1915',
    what: 'a board with an nRF52840, for which Nordic has many firmwares; those for Zigbee and Thread do not carry MQTT-SN',
    modems: ['raw', 'slip', 'cobs', 'hdlc'],
    conflict: MODEM_MANAGER,
  },
];

/** undefined: nothing is known of it. */
export function guessUsb({
  vendorId,
  productId,
  manufacturer = '',
  product = '',
}: UsbIdentity): UsbGuess | undefined {
  const entry = ENTRIES.find(
    (one) =>
      (one.vendorId === undefined || one.vendorId === vendorId) &&
      (one.productIds === undefined || one.productIds.includes(productId)) &&
      (one.words === undefined || one.words.test(`${manufacturer} ${product}`)),
  );
  if (entry === undefined) return undefined;
  const { what, modems, conflict } = entry;
  return { what, modems, ...(conflict === undefined ? {} : { conflict }) };
}
