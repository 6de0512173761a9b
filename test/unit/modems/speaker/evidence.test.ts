import { describe, expect, it } from 'vitest';
import { fromHex } from '../../../support/hex.js';
import { Evidence } from '../../../../src/modems/speaker/evidence.js';

const EXPECTED = { modem: 'RN2483 or RN2903', name: 'rn2483', defaultBaudRate: 57_600 };

function diagnose(...pieces: (string | number[])[]): { code: string; message: string } {
  const evidence = new Evidence();
  for (const piece of pieces)
    evidence.add(Uint8Array.from(typeof piece === 'string' ? Buffer.from(piece) : piece));
  return evidence.diagnose(EXPECTED);
}

describe('what comes in place of answers', () => {
  it.each([[[]], [['']], [[[0x00, 0xff]]]])('%j: nothing at all', (pieces) => {
    expect(diagnose(...pieces)).toMatchObject({
      code: 'MODEM_SILENT',
      message: expect.stringContaining('57600') as string,
    });
  });

  it.each([
    ['+READY\r\n', 'REYAX'],
    ['AT_COMMAND_NOT_FOUND\r\n', 'RUI3'],
    ['$GNRMC,1,2\r\n', 'GPS'],
    ['raspberrypi login: ', 'console'],
  ])('%j is of another kind', (text, name) => {
    const { code, message } = diagnose(text);
    expect(code).toBe('MODEM_WRONG_MODE');
    expect(message).toContain(name);
  });

  it('frames of an XBee are recognised', () => {
    const { code, message } = diagnose([0x7e, 0x00, 0x02, 0x8a, 0x06, 0x6f]);
    expect([code, message.includes('XBee')]).toEqual(['MODEM_WRONG_MODE', true]);
  });

  it.each([
    ['ffffff', 'EBYTE'],
    ['c0000002014376c0', 'Aquila'],
    ['c0030500c0c00216c0', 'SLIP'],
  ])('%s is of another kind', (hex, name) => {
    const { code, message } = diagnose([...fromHex(hex)]);
    expect(code).toBe('MODEM_WRONG_MODE');
    expect(message).toContain(name);
  });

  it.each([
    ['another one where it ends', [0x7e, 0x00, 0x02, 0x8a, 0x06, 0x6f, 0x7e, 0x00]],
    ['noise before it', [0x00, 0x80, 0x7e, 0x00, 0x02, 0x8a, 0x06, 0x6f]],
  ])('a frame of an XBee is recognised with %s', (_, octets) => {
    expect(diagnose(octets).message).toContain('an XBee of Digi in API mode');
  });

  it.each([
    ['no delimiter', [0x80, 0x00, 0x02, 0x8a, 0x06, 0x6f]],
    ['a length beyond any frame', [0x7e, 0x8a, 0x02, 0x8a, 0x06, 0x6f]],
    ['an end that has not come', [0x7e, 0x00, 0x09, 0x8a, 0x06, 0x6f]],
  ])('a frame with %s is none of an XBee', (_, octets) => {
    expect(diagnose(octets)).toMatchObject({
      code: 'MODEM_WRONG_BAUD_RATE',
      message: expect.stringContaining('57600 unless it was changed') as string,
    });
  });

  it('octets that are no text: the baud rate', () => {
    expect(diagnose([0x00, 0xf8, 0x80, 0xe0, 0x1c, 0x06]).code).toBe('MODEM_WRONG_BAUD_RATE');
  });

  it('a text that nobody knows is quoted, printable and not at length', () => {
    const { code, message } = diagnose(`hello\u0007there${'!'.repeat(500)}`);
    expect(code).toBe('MODEM_WRONG_MODE');
    expect(message).toContain('"hello there!!!');
    expect(message.length).toBeLessThan(200);
  });

  it('its own language is not another one', () => {
    expect(diagnose('RN2483 1.0.5 Oct\r\n').message).not.toContain('looks like');
  });
});
