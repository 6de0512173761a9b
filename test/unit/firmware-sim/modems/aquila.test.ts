import { describe, expect, test } from 'vitest';
import { createVirtualModem } from '../../../../firmware-sim/modems/index.js';
import { Bench } from './bench.js';
import { vectorHex } from './vector.js';

const aquila = (settings = {}) =>
  new Bench((setup) => createVirtualModem('aquila', { ...setup, ...settings }));

const [CONNACK, PUBACK, ACK, NACK, CONFIG_REQUEST] = [
  vectorHex('aquila-04'),
  vectorHex('aquila-05'),
  vectorHex('aquila-06'),
  vectorHex('aquila-07'),
  vectorHex('aquila-08'),
];

describe('data', () => {
  test('one ACK per frame, once it was on the air; nothing checks the host’s checksum', () => {
    const bench = aquila().host(CONNACK).run(50);
    expect(bench.take()).toBe('');
    expect(bench.run(20).take()).toBe(ACK);
    const unchecked = CONNACK.replace('72f6c0', '0000c0');
    expect(bench.host(unchecked).run(70).take()).toBe(ACK);
    expect(bench.takeSent()).toEqual([
      ['18', '030500'],
      ['18', '030500'],
    ]);
  });

  test('address 255 is everybody', () => {
    const bench = aquila().host('c0 05fe01ff00 0216 0000 c0').run(70);
    expect(bench.takeSent()).toEqual([[null, '0216']]);
  });

  test('NACK: unknown type, too short, too long for the radio, a length that is not true, busy', () => {
    const bench = aquila();
    for (const frame of [
      'c0 05aa011200 0216 0000 c0',
      'c0 05fe 0000 c0',
      `c0 05fe011200 61${'55'.repeat(96)} 0000 c0`,
      'c0 05fe011200 0316 0000 c0',
      'c0 05fe011200 0000 c0',
    ])
      expect(bench.host(frame).run(100).take()).toBe(NACK);
    bench.modem.faults.busy = true;
    expect(bench.host(CONNACK).run(100).take()).toBe(NACK);
    expect(bench.takeSent()).toEqual([]);
  });

  test('a frame needs an END on each side of its own', () => {
    const shared = aquila().host(CONNACK).host(PUBACK.slice(2)).run(200);
    expect(shared.takeSent()).toHaveLength(1);
    const own = aquila().host(CONNACK).host(PUBACK).run(200);
    expect(own.takeSent()).toHaveLength(2);
    expect(own.take()).toBe(ACK + ACK);
  });

  test('a wrong checksum towards the host, on demand', () => {
    const bench = aquila();
    bench.modem.faults.spoilChecksums();
    const bad = bench.host(CONNACK).run(100).take();
    expect(bad).not.toBe(ACK);
    expect(bad).toMatch(/^c000000201....c0$/);
  });
});

describe('control', () => {
  test('at its start: an ACK and the request for CONFIG, after the bootloader', () => {
    const bench = aquila();
    bench.modem.reset();
    expect(bench.run(1500).take()).toBe('');
    expect(bench.run(600).take()).toBe(ACK + CONFIG_REQUEST);
  });

  test('CONFIG is not answered', () => {
    expect(aquila().host(vectorHex('aquila-09')).run(5000).take()).toBe('');
  });

  test('pairing: requests come as such, the response goes on the air, and then all is as before', () => {
    const bench = aquila().host('c0 030301 0000 c0').run(50);
    expect(bench.take()).toBe(ACK);
    bench.hear('0303a7', { from: '0', to: null }).run(10);
    expect(bench.take()).toMatch(/^c0c8c40803020000 ?0303a7....c0$/);
    const response = `c0 0703030000 15 03 a7 05 01 ${'ff'.repeat(16)} 0000 c0`;
    expect(bench.host(response).run(100).take()).toBe(ACK);
    expect(bench.takeSent()).toEqual([['0', `1503a70501${'ff'.repeat(16)}`]]);
    expect(bench.host('c0 030300 0000 c0').run(50).take()).toBe(ACK);
    expect(bench.hear('0216', { from: '18' }).run(10).take()).toContain('07fe011200');
  });
});
