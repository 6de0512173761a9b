import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../src/modems/octets.js';

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
