import { describe, expect, it } from 'vitest';
import {
  isLoopback,
  isMulticast,
  listenAddressText,
  parseDuration,
  parseFrequency,
  parseListenAddress,
  parsePort,
  parseShare,
  parseSize,
  portText,
} from '../../../src/config/values.js';
import { configOf, errorsOf } from './support.js';

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    [0.5, 500],
    [30, 30_000],
  ])('%s is %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '15', '15min', '1.5h', '-1s', '15 m', 'm', '1h30m'])('%s is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it.each(['50ms', '2h', '-1', '.inf', '.nan', '"10"', '[]', '1w'])(
    '%s is refused as retry interval with the range in words',
    (value) => {
      expect(errorsOf(`defaults: { retry: { interval: ${value} } }`)).toEqual([
        expect.stringMatching(
          /^gw\.yaml:1:32: defaults\.retry\.interval: must be a duration from 100ms to 1h/,
        ),
      ]);
    },
  );

  it('are in whole seconds where the protocol counts in them', () => {
    expect(errorsOf('mqtt: { keepalive: 5500ms }')).toEqual([
      expect.stringContaining('from 5s to 65535s in whole seconds'),
    ]);
    expect(errorsOf('mqtt: { keepalive: 4s }')).toHaveLength(1);
    expect(configOf('mqtt: { keepalive: 6000ms }').mqtt.keepalive).toBe(6000);
  });
});

describe('frequencies', () => {
  it.each([
    ['869.525MHz', 869_525_000],
    ['869525kHz', 869_525_000],
    ['869525000Hz', 869_525_000],
    ['2.403 GHz', 2_403_000_000],
    ['7.8125kHz', 7812.5],
    ['433.3MHz', 433_300_000],
    [868_100_000, 868_100_000],
  ])('%s is %d Hz', (text, hz) => {
    expect(parseFrequency(text)).toBe(hz);
  });

  it.each(['', '869.525', '869,525MHz', '-1MHz', '868mhz', '.5MHz', '1e9Hz'])(
    '%s is none',
    (text) => {
      expect(parseFrequency(text)).toBeUndefined();
    },
  );
});

describe('shares', () => {
  it.each([
    ['1%', 0.01],
    ['0.1%', 0.001],
    ['100 %', 1],
    [0.5, 0.5],
  ])('%s is %d', (text, share) => {
    expect(parseShare(text)).toBe(share);
  });

  it.each(['', '1', '%', '-1%', '1,5%'])('%s is none', (text) => {
    expect(parseShare(text)).toBeUndefined();
  });
});

describe('ports', () => {
  it.each(['/dev/ttyUSB0', '/dev/serial/by-id/usb-x', 'COM3', 'tcp://h:1', 'tcp://[::1]:65535'])(
    '%s is written as it was read',
    (text) => {
      const port = parsePort(text);
      expect(port && portText(port)).toBe(text);
    },
  );

  it.each([
    '',
    'ttyUSB0',
    './tty',
    'tcp://:1',
    'tcp://h',
    'tcp://h:0',
    'tcp://u@h:1',
    'tcp://h:1/x',
  ])('%s is none', (text) => {
    expect(parsePort(text)).toBeUndefined();
  });
});

describe('sizes', () => {
  it.each([
    ['64KiB', 65_536],
    ['1MiB', 1_048_576],
    ['2GiB', 2_147_483_648],
    [1472, 1472],
  ])('%s is %i octets', (text, octets) => {
    expect(parseSize(text)).toBe(octets);
  });

  it.each(['', '64', '64kB', '64KB', '1.5MiB', '-1KiB', 0.5])('%s is none', (text) => {
    expect(parseSize(text)).toBeUndefined();
  });

  it.each(['15', '64KiB', '100.5', 'big'])('%s is refused as largest message', (value) => {
    expect(errorsOf(`defaults: { max_message: ${value} }`)).toEqual([
      expect.stringContaining('defaults.max_message: must be a size from 16 to 65535'),
    ]);
  });
});

describe('listen addresses', () => {
  it.each([
    ['0.0.0.0:1883', { host: '0.0.0.0', port: 1883 }],
    ['[::]:0', { host: '::', port: 0 }],
    ['[fe80::1%eth0]:10000', { host: 'fe80::1%eth0', port: 10_000 }],
  ])('%s has a host and a port, and the same text again', (text, address) => {
    expect(parseListenAddress(text)).toEqual(address);
    expect(listenAddressText(address)).toBe(text);
  });

  it.each(['', '1883', ':1883', '::1:1883', '[127.0.0.1]:1', 'localhost:1883', '1.2.3.4:65536'])(
    '%s is none',
    (text) => {
      expect(parseListenAddress(text)).toBeUndefined();
    },
  );

  it.each([
    ['224.0.0.0', true],
    ['239.255.255.255', true],
    ['240.0.0.0', false],
    ['192.0.2.1', false],
    ['ff02::1', true],
    ['FF0E::99', true],
    ['fe80::1', false],
    ['ff', false],
    ['230.example', false],
  ])('%s is a multicast group: %s', (address, expected) => {
    expect(isMulticast(address)).toBe(expected);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.255.255.254', true],
    ['::1', true],
    ['0:0:0:0:0:0:0:1', true],
    ['::ffff:127.0.0.1', true],
    ['::ffff:192.0.2.1', false],
    ['0.0.0.0', false],
    ['::', false],
    ['128.0.0.1', false],
    ['fe80::1%lo', false],
    ['localhost', false],
    ['127.0.0.1.example', false],
    ['', false],
  ])('%s is this machine alone: %s', (address, expected) => {
    expect(isLoopback(address)).toBe(expected);
  });
});
