/** The framing knows as much of MQTT-SN as it takes to find messages; the codec knows the rest. */
import { describe, expect, it } from 'vitest';
import { codecs, decode } from '../../../src/codec/index.js';
import {
  forwarderHeaderBytes,
  isMessage,
  isMessageOrForwarded,
  isPublish,
  shapeFault,
} from '../../../src/framing/message-shape.js';
import { fromHex } from '../../support/hex.js';

/** More than any field of limited length has. */
const BODY_BYTES_TRIED = 300;

/** Whether the codec takes some body of so many octets: zeros, or ones where zeros are reserved. */
function codecTakes(type: number, bodyBytes: number): boolean {
  const total = bodyBytes + 2 <= 0xff ? bodyBytes + 2 : bodyBytes + 4;
  const length = total <= 0xff ? [total] : [0x01, total >> 8, total & 0xff];
  return [0x00, 0x01].some((octet) => {
    const body = new Uint8Array(bodyBytes).fill(octet);
    return decode(Uint8Array.of(...length, type, ...body)).type !== 'MALFORMED';
  });
}

const sizes = Array.from({ length: BODY_BYTES_TRIED }, (_, bytes) => bytes);

describe('the table of message types', () => {
  it('has the types of the codec and no others', () => {
    const codes: number[] = Object.values(codecs).map(({ code }) => code);
    const known = Array.from({ length: 256 }, (_, type) => type).filter((type) =>
      sizes.some((bytes) => shapeFault(type, bytes) === undefined),
    );
    expect(known).toEqual(codes.toSorted((a, b) => a - b));
    expect(shapeFault(0x03, 3)).toBe('noise');
    expect(shapeFault(0xfe, 3)).toBe('noise');
  });

  it.each(Object.values(codecs))(
    '$type: its lengths are those that the codec takes',
    ({ code }) => {
      const taken = sizes.filter((bytes) => codecTakes(code, bytes));
      const [min, max] = [taken.at(0) ?? Number.NaN, taken.at(-1) ?? Number.NaN];
      expect(taken.filter((bytes) => shapeFault(code, bytes) !== undefined)).toEqual([]);
      if (min > 0) expect(shapeFault(code, min - 1)).toBe('bad-length');
      if (max < BODY_BYTES_TRIED - 1) expect(shapeFault(code, max + 1)).toBe('bad-length');
    },
  );
});

describe('a message', () => {
  it.each([
    ['0216', true],
    ['0217ff', false],
    ['03', false],
    ['', false],
    ['00', false],
    ['01', false],
    ['01000416', true],
    ['0100041600', false],
    ['010003', false],
    ['010004', false],
  ])('%s: its length is that of the frame: %s', (hex, expected) => {
    expect(isMessage(fromHex(hex), 0)).toBe(expected);
  });

  it.each([
    ['05fe010003' + '0216', 5, true],
    ['03fe01' + '0216', 3, true],
    ['0216', 0, true],
    ['05fe010003' + '021600', 5, false],
    ['05fe010003', undefined, false],
    ['02fe' + '0216', undefined, false],
    ['05fe01', undefined, false],
  ])('%s: forwarder header of %s octets', (hex, header, expected) => {
    expect(forwarderHeaderBytes(fromHex(hex))).toBe(header);
    expect(isMessageOrForwarded(fromHex(hex))).toBe(expected);
  });
});

describe('a PUBLISH', () => {
  it.each([
    ['070c0000010000', true],
    ['0100080c00000100', true],
    ['04fe010a070c0000010000', true],
    ['070d0001000100', false],
    ['0c0d', false],
    ['0217', false],
    ['04fe010c0217', false],
    ['', false],
  ])('%s: %s', (hex, expected) => {
    expect(isPublish(fromHex(hex))).toBe(expected);
  });
});
