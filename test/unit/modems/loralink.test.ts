import { describe, expect, it } from 'vitest';
import { encodeLoralink } from '../../../src/framing/loralink-frame.js';
import { createLoralink } from '../../../src/modems/loralink.js';
import { ModemBench } from '../../support/modems/bench.js';
import { concat, fromHex, MESSAGES } from '../../support/modems/vectors.js';

const ready = (messageBytesMax?: number) =>
  new ModemBench(
    createLoralink({
      baudRate: 115_200,
      ...(messageBytesMax === undefined ? {} : { messageBytesMax }),
    }),
  ).open();

/** SRC RSSI SNR TYPE payload. */
const received = (hex: string): Uint8Array => encodeLoralink(fromHex(hex));
const ofModem = (type: string): Uint8Array => received(`fe00000000${type}`);

describe('a LoRaLink modem', () => {
  it.each([
    ['80', 'transmitted'],
    ['81', 'busy'],
    ['82', 'timeout'],
  ])('says %s: %s', (type, outcome) => {
    const bench = ready();
    bench.send(1, '4', MESSAGES.connack);
    expect(bench.receive(ofModem(type))).toEqual([{ kind: 'sent', id: 1, outcome }]);
    expect(bench.receive(ofModem(type))).toEqual([]);
  });

  describe('beside a second one that transmits', () => {
    const pair = () =>
      new ModemBench(createLoralink({ baudRate: 115_200, hasTransmitter: true })).open();
    const fromTransmitter = (bench: ModemBench, data: Uint8Array) =>
      bench.step({ kind: 'received', data, line: 'transmitter' });

    it('the second one tells what has become of a message, the first one cannot', () => {
      const bench = pair();
      bench.send(1, '4', MESSAGES.connack);
      expect(bench.receive(ofModem('80'))).toEqual([]);
      expect(fromTransmitter(bench, ofModem('80'))).toEqual([
        { kind: 'sent', id: 1, outcome: 'transmitted' },
      ]);
    });

    it('the first one tells what comes in, and the second one, which hears the same, nothing', () => {
      const bench = pair();
      const octets = received('04ffad0007400216');
      bench.receive(octets);
      fromTransmitter(bench, octets);
      expect(bench.datagrams).toEqual(['4:0216']);
      expect(bench.discarded).toEqual({ 'not-for-us': octets.length });
    });

    it('octets of both come at once: each line is read by itself', () => {
      const bench = pair();
      const heard = received('04ffad0007400216');
      const told = ofModem('80');
      bench.send(1, '4', MESSAGES.connack);
      for (let at = 0; at < Math.max(heard.length, told.length); at++) {
        bench.receive(heard.slice(at, at + 1));
        fromTransmitter(bench, told.slice(at, at + 1));
      }
      expect(bench.datagrams).toEqual(['4:0216']);
      expect(bench.outcomes).toEqual(['transmitted']);
      expect(bench.discarded).toEqual({});
    });
  });

  it('waits longer than the modem looks for a free channel', () => {
    const bench = ready();
    bench.send(1, '4', MESSAGES.connack, 500);
    expect(bench.advance(21_499)).toEqual([]);
    expect(bench.advance(1)).toEqual([{ kind: 'sent', id: 1, outcome: 'timeout' }]);
  });

  it('one message at a time', () => {
    const bench = ready();
    bench.send(1, '4', MESSAGES.connack);
    expect(bench.send(2, '4', MESSAGES.connack)).toEqual([
      { kind: 'sent', id: 2, outcome: 'busy' },
    ]);
    expect(bench.receive(ofModem('80'))).toEqual([{ kind: 'sent', id: 1, outcome: 'transmitted' }]);
  });

  it('the time of day that it tells is nothing to us', () => {
    const bench = ready();
    bench.send(1, '4', MESSAGES.connack);
    expect(bench.receive(ofModem('83aabbccdd'))).toEqual([]);
  });

  it.each([
    ['04ffad0007' + '41' + '0216', 'malformed', 'another type'],
    ['ffffad0007' + '40' + '0216', 'malformed', 'from everybody'],
    ['04ffad0007' + '40' + '0316', 'bad-length', 'a message that is not as long as it says'],
    ['04ffad0007', 'bad-length', 'no type'],
  ])('%s is discarded: %s, %s', (hex, why) => {
    const bench = ready();
    const octets = received(hex);
    bench.receive(octets);
    expect(bench.datagrams).toEqual([]);
    expect(bench.discarded).toEqual({ [why]: octets.length });
  });

  it('a frame that is cut behind an escape does not swallow the next one', () => {
    const bench = ready();
    bench.receive(concat(fromHex('7e001404ff7d'), received('0400000000400216')));
    expect(bench.datagrams).toEqual(['4:0216']);
    expect(bench.discarded).toEqual({ truncated: 6 });
  });

  it.each(['254', '255', '', '04', '0x04'])('%j is no address', (address) => {
    const bench = ready();
    expect(bench.modem.maxMessageBytes(address)).toBe(0);
    bench.send(1, address, MESSAGES.connack);
    expect(bench.outcomes).toEqual(['refused']);
  });

  it('messages are as long as its data rate allows', () => {
    expect(ready().modem.maxMessageBytes('4')).toBe(57);
    expect(ready(244).modem.maxMessageBytes(null)).toBe(244);
    expect(ready().modem.airBytes(11)).toBe(20);
  });

  it('one frame that made sense: nothing is said about noise', () => {
    const bench = ready();
    bench.receive(ofModem('83'));
    for (let index = 0; index < 40; index++) bench.receive(fromHex('7e00078b017d8400000171'));
    expect(bench.problems).toEqual([]);
  });

  it('another language on the line is named', () => {
    const bench = ready();
    for (let index = 0; index < 40; index++) bench.receive(fromHex('7e00078b017d8400000171'));
    expect(bench.of('problem')[0]?.message).toContain('"modem: xbee"');
  });
});
