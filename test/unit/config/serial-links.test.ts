import { describe, expect, it } from 'vitest';
import { toCoreConfig } from '../../../src/config/core-config.js';
import { redact } from '../../../src/config/redact.js';
import {
  baudRate,
  maxMessageBytes,
  modemSettings,
  radioUse,
} from '../../../src/config/serial-link.js';
import { MODEM_NAMES, modemFacts } from '../../../src/modems/registry.js';
import { fileOf, linkOf, mistake, NEEDS } from './serial.js';
import { configOf, errorsOf } from './support.js';

describe('a serial link', () => {
  it.each(MODEM_NAMES)('with modem %s needs nothing more', (modem) => {
    const link = linkOf(modem);
    expect(baudRate(link)).toBe(modemFacts(modem).defaultBaudRate);
    expect(modemSettings(link).modem).toBe(modem);
    expect(maxMessageBytes(link)).toBeGreaterThan(50);
    expect(radioUse(link).air).toBeDefined();
  });

  it.each([
    ['/dev/ttyUSB0', { kind: 'device', path: '/dev/ttyUSB0' }],
    ['COM3', { kind: 'device', path: 'COM3' }],
    ['tcp://192.0.2.7:3333', { kind: 'tcp', host: '192.0.2.7', port: 3333 }],
    ['"tcp://[2001:db8::7]:3333"', { kind: 'tcp', host: '2001:db8::7', port: 3333 }],
    ['tcp://esp-link.local:23/', { kind: 'tcp', host: 'esp-link.local', port: 23 }],
  ])('is at %s', (port, expected) => {
    const text = `links: [{ name: a, type: serial, modem: raw, port: ${port} }]`;
    expect(configOf(text).links).toMatchObject([{ port: expected }]);
  });

  it.each([
    'ttyUSB0',
    'tcp://host',
    'tcp://host:0',
    'tcp://host:65536',
    'udp://host:1',
    '""',
    '"tcp://[::1:5"',
  ])('cannot be at %s', (port) => {
    expect(errorsOf(`links: [{ name: a, type: serial, modem: raw, port: ${port} }]`)).toEqual([
      expect.stringContaining('links[0].port: must be the path of a serial port'),
    ]);
  });

  it.each([
    ['listen: "0.0.0.0:1"', 'listen: belongs to udp links; remove it'],
    ['allow_padding: true', 'allow_padding: belongs to udp links; remove it'],
    ['bautrate: 9600', 'bautrate: unknown key (did you mean "baudrate"?)'],
    ['baudrate: 200', 'baudrate: must be a whole number from 300 to 4000000, not 200'],
    ['xbee: {}', 'xbee: is not for modem raw; remove it'],
    ['ebyte: { family: e22 }', 'ebyte: is not for modem raw; remove it'],
    ['node_address: 5', 'node_address: is for addressing radiohead and modem rylr; remove it'],
    ['acknowledge: true', 'acknowledge: is for addressing radiohead; remove it'],
    [
      'addressing: radiohead, node_address: 255',
      'node_address: must be 254 at most with addressing radiohead',
    ],
  ])('of a wire, %s', (keys, expected) => {
    expect(mistake('raw', keys)).toBe(expected);
  });

  it('has no flow control over TCP', () => {
    expect(
      errorsOf('links: [{ name: a, type: serial, modem: raw, port: tcp://h:1, rtscts: true }]'),
    ).toEqual([expect.stringContaining('links[0].rtscts: has no effect over TCP')]);
  });

  it('has its port for itself', () => {
    const link = (name: string, port: string): string =>
      `{ name: ${name}, type: serial, modem: raw, port: ${port} }`;
    const links = [link('a', 'tcp://h:1'), link('b', 'tcp://H:1'), link('c', 'tcp://h:2')];
    expect(errorsOf(`links: [${links.join(', ')}]`)).toEqual([
      expect.stringMatching(/: links\[1\]\.port: is already used by links\[0\]$/),
    ]);
  });

  it('does not hide one mistake behind another', () => {
    const text = `
links:
  - name: a
    type: serial
    port: nowhere
    modem: rn2483
    baudrate: 1
    rylr: {}
    radio: { spreading_factor: 9 }
`;
    expect(errorsOf(text).map((error) => error.split(': ', 2).join(' '))).toEqual([
      'gw.yaml:3:5 links[0].addressing',
      'gw.yaml:5:11 links[0].port',
      'gw.yaml:7:15 links[0].baudrate',
      'gw.yaml:8:11 links[0].rylr',
      'gw.yaml:9:5 links[0].radio.frequency',
    ]);
  });
});

