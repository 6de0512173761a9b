import { describe, expect, test } from 'vitest';
import { createVirtualModem } from '../../../../firmware-sim/modems/index.js';
import { Bench } from './bench.js';
import { vectorHex } from './vector.js';

const framed = (dialect: 'slip' | 'cobs' | 'hdlc') =>
  new Bench((setup) => createVirtualModem(dialect, setup));
const raw = (settings = {}) =>
  new Bench((setup) => createVirtualModem('raw', { ...setup, ...settings }));

const payloads = (bench: { takeSent(): [string | null, string][] }) =>
  bench.takeSent().map(([, payload]) => payload);

describe('raw: messages are their own frames', () => {
  test('several in one piece, one octet by octet, and a long header', () => {
    const bench = raw().host(vectorHex('mqttsn-raw-08')).run(200);
    expect(payloads(bench)).toEqual(['0216', '0b0c000001000032312e35']);
    for (const octet of ['03', '05', '00']) bench.host(octet).run(50);
    expect(payloads(bench.run(200))).toEqual(['030500']);
    expect(payloads(bench.host(vectorHex('mqttsn-raw-07')).run(200))).toHaveLength(1);
  });

  test('an impossible length discards everything up to a pause', () => {
    for (const id of ['mqttsn-raw-09', 'mqttsn-raw-12', 'mqttsn-raw-13']) {
      const bench = raw().host(vectorHex(id)).host('0216').run(99).host('0216').run(200);
      expect(payloads(bench)).toEqual([]);
      expect(payloads(bench.host('0216').run(200))).toEqual(['0216']);
    }
  });

  test('a pause within a message discards it', () => {
    const bench = raw().host(vectorHex('mqttsn-raw-10')).run(101).host('0216').run(200);
    expect(payloads(bench)).toEqual(['0216']);
  });

  test('forwarder encapsulation and RadioHead’s header travel with their message', () => {
    expect(payloads(raw().host('05fe010003 030500').run(200))).toEqual(['05fe010003030500']);
    const radiohead = raw({ headerBytes: 4 }).host('07010400 030500 07010500 0217').run(200);
    expect(payloads(radiohead)).toEqual(['07010400030500', '070105000217']);
  });
});

describe('framed bridges', () => {
  test('SLIP: a bad escape spoils its frame alone; frames may share an END', () => {
    const bench = framed('slip').host(vectorHex('slip-09')).host(vectorHex('slip-11'));
    bench.host(vectorHex('slip-07')).run(200);
    expect(payloads(bench)).toEqual(['0216', '0b0c000001000032312e35']);
  });

  test('COBS: what is cut short or too long is dropped', () => {
    const bench = framed('cobs').host(vectorHex('cobs-08')).host(vectorHex('cobs-11')).host('00');
    bench.host(vectorHex('cobs-07')).run(200);
    expect(payloads(bench)).toEqual(['0216', '0b0c000001000032312e35']);
  });

  test('COBS: an encoder that omits the last code is understood', () => {
    const block = '55'.repeat(254);
    expect(payloads(framed('cobs').host(`ff${block}00`).run(200))).toEqual([block]);
    expect(payloads(framed('cobs').host(`ff${block}0100`).run(200))).toEqual([block]);
  });

  test('HDLC: wrong check, abort and short frames are dropped; frames may share a flag', () => {
    const bench = framed('hdlc');
    for (const id of ['hdlc-07', 'hdlc-08', 'hdlc-09', 'hdlc-10', 'hdlc-06'])
      bench.host(vectorHex(id));
    expect(payloads(bench.run(500))).toEqual(['0216', '0216', '0b0c000001000032312e35']);
  });

  test('its queue is small: what does not fit is lost', () => {
    const bench = framed('slip');
    for (let index = 0; index < 10; index++) bench.host(`c0${'55'.repeat(300)}c0`);
    expect(payloads(bench.run(5000))).toHaveLength(4);
  });
});
