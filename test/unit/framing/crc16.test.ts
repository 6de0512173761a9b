import { describe, expect, it } from 'vitest';
import { crc16X25, crc16Xmodem } from '../../../src/framing/crc16.js';

const check = new TextEncoder().encode('123456789');

describe('CRC-16', () => {
  it('has the check values of the catalogue', () => {
    expect(crc16Xmodem(check, 9).toString(16)).toBe('31c3');
    expect(crc16X25(check, 9).toString(16)).toBe('906e');
  });

  it('counts only as many octets as it is told', () => {
    expect(crc16Xmodem(check, 0)).toBe(0);
    expect(crc16X25(check, 8)).toBe(crc16X25(check.slice(0, 8), 8));
  });
});
