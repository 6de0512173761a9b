import { describe, expect, it } from 'vitest';
import { encodeLoralink, LoralinkFramer } from '../../../src/framing/loralink-frame.js';
import { fromHex, toHex } from '../../support/hex.js';

const BODY_BYTES_MAX = 20;
const FRAME = encodeLoralink(fromHex('0102'));

/** Frames as hexadecimal digits, discards as octets and reason. */
const take = (framer: LoralinkFramer, line: Uint8Array): unknown[] =>
  [...framer.push(line), ...framer.flush()].map((event) =>
    event.kind === 'frame' ? toHex(event.data) : [event.bytes, event.why],
  );

const taken = (hex: string, ...rest: readonly number[]): unknown[] =>
  take(new LoralinkFramer(BODY_BYTES_MAX), Uint8Array.of(...fromHex(hex), ...rest));

describe('a line of LoRaLink', () => {
  it.each([
    ['octets before a frame', 'aabbcc', [3, 'noise']],
    ['a frame that ends too early', '7e00050102', [5, 'truncated']],
    ['a length of nothing', '7e000000', [4, 'bad-length']],
    ['a length of a check sum alone', '7e0001aa', [4, 'bad-length']],
    ['a length beyond any frame', '7e0100aabb', [5, 'too-long']],
    ['a check sum that is wrong', '7e00030102aa', [6, 'checksum']],
  ])('%s is discarded for that reason, and the next frame comes', (_, hex, discard) => {
    expect(taken(hex, ...FRAME)).toEqual([discard, '0102']);
  });

  it('the longest body comes, and one octet more does not', () => {
    const body = new Uint8Array(BODY_BYTES_MAX).fill(5);
    expect(taken('', ...encodeLoralink(body))).toEqual([toHex(body)]);
    const tooLong = encodeLoralink(new Uint8Array(BODY_BYTES_MAX + 1).fill(5));
    expect(taken('', ...tooLong)).toEqual([[tooLong.length, 'too-long']]);
  });

  it('nonsense without end is reported while it lasts, and what is pending when the line ends', () => {
    const framer = new LoralinkFramer(BODY_BYTES_MAX);
    expect(framer.push(new Uint8Array(255))).toEqual([]);
    expect(framer.push(new Uint8Array(1))).toEqual([
      { kind: 'discarded', bytes: 256, why: 'noise' },
    ]);
    expect(framer.push(fromHex('7e0005'))).toEqual([]);
    expect(framer.flush()).toEqual([{ kind: 'discarded', bytes: 3, why: 'truncated' }]);
    expect(framer.flush()).toEqual([]);
  });

  it('escapes what the line keeps for itself', () => {
    const body = fromHex('7e7d1113');
    const line = encodeLoralink(body);
    expect([...line].slice(1).filter((octet) => [0x7e, 0x11, 0x13].includes(octet))).toEqual([]);
    expect(taken('', ...line)).toEqual(['7e7d1113']);
  });
});
