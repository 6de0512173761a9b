import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explain } from '../../../../src/observe/explain/explain.js';
import { blockOf, lineOf, plainOf } from '../../../../src/observe/explain/format.js';
import { decode } from '../../../../src/codec/index.js';
import { fromHex } from '../../../support/hex.js';
import vectors from '../../../vectors/mqtt-sn-1.2.json' with { type: 'json' };

interface Vector {
  name: string;
  hex: string;
  message?: unknown;
  error?: string;
}
const all = vectors as unknown as Vector[];
const valid = all.filter(({ message }) => message !== undefined);
const malformed = all.filter(({ message }) => message === undefined);

/** Every octet of the frame, in the order in which the rows claim them. */
function claimed(frame: Uint8Array): number[] {
  const { header, fields } = explain(frame);
  return [...header, ...fields].flatMap(({ at, octets }) => [...octets.keys()].map((i) => at + i));
}

describe('an explanation', () => {
  it.each(valid)('of $name gives each octet to exactly one field', ({ hex }) => {
    const frame = fromHex(hex);
    expect(claimed(frame)).toEqual([...frame.keys()]);
    expect(explain(frame).problem).toBeUndefined();
  });

  it.each(valid)('of $name is the same message as plain data', ({ hex, message }) => {
    expect(plainOf(fromHex(hex))).toEqual({ hex, message });
  });

  it.each(malformed)('of $name names the error and a place in the frame', ({ hex, error }) => {
    const frame = fromHex(hex);
    const { problem } = explain(frame);
    expect(problem?.error).toBe(error);
    if (error !== 'empty-datagram') expect(problem?.octet).toBeGreaterThanOrEqual(0);
    expect(problem?.octet ?? 0).toBeLessThanOrEqual(frame.length);
    expect(lineOf(frame)).toContain('MALFORMED');
    expect(blockOf(frame)).toContain(`[${error}]`);
  });

  const forwarded = fc.tuple(fc.nat(8), fc.uint8Array({ maxLength: 20 }));
  const frames = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    forwarded.map(([length, rest]) => Uint8Array.of(length, 0xfe, ...rest)),
  );

  it('of any octets never throws and claims no octet twice', () => {
    fc.assert(
      fc.property(frames, (frame) => {
        const octets = claimed(frame);
        expect(new Set(octets).size).toBe(octets.length);
        expect(blockOf(frame).length + lineOf(frame).length).toBeGreaterThan(0);
      }),
    );
  });

  it('of any mutilated message never throws', () => {
    const mutilated = fc.tuple(fc.constantFrom(...valid), fc.nat(), fc.nat(255), fc.nat(40));
    fc.assert(
      fc.property(mutilated, ([{ hex }, at, value, cut]) => {
        const frame = fromHex(hex);
        frame[at % frame.length] = value;
        expect(blockOf(frame.subarray(0, frame.length - Math.min(cut, 3)))).not.toBe('');
      }),
    );
  });
});

describe('flags in words', () => {
  const flagged = valid.map(({ hex }) => fromHex(hex)).filter((frame) => 'qos' in decode(frame));

  it('agree with the decoder', () => {
    expect(flagged.length).toBeGreaterThan(50);
    for (const frame of flagged) {
      const message = decode(frame) as { qos: number; retain?: boolean; dup?: boolean };
      const words = explain(frame).fields[0]?.brief?.split(', ');
      expect(words).toContain(`QoS ${message.qos}`);
      expect(words?.includes('retain')).toBe(message.retain ?? false);
      expect(words?.includes('repeated')).toBe(message.dup ?? false);
    }
  });
});

describe('the place of a mistake', () => {
  it.each([
    ['0b0c2000', 4, 'the length says 11, 4 came'],
    ['021600', 2, '1 octet too many: the length says 2, 3 came'],
    ['0204', 2, 'CONNECT takes at least 4 octets after its type, here are 0'],
    ['040500ff', 3, 'CONNACK takes 1 octets after its type, here are 2'],
    ['0418ff', 3, 'the length says 4, 3 came'],
    ['031800', 3, 'DISCONNECT takes 2 or 0 octets after its type, here are 1'],
    ['06122100010a', 5, 'a predefined or short topic has 2 octets, here are 1'],
    ['0203', 1, 'message type 0x03 is reserved'],
    ['08040401003cc328', 7, 'a text field is not valid UTF-8'],
    ['0b0c230005000a32312e35', 2, 'topic id type 3 (the two low bits of the flags) is reserved'],
    ['010003', 0, 'length 3 is less than the header itself takes'],
    ['03fe0003fe000216', 4, 'a forwarded message inside a forwarded message'],
    ['00fe0002', 0, 'length 0 is less than the header itself takes'],
    ['06fe000a', 4, "the forwarder's header should have 6 octets, 4 came"],
    ['04fe000a', 4, 'nothing follows the header of the forwarder'],
  ])('in %s is octet %i', (hex, octet, text) => {
    expect(explain(fromHex(hex)).problem).toMatchObject({ octet, text });
  });
});

describe('a line', () => {
  it.each([
    [
      '0a040401003c64657631',
      'CONNECT clean session, protocol id 1, keep-alive 60 s, client id "dev1"',
    ],
    [
      '0b0cf0000500aa32312e35',
      'PUBLISH repeated, QoS -1, retain, topic id 5, message id 170, payload "21.5" (4 octets)',
    ],
    [
      '080c62616200001b',
      'PUBLISH QoS -1, short topic, topic "ab", message id 0, payload 1b (1 octet)',
    ],
    ['090c00000500000a41', 'PUBLISH QoS 0, topic id 5, message id 0, payload "\\u{a}A" (2 octets)'],
    ['070c0000050000', 'PUBLISH QoS 0, topic id 5, message id 0, payload empty'],
    ['0813200005001400', 'SUBACK QoS 1, topic id 5, message id 20, return code 0 (accepted)'],
    ['0712210014000c', 'SUBSCRIBE QoS 1, predefined topic, message id 20, topic id 12'],
    ['04180384', 'DISCONNECT sleep 900 s'],
    ['05fe000a0b0217', 'forwarded PINGRESP node 0a 0b'],
    ['0207', 'WILLTOPIC'],
  ])('for %s', (hex, line) => {
    expect(lineOf(fromHex(hex))).toBe(line);
  });

  it('never lets a message control the terminal', () => {
    const name = Buffer.from('\u001b[2J\u009b1m\n');
    const frame = Buffer.concat([Buffer.of(6 + name.length, 0x0a, 0, 0, 0, 1), name]);
    expect(lineOf(frame)).toBe(
      'REGISTER topic id 0, message id 1, topic name "\\u{1b}[2J\\u{9b}1m\\u{a}"',
    );
  });
});
