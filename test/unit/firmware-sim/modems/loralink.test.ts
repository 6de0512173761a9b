import { describe, expect, test } from 'vitest';
import { createVirtualModem } from '../../../../firmware-sim/modems/index.js';
import { Bench } from './bench.js';
import { vectorHex } from './vector.js';

const loralink = (settings = {}) =>
  new Bench((setup) => createVirtualModem('loralink', { ...setup, ...settings }));

const CONNACK = vectorHex('loralink-04');
const ACK = vectorHex('loralink-07');

describe('transmission', () => {
  test('ACK once it was on the air, with nine octets more', () => {
    const bench = loralink().host(CONNACK).run(54);
    expect(bench.take()).toBe('');
    expect(bench.air.sent[0]?.overheadBytes).toBe(9);
    expect(bench.run(30).take()).toBe(ACK);
    expect(bench.takeSent()).toEqual([['4', '030500']]);
  });

  test('a channel that stays taken: no free channel, after 20 s', () => {
    const bench = loralink();
    bench.air.isTaken = true;
    expect(bench.host(CONNACK).run(20_000).take()).toBe('');
    expect(bench.run(30).take()).toBe(vectorHex('loralink-08'));
    expect(bench.takeSent()).toEqual([]);
  });

  test('a channel that becomes free in time', () => {
    const bench = loralink();
    bench.air.isTaken = true;
    bench.host(CONNACK).run(12_000);
    bench.air.isTaken = false;
    expect(bench.run(100).take()).toBe(ACK);
  });

  test('wrong checksum, wrong length, other types, too long, a second one: not a word', () => {
    const bench = loralink({ payloadBytesMax: 57 });
    bench.host(CONNACK.replace(/..$/, '00')).host(vectorHex('loralink-12'));
    bench.host('7e 0006 04 80 030500 73');
    bench.host(`7e 003d 04 40 ${'55'.repeat(58)} 79`);
    expect([bench.run(100).take(), bench.takeSent()]).toEqual(['', []]);
    bench.host(CONNACK).host(CONNACK).run(200);
    expect([bench.take(), bench.takeSent().length]).toEqual([ACK, 1]);
  });

  test('a cut frame is forgotten at the next 7E', () => {
    const bench = loralink().host('7e 0006 04 40').host(CONNACK).run(100);
    expect(bench.takeSent()).toHaveLength(1);
  });
});
