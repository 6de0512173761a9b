import { describe, expect, it } from 'vitest';
import { decode, encapsulate, encode, MESSAGE_BYTES_MAX } from '../../../src/codec/index.js';
import { codecs } from '../../../src/codec/table.js';
import { textBytes } from '../../../src/codec/wire.js';

const willmsg = (octets: number) => ({ type: 'WILLMSG', willMsg: new Uint8Array(octets) }) as const;

describe('encode', () => {
  it('changes to the long form at 256 octets', () => {
    expect([...encode(willmsg(253)).subarray(0, 2)]).toEqual([255, 0x09]);
    expect([...encode(willmsg(254)).subarray(0, 4)]).toEqual([1, 1, 2, 0x09]);
  });

  it('fills the longest message to the last octet', () => {
    const frame = encode(willmsg(MESSAGE_BYTES_MAX - 4));
    expect(frame).toHaveLength(MESSAGE_BYTES_MAX);
    expect(decode(frame)).toEqual(willmsg(MESSAGE_BYTES_MAX - 4));
  });

  it.each(['a', 'ä'])('throws on one octet more, and stays usable (text of %j)', (letter) => {
    const clientId = letter.repeat(MESSAGE_BYTES_MAX);
    expect(() => encode(willmsg(MESSAGE_BYTES_MAX - 3))).toThrow(/longer than 65535 octets/);
    expect(() => encode({ type: 'PINGREQ', clientId })).toThrow(RangeError);
    expect([...encode({ type: 'PINGREQ' })]).toEqual([2, 0x16]);
  });

  it('returns frames that the next call leaves alone', () => {
    const first = encode({ type: 'PUBREC', msgId: 1 });
    encode({ type: 'PUBREC', msgId: 2 });
    expect(decode(first)).toEqual({ type: 'PUBREC', msgId: 1 });
  });

  it('throws on a wireless node id that the forwarder header cannot announce', () => {
    expect(() => encapsulate(Uint8Array.of(2, 0x16), new Uint8Array(253))).toThrow(RangeError);
    expect(encapsulate(Uint8Array.of(2, 0x16), new Uint8Array(252))[0]).toBe(255);
  });
});

describe('the table of messages', () => {
  it.each(Object.entries(codecs))('has %s under its own name', (type, codec) => {
    expect(codec.type).toBe(type);
  });

  it('gives each code once', () => {
    const codes = Object.values(codecs).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe('textBytes', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['aä', 3],
    ['温', 3],
    ['😀', 4],
  ])('of %j is %i', (text, octets) => {
    expect(textBytes(text)).toBe(octets);
  });
});
