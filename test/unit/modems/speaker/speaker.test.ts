import { describe, expect, it } from 'vitest';
import { Random } from '../../../../firmware-sim/random.js';
import { speakerOf } from '../../../../src/modems/speaker/speaker.js';
import { fromHex } from '../../../support/hex.js';
import { vectorsOf } from '../../../support/modems/vectors.js';

const octets = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

describe('who speaks', () => {
  it.each([
    ['RN2483 1.0.5 Oct 31 2018 15:06:52\r\n', 'rn2483', 'RN2483 1.0.5'],
    ['RN2903 0.9.5 Sep 02 2015 17:19:55\r\n', 'rn2483', 'RN2903 0.9.5'],
    ['invalid_param\r\n', 'rn2483', undefined],
    ['radio_rx  0D0404\r\n', 'rn2483', undefined],
    ['AT+VER=RUI_4.0.5_RAK3172-E\r\nOK\r\n', 'rui3', 'RUI_4.0.5_RAK3172-E'],
    ['AT+VER=V1.0.4\r\nOK\r\n', 'rui3', 'V1.0.4'],
    ['AT_COMMAND_NOT_FOUND\r\n', 'rui3', undefined],
    ['AT_PARAM_ERROR\r\n', 'rui3', undefined],
    ['AT_NO_NETWORK_JOINED\r\n', 'rui3', undefined],
    ['+EVT:RXP2P:-112:-7:0B0C\r\n', 'rui3', undefined],
    ['+READY\r\n', 'rylr', undefined],
    ['+ERR=2\r\n', 'rylr', undefined],
    ['\u00f8+OK\r\n', 'rylr', undefined],
    ['+VER=RYLR896_V1.2.1\r\n', 'rylr', 'RYLR896_V1.2.1'],
    ['+RCV=50,5,HELLO,-99,40\r\n', 'rylr', undefined],
    ['$GPGGA,123519,4807.038,N\r\n', undefined, undefined],
    ['Debian GNU/Linux 13 pi ttyAMA0\r\n\r\npi login: ', undefined, undefined],
  ])('%j', (text, modem, version) => {
    const speaker = speakerOf(octets(text));
    expect(speaker).toMatchObject({ modem, what: expect.any(String) as string });
    expect(speaker?.version).toBe(version);
  });

  it.each([
    ['7e000788015652002a1fc3', 'an answer with the wrong sum', undefined],
    ['7e00028a066f', 'the status of a coordinator', 'xbee'],
    ['7e0007880156520021a706', 'an answer to VR', 'xbee'],
    ['ff017e0007880156520021a706', 'the same behind noise', 'xbee'],
    ['7e000788015652007d334774', 'the same of API mode 2, with an escape', 'xbee'],
    ['7e0004080156524e', 'a question to an XBee', undefined],
    ['7e00078b017d8400000171', 'what became of a frame', 'xbee'],
    ['7e000692000000000865', 'a type that is not ours', 'xbee'],
    ['c0000002014376c0', 'an ACK of a bridge', 'aquila'],
    ['7e03050010577e', 'a message in HDLC', 'hdlc'],
    ['c0030500c0', 'one message in SLIP may be chance', undefined],
    ['c0030500c0c00216c0', 'two are not', 'slip'],
    ['c009010600030500c0c0090107000216c0', 'two behind a header of RadioHead', 'slip'],
    ['7e0007fe000000008081', 'LoRaLink says that it has sent', 'loralink'],
    ['ffffff', 'EBYTE refuses', 'ebyte-transparent'],
    ['0216' + '0216', 'two messages as they are', 'raw'],
    ['0216' + '0217ff', 'two, and more that is none', undefined],
    ['32312e35' + '0b0c000001000032312e35'.repeat(3) + '0b0c00', 'cut at both ends', 'raw'],
    ['05fe000001' + '0216', 'one message behind the header of a forwarder', 'raw'],
    ['0101010c0000010000' + '20'.repeat(248) + '0216', 'one with a long length', 'raw'],
    ['', 'nothing', undefined],
  ])('%s: %s', (hex, _what, modem) => {
    expect(speakerOf(fromHex(hex))?.modem).toBe(modem);
  });

  it('text of others is nobody', () => {
    expect(speakerOf(octets('hello world, it is 21.5 degrees\r\n'))).toBeUndefined();
    expect(speakerOf(octets('OK\r\n'))).toBeUndefined();
  });

  it('the firmware of an XBee is written as XCTU does', () => {
    expect(speakerOf(fromHex('7e0007880156520021a706'))?.version).toBe('firmware 21A7');
  });
});

describe('golden frames', () => {
  it.each([
    ['xbee-ap1', 'xbee'],
    ['xbee-ap2', 'xbee'],
    ['xbee-802154', 'xbee'],
    ['aquila', 'aquila'],
    ['loralink', 'loralink'],
    ['hdlc', 'hdlc'],
    ['rui3', 'rui3'],
    ['rylr', 'rylr'],
    ['rn2483', 'rn2483'],
  ])('of %s are recognised, each by itself', (kind, modem) => {
    const receptions = vectorsOf(kind).filter(
      ({ direction, error, payloadHex, drop, note }) =>
        direction === 'rx' && !error && payloadHex && !drop && !/noise/i.test(note),
    );
    expect(receptions.length).toBeGreaterThan(1);
    for (const { id, serialHex } of receptions)
      expect([id, speakerOf(fromHex(serialHex ?? ''))?.modem]).toEqual([id, modem]);
  });
});

it('noise is nobody', () => {
  const random = new Random(11);
  const samples = Array.from({ length: 3000 }, () => random.octets(256));
  expect(samples.filter((noise) => speakerOf(noise) !== undefined)).toHaveLength(0);
});
