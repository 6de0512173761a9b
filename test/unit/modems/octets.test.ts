import { describe, expect, it } from 'vitest';
import { decimalAddress, fromHex, toHex } from '../../../src/modems/octets.js';

describe('hex', () => {
  const all = Uint8Array.from({ length: 256 }, (_, octet) => octet);

  it('goes both ways for every octet, in either case', () => {
    expect(fromHex(toHex(all))).toEqual(all);
    expect(fromHex(toHex(all).toUpperCase())).toEqual(all);
    expect(fromHex('')).toEqual(new Uint8Array());
  });

  it.each([
    '0',
    '000',
    '0g',
    'g0',
    '0x',
    ' 00',
    '00\n',
    '/0',
    ':0',
    '@0',
    '`0',
    '\u0000\u0000',
    '0\u0130',
    '\uff110',
    '😀',
  ])('is refused: %j', (text) => {
    expect(fromHex(text)).toBeUndefined();
  });
});

describe('a decimal address', () => {
  it.each([
    ['1', 1],
    ['254', 254],
  ])('is %s', (text, address) => {
    expect(decimalAddress(text, 1, 254)).toBe(address);
  });

  it.each(['0', '255', '', '01', '1.0', '1e1', ' 1', '1 ', '-1', '0x1', 'x1', '1x'])(
    'is not %j',
    (text) => {
      expect(decimalAddress(text, 1, 254)).toBeUndefined();
    },
  );

  it('is written as we write it, however long it may be', () => {
    expect(decimalAddress('123456', 0, 1_000_000)).toBeUndefined();
  });
});
