import { describe, expect, it } from 'vitest';
import { DeviceNumbering } from '../../../../firmware-sim/scene/numbering.js';
import { readScene } from '../../../../firmware-sim/scene/read.js';

const errorsOf = (text: string): readonly string[] => readScene(text, 'a.yaml').errors ?? [];

/** A scene in order, with something else in place of parts of it. */
const scene = ({ radio = '', modem = '', device = '', faults = '' }): string => `
radios:
  air: { air_time: { fixed: 10ms } ${radio} }
modems:
  - { id: dongle, radio: air, dialect: slip, port: { tcp: '127.0.0.1:1' } ${modem} }
devices:
  - { id: 's-{n}', count: 2, kind: sensor, radio: air, via: dongle, sleep: 1m, topic: t ${device} }
faults: [ ${faults} ]
`;

describe('reading a scene', () => {
  it('gives values in their units, and defaults', () => {
    const result = readScene(
      `
radios:
  air: { air_time: { lora: { spreading_factor: 9, bandwidth: 125kHz, coding_rate: 4/6 } } }
modems:
  - id: dongle
    radio: air
    dialect: ebyte-fixed
    address: '0001'
    port: { pty: /tmp/x, stable: /tmp/y }
    settings: { rssi_octet: true }
devices:
  - { id: a, kind: beacon, udp: '[::1]:1883', topic: { predefined: 3 }, every: 0.5 }
`,
      'a.yaml',
    );
    expect(result.errors).toBeUndefined();
    const { radios, modems, devices } = result.scene ?? {};
    expect(radios?.['air']?.air_time.lora).toEqual({
      spreading_factor: 9,
      bandwidth: 125_000,
      coding_rate: 6,
      preamble: 8,
    });
    expect(modems?.[0]).toMatchObject({ baudrate: 115_200, settings: { rssiOctet: true } });
    expect(devices?.[0]).toMatchObject({
      udp: { host: '::1', port: 1883 },
      topic: { kind: 'predefined', id: 3 },
      every: 500,
      count: 1,
    });
  });

  it('finds nothing wrong where nothing is', () => {
    expect(errorsOf(scene({}))).toEqual([]);
  });

  it.each([
    ['devices: [', ['a.yaml:1:11: is not valid YAML: ']],
    ['{}', ['a.yaml:1:1: devices: is missing']],
    ['{ a: b }: c', ['a.yaml:1:1: a key is a name, not a section or a list']],
    ['"a\\nb": c', ['devices: is missing', '"a\\nb": unknown key']],
    ['devices: []', ['a.yaml:1:1: devices: must not be empty']],
    [
      'devices: [{ id: a, kind: toaster }]',
      ['a.yaml:1:20: devices[0].kind: must be one of sensor'],
    ],
    [
      'devices: [{ id: a, kind: beacon, udp: x, topic: { short: abc }, evry: 1s }]',
      [
        'a.yaml:1:34: devices[0].udp: must be an address such as 127.0.0.1:1883',
        'a.yaml:1:42: devices[0].topic: must be a topic name, { predefined: ID } or',
        'a.yaml:1:11: devices[0].every: is missing',
        'a.yaml:1:65: devices[0].evry: unknown key',
      ],
    ],
    [
      "devices: [{ id: a, kind: hostile, udp: '[::1]:1', topics: [], forwards: [abc], every: 1s }]",
      [
        'a.yaml:1:51: devices[0].topics: must not be empty',
        'a.yaml:1:74: devices[0].forwards[0]: must be octets in hexadecimal',
      ],
    ],
  ])('says of %s what is wrong, and where', (text, expected) => {
    const errors = errorsOf(text);
    expect(errors).toHaveLength(expected.length);
    errors.forEach((error, i) => expect(error).toContain(expected[i]));
  });

  it.each([
    [{ device: ", udp: '127.0.0.1:1'" }, 'devices[0]: needs either `radio` and `via`, or `udp`'],
    [{ device: ', header: radiohead' }, 'node: must be a number from 0 to 254, for header: radio'],
    [{ device: ', header: fe, node: "12", reliable: {}' }, 'reliable: is for header: radiohead'],
    [{ device: ', header: fe, node: x' }, 'node: must be octets in hexadecimal, for header: fe'],
    [
      { device: ', roams: { radio: air, via: other, every: 1m }' },
      'no modem "other"; there are do',
    ],
    [
      { device: ", udp: '127.0.0.1:1', roams: { radio: sea, via: other }" },
      'needs either `radio` and `via`, or `udp`',
    ],
    [{ radio: ', path_loss: {}' }, 'at: is missing: the path loss of air depends on it'],
    [
      { radio: ', path_loss: {}, links: [{ from: a, to: b }]', modem: ', at: [0, 0]' },
      'radios.air.links: has no effect beside path_loss',
    ],
    [{ modem: ', settings: { api_mode: 1 }' }, 'modems[0].settings.api_mode: unknown key'],
    [{ modem: ', at: here' }, 'modems[0].at: must be a position in metres'],
    [{ faults: '{ at: 1m }' }, 'faults[0]: must have one of outage, loss, unplug'],
    [{ faults: '{ outage: air, for: 1s }' }, 'faults[0]: must have either `at` or `every`'],
    [{ faults: '{ at: 1m, outage: air }' }, 'must say how long the outage lasts, with `for`'],
    [{ faults: '{ at: 1m, outage: sea, for: 1s }' }, 'no radio "sea"; there are air'],
    [{ faults: '{ at: 1m, reset: dongle, for: 1s }' }, 'for: makes no sense with reset'],
    [{ faults: "{ at: 1m, reboot: 'x-*' }" }, 'no device "x-*"; there are s-1, s-2'],
    [{ faults: '{ every: 0s, reset: dongle }' }, 'every: must not be 0'],
    [{ faults: '{ at: 1m, reset: dongle, as: /tmp/z }' }, 'as: is for `unplug` alone'],
  ])('refuses %j', (parts, expected) => {
    expect(errorsOf(scene(parts)).join('\n')).toContain(expected);
  });

  it('refuses ids that are there twice', () => {
    const device = "{ kind: beacon, udp: '127.0.0.1:1', topic: { short: ab }, every: 1s";
    expect(errorsOf(`devices: [${device}, id: a, count: 3 }]`).join()).toContain(
      'devices[0].id: is there twice: a; with `count`, put {n} into it',
    );
    expect(errorsOf(`devices: [${device}, id: a }, ${device}, id: a }]`).join()).toContain(
      'devices[1].id: is there twice: a',
    );
  });

  it('knows which dialects there are', () => {
    const text = scene({}).replace('slip', 'carrier-pigeon');
    expect(errorsOf(text).join()).toContain('dialect: must be one of raw, slip, cobs, hdlc, xbee');
  });
});

describe('the numbers of devices', () => {
  it('are filled in', () => {
    const eleven = new DeviceNumbering(11, 'x-11');
    expect(eleven.fill('{n} {n:3} {n:4x} {n:4X} {id} {m}')).toBe('11 011 000b 000B x-11 {m}');
  });
});