describe('addressing', () => {
  it.each(['xbee', 'rylr', 'aquila', 'loralink'])('has no effect with %s', (modem) => {
    expect(mistake(modem, 'addressing: fe')).toBe(
      `addressing: has no effect: modem ${modem} names devices by itself; remove it`,
    );
  });

  it.each(['rn2483', 'rui3', 'ebyte-transparent'] as const)('has to be chosen for %s', (modem) => {
    const needs = NEEDS[modem].replace(/addressing: \w+(, )?/, '');
    expect(mistake(modem, '', needs)).toBe(
      `addressing: is missing; it must be none (there is one device), fe or radiohead, because modem ${modem} does not tell who has sent a message`,
    );
  });

  it('of a LoRaLink: a second modem, at another port than all others', () => {
    const pair = (transmit: string): string =>
      fileOf('loralink', `loralink: { transmit_port: ${transmit} }`);
    expect(modemSettings(linkOf('loralink'))).toMatchObject({ hasTransmitter: false });
    expect(
      modemSettings(linkOf('loralink', 'loralink: { transmit_port: tcp://adapter:4001 }')),
    ).toMatchObject({ hasTransmitter: true });
    expect(errorsOf(pair('/dev/ttyUSB0'))).toEqual([
      expect.stringMatching(/links\[0\]\.loralink\.transmit_port: is already used by links\[0\]$/),
    ]);
    expect(mistake('rui3', 'loralink: { transmit_port: /dev/ttyUSB1 }')).toBe(
      'loralink: is not for modem rui3; remove it',
    );
  });

  it('of RadioHead may acknowledge under a duty cycle, too', () => {
    const lora = 'radio: { frequency: 868.1MHz, spreading_factor: 7 }';
    const link = linkOf('rui3', '', `addressing: radiohead, acknowledge: true, ${lora}`);
    expect(modemSettings(link)).toMatchObject({ addressing: { acknowledge: true } });
  });

  it('of RadioHead carries the address and whether to acknowledge', () => {
    const settings = modemSettings(
      linkOf('slip', 'addressing: radiohead, node_address: 7, acknowledge: true'),
    );
    expect(settings).toMatchObject({
      addressing: { kind: 'radiohead', ownAddress: 7, acknowledge: true },
    });
    expect(modemSettings(linkOf('slip', 'addressing: radiohead'))).toMatchObject({
      addressing: { kind: 'radiohead', ownAddress: 1, acknowledge: false },
    });
  });

  it('is none on a wire and the header of forwarders for ebyte-fixed, unless told', () => {
    expect(modemSettings(linkOf('cobs'))).toMatchObject({ addressing: { kind: 'none' } });
    expect(modemSettings(linkOf('ebyte-fixed'))).toMatchObject({ addressing: { kind: 'fe' } });
  });
});

