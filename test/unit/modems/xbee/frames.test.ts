import { describe, expect, it } from 'vitest';
import { XBEE_LINE_BYTES_MAX } from '../../../../src/framing/xbee-frame.js';
import { xbeeDelivery } from '../../../../src/modems/xbee/delivery.js';
import { parseXbeeFrame, transmitFrame } from '../../../../src/modems/xbee/frames.js';
import { airBytes, frameTimeoutMs } from '../../../../src/modems/xbee/limits.js';
import { fromHex, toHex } from '../../../support/hex.js';

const NODE = '0013a20040522baa';

describe('a frame that is too short for its type', () => {
  it.each([
    ['AT response', '8801415000'],
    ['transmit status of 802.15.4', '890100'],
    ['modem status', '8a00'],
    ['transmit status', '8b017d84000000'],
    ['reception', `90${NODE}7d8401`],
    ['explicit reception', `91${NODE}7d84e8e80011c10501`],
    ['reception of 802.15.4 with 64 bits', `80${NODE}2800`],
    ['reception of 802.15.4 with 16 bits', '8150012800'],
  ])('%s: malformed, and whole with the last octet of its head', (_type, hex) => {
    const frame = fromHex(hex);
    for (let length = 1; length < frame.length; length++) {
      expect(parseXbeeFrame(frame.subarray(0, length))).toEqual({ kind: 'malformed' });
    }
    expect(parseXbeeFrame(frame).kind).not.toBe('malformed');
  });

  it('a type that is none of ours is something else', () => {
    expect(parseXbeeFrame(fromHex('a1'))).toEqual({ kind: 'other' });
  });
});

describe('the 16-bit address of a node', () => {
  const received = (address64: string, address16: string) =>
    parseXbeeFrame(fromHex(`90${address64}${address16}01`));

  it.each(['fffe', 'ffff'])('%s is none', (address16) => {
    expect(received(NODE, address16)).toMatchObject({ address16: undefined, dialect: 'zigbee' });
    const nobody = 'f'.repeat(16);
    expect(received(nobody, address16)).toMatchObject({ address: nobody.toUpperCase() });
  });

  it('stands for a node that does not tell its long one', () => {
    expect(received('f'.repeat(16), '5002')).toMatchObject({ address: '5002', address16: 0x5002 });
  });

  it('has four digits on the line, small ones too', () => {
    const frame = transmitFrame({
      id: 1,
      address: NODE.toUpperCase(),
      address16: 0x1a,
      dialect: 'zigbee',
      options: 0,
      data: Uint8Array.of(0xdd),
    });
    expect(toHex(frame)).toBe(`1001${NODE}001a0000dd`);
  });
});

describe('what an XBee carries and takes', () => {
  it('Zigbee has headers of its own in the air, 802.15.4 has none', () => {
    expect(airBytes('zigbee', 10)).toBe(26);
    expect(airBytes('802.15.4', 10)).toBe(10);
  });

  it.each([1200, 9600, 115_200])(
    'at %i baud the longest frame has twice its time, and a busy machine some more',
    (baud) => {
      const frameMs = (XBEE_LINE_BYTES_MAX * 10 * 1000) / baud;
      expect(frameTimeoutMs(baud)).toBeGreaterThan(2 * frameMs);
      expect(frameTimeoutMs(baud)).toBeGreaterThanOrEqual(250);
      expect(frameTimeoutMs(baud)).toBeLessThan(2 * frameMs + 251);
    },
  );

  it('the status of a transmission is in what the operator reads, as the manual writes it', () => {
    expect(xbeeDelivery(0x02, false).detail).toMatch(/never free.*02/);
    expect(xbeeDelivery(0xee, false).detail).toContain('EE');
  });
});
