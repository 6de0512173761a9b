import { expect, it } from 'vitest';
import { guessUsb, type UsbIdentity } from '../../../../src/links/port/usb-guess.js';

const usb = (ids: string, words: Partial<UsbIdentity> = {}): UsbIdentity => {
  const [vendorId = '', productId = ''] = ids.split(':');
  return { vendorId, productId, ...words };
};

it.each([
  ['10c4:ea60', {}, 'xbee', /CP210x .* XBee adapters.* RAK or RYLR .* Zigbee sticks/],
  ['0403:6001', {}, 'xbee', /FTDI/],
  ['1a86:7523', {}, 'rn2483', /LoStik/],
  ['1a86:55d4', {}, 'rn2483', /CH34x/],
  ['0483:374b', {}, 'loralink', /LoRaLink/],
  ['239a:8029', { product: 'WisCore RAK4631 Board' }, 'rui3', /RAKwireless/],
  ['2341:0043', {}, 'raw', /Arduino/],
] as const)('%s %j: likeliest %s', (ids, words, modem, what) => {
  const guess = guessUsb(usb(ids, words));
  expect(guess?.modems[0]).toBe(modem);
  expect(guess?.what).toMatch(what);
});

it.each([
  ['10c4:ea60', { manufacturer: 'Nabu Casa', product: 'SkyConnect v1.0' }],
  ['10c4:ea60', { manufacturer: 'ITead', product: 'Sonoff Zigbee 3.0 USB Dongle Plus' }],
  ['1a86:55d4', { manufacturer: 'ITEAD', product: 'SONOFF Zigbee 3.0 USB Dongle Plus V2' }],
  ['0403:6015', { product: 'ConBee III' }],
  ['0451:16a8', { product: 'TI CC2531 USB CDC' }],
  ['1cf1:0030', {}],
])('%s %j is a Zigbee stick, which does not carry MQTT-SN whatever its chip is', (ids, words) => {
  const guess = guessUsb(usb(ids, words));
  expect(guess?.modems).toEqual([]);
  expect(guess?.what).toMatch(/does not carry MQTT-SN.*link of type udp/);
});

it('only the id that brltty takes is blamed on it', () => {
  expect(guessUsb(usb('1a86:7523'))?.conflict).toMatch(/brltty/);
  expect(guessUsb(usb('1a86:55d4'))?.conflict).toBeUndefined();
});

it('an XBee is no Zigbee stick', () => {
  expect(guessUsb(usb('0403:6001', { product: 'XBee Zigbee adapter' }))?.modems).toEqual(['xbee']);
});

it('nothing is made up of what is not known', () => {
  expect(guessUsb(usb('ffff:0001', { product: 'Coffee machine' }))).toBeUndefined();
});