describe('an EBYTE module', () => {
  const radio = 'addressing: fe, radio: { frequency: 869.525MHz, bytes_per_second: 65 }';

  it.each([
    ['ebyte-transparent', '', 'ebyte: is missing; it must name the module, as in { family: e22 }'],
    ['ebyte-transparent', '{}', 'ebyte.family: is missing; it must be one of e32, e22, e220'],
    [
      'ebyte-transparent',
      '{ family: e22, sub_packet: 58 }',
      'ebyte.sub_packet: must be one of 240, 128, 64, 32 for e22',
    ],
    ['ebyte-transparent', '{ family: e32, rssi: true }', 'ebyte.rssi: is not for e32; remove it'],
    [
      'ebyte-transparent',
      '{ family: e22, channel: 1 }',
      'ebyte.channel: is for ebyte-fixed; remove it',
    ],
    [
      'ebyte-fixed',
      '{ family: e22 }',
      'ebyte.channel: is missing: ebyte-fixed names it before each message',
    ],
    [
      'ebyte-fixed',
      '{ family: e22, channel: 1, device_address: 3 }',
      'ebyte.device_address: is for ebyte-fixed with addressing none; remove it',
    ],
  ])('%s with %s', (modem, ebyte, expected) => {
    expect(mistake(modem, ebyte === '' ? '' : `ebyte: ${ebyte}`, radio)).toBe(expected);
  });

  it('is told to the driver', () => {
    const keys =
      'ebyte: { family: e220, channel: 4, device_address: 3, sub_packet: 64, rssi: true }';
    const needs = radio.replace('fe', 'none');
    expect(modemSettings(linkOf('ebyte-fixed', keys, needs))).toEqual({
      modem: 'ebyte-fixed',
      addressing: { kind: 'none' },
      baudRate: 9600,
      family: 'e220',
      channel: 4,
      deviceAddress: 3,
      subPacketBytes: 64,
      rssiOctet: true,
    });
  });
});

describe('the settings of', () => {
  it('rylr come with the password of the file that is named', () => {
    const world = { files: { '/s': '0123ABCD\n' } };
    const link = linkOf(
      'rylr',
      'node_address: 12, rylr: { network_id: 5, encoding: base64, password_file: /s }',
      undefined,
      world,
    );
    expect(modemSettings(link)).toMatchObject({
      ownAddress: 12,
      networkId: 5,
      encoding: 'base64',
      password: '0123ABCD',
      lora: { preambleSymbols: 12, chip: 'sx126x' },
    });
    expect(
      mistake('rylr', 'rylr: { password_file: /s }', undefined, { files: { '/s': 'abc' } }),
    ).toBe('rylr.password_file: names /s, whose content must be 8 or 32 hexadecimal digits');
    expect(mistake('rylr', 'rylr: { password: secret }')).toBe(
      'rylr.password: must be 8 or 32 hexadecimal digits',
    );
    expect(
      mistake('rylr', 'rylr: { password: "01234567", password_file: /s }', undefined, world),
    ).toContain('rylr.password');
  });

  it('aquila come with the octets of its key', () => {
    const key = '000102030405060708090a0b0c0d0e0f';
    const keys = `max_message: 96, aquila: { pan: 3, key: '${key}', pairing: { address: 12 } }`;
    expect(modemSettings(linkOf('aquila', keys))).toEqual({
      modem: 'aquila',
      baudRate: 115_200,
      messageBytesMax: 96,
      pan: 3,
      key: Uint8Array.from({ length: 16 }, (_, i) => i),
      pairing: { address: 12, windowMs: 60_000 },
    });
    expect(mistake('aquila', 'aquila: { key: abc }')).toBe(
      'aquila.key: must be 32 hexadecimal digits',
    );
    expect(JSON.stringify(redact(configOf(fileOf('aquila', keys))))).not.toContain(key);
  });

  it('xbee are off unless told', () => {
    expect(modemSettings(linkOf('xbee'))).toEqual({
      modem: 'xbee',
      baudRate: 9600,
      configure: false,
      lastHopRssi: false,
      dialect: 'auto',
      extendedTimeout: false,
      fragment: false,
    });
    expect(
      modemSettings(linkOf('xbee', 'xbee: { rssi: true, explicit: { cluster: 0x21 } }')),
    ).toMatchObject({
      lastHopRssi: true,
      explicit: { sourceEndpoint: 0xe8, destinationEndpoint: 0xe8, cluster: 0x21, profile: 0xc105 },
    });
  });
});

describe('the core', () => {
  it('hears that the link is paced, how large messages may be, and whether to announce', () => {
    expect(toCoreConfig(configOf(fileOf('loralink', 'broadcast: false'))).links).toEqual({
      a: { maxMessageBytes: 57, isPaced: true, broadcast: false, allowPadding: false },
    });
  });
});
