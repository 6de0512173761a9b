import { describe, expect, it } from 'vitest';
import { formatAddress, isWildcard, parseAddress, withZoneOf } from '../../../src/links/address.js';

describe('the address of a UDP peer', () => {
  it.each([
    ['192.0.2.1', 1883, '192.0.2.1:1883'],
    ['2001:db8::1', 1, '[2001:db8::1]:1'],
    ['fe80::1%eth0', 65535, '[fe80::1%eth0]:65535'],
  ])('%s and port %i are %s, there and back', (host, port, text) => {
    expect(formatAddress(host, port)).toBe(text);
    expect(parseAddress(text)).toEqual({ host, port });
  });
});

it.each([
  '',
  '17',
  ':',
  ':1883',
  '192.0.2.1:',
  '192.0.2.1:0',
  '192.0.2.1:65536',
  '192.0.2.1:1.5',
  'x:-1',
])('"%s" is no address of a UDP peer', (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

it.each([
  ['0.0.0.0', true],
  ['::', true],
  ['0:0:0:0:0:0:0:0', true],
  ['127.0.0.1', false],
  ['10.0.0.0', false],
  ['::1', false],
])('%s stands for all addresses: %s', (host, expected) => {
  expect(isWildcard(host)).toBe(expected);
});

it.each([
  ['ff02::1', '::%eth0', 'ff02::1%eth0'],
  ['ff02::1%eth1', '::%eth0', 'ff02::1%eth1'],
  ['ff02::1', 'fd00::1', 'ff02::1'],
  ['ff02::1', undefined, 'ff02::1'],
  ['225.1.1.1', '192.0.2.10', '225.1.1.1'],
])('%s in the zone of %s is %s', (address, other, expected) => {
  expect(withZoneOf(address, other)).toBe(expected);
});
