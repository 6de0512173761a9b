import { describe, expect, test } from 'vitest';
import {
  addressProblem,
  createVirtualModem,
  DIALECTS,
} from '../../../../firmware-sim/modems/index.js';
import { Bench } from './bench.js';

const slip = (seed?: number) => new Bench((setup) => createVirtualModem('slip', setup), seed);
const hdlc = () => new Bench((setup) => createVirtualModem('hdlc', setup));

describe('half duplex', () => {
  test('frames go out one after the other', () => {
    const bench = slip().host('c00216c0c00217c0').run(49);
    expect(bench.takeSent()).toHaveLength(1);
    expect(bench.run(2).takeSent()).toHaveLength(1);
  });

  test('a frame for another address is not for it', () => {
    const bench = new Bench((setup) => createVirtualModem('loralink', { ...setup, address: '9' }));
    expect(bench.hear('0216', { from: '4', to: '8' }).run(10).take()).toBe('');
    expect(bench.hear('0216', { from: '4', to: '9' }).run(10).take()).not.toBe('');
  });
});

describe('faults', () => {
  test('an octet is dropped from the next output, and from no other', () => {
    const bench = slip();
    bench.modem.faults.dropOctets();
    expect(bench.hear('0217').run(10).take()).toHaveLength(2 * 3);
    expect(bench.hear('0217').run(10).take()).toBe('c00217c0');
  });

  test('a checksum is wrong once', () => {
    const bench = hdlc();
    const good = bench.hear('0216').run(10).take();
    bench.modem.faults.spoilChecksums();
    const bad = bench.hear('0216').run(10).take();
    expect(bad).toBe('7e021641497e');
    expect(bench.hear('0216').run(10).take()).toBe(good);
  });

  test('frozen: hears nothing and says nothing, until it is reset', () => {
    const bench = slip();
    bench.modem.faults.frozen = true;
    expect(bench.modem.isListening).toBe(false);
    bench.host('c00216c0').hear('0217').run(1000);
    expect([bench.take(), bench.takeSent()]).toEqual(['', []]);
    bench.modem.reset();
    expect(bench.run(60).hear('0217').run(10).take()).toBe('c00217c0');
  });

  test('wrong baud rate: garbage in both directions', () => {
    const bench = slip();
    bench.modem.faults.wrongBaudRate = true;
    bench.host('c00216c0').run(100).hear('0217').run(100);
    const garbage = bench.take();
    expect(garbage).toHaveLength(2 * 4);
    expect(garbage).not.toBe('c00217c0');
    expect(bench.takeSent().map(([, payload]) => payload)).not.toContain('0216');
  });

  test('noise, of as many octets as are wanted', () => {
    const bench = slip();
    bench.modem.makeNoise(5);
    expect(bench.take()).toHaveLength(2 * 5);
  });

  test('without current nothing happens; output that was due is lost', () => {
    const bench = slip().hear('0217');
    bench.modem.powerOff();
    bench.run(100).hear('0217').host('c00216c0').run(100);
    bench.modem.makeNoise(5);
    expect([bench.take(), bench.takeSent(), bench.modem.isListening]).toEqual(['', [], false]);
  });

  test('a reset in the middle of a transmission: the next one waits for its end', () => {
    const bench = slip().host('c00216c0').run(10);
    bench.modem.reset();
    bench.host('c00217c0').run(39);
    expect(bench.takeSent()).toHaveLength(1);
    expect(bench.run(2).takeSent()).toEqual([[null, '0217']]);
  });
});

test('the same seed gives the same latencies, another one others', () => {
  const times = (seed: number) => {
    const bench = slip(seed);
    const seen: number[] = [];
    bench.modem.onOutput(() => seen.push(bench.timeline.now()));
    for (let index = 0; index < 10; index++) bench.hear('0217').run(100);
    return seen;
  };
  expect(times(1)).toEqual(times(1));
  expect(times(1)).not.toEqual(times(2));
});

describe('every dialect', () => {
  for (const dialect of DIALECTS) {
    test(`${dialect}: survives any octets, and a reset after them`, () => {
      const bench = new Bench((setup) => createVirtualModem(dialect, setup), 3);
      for (let index = 0; index < 50; index++) {
        bench.modem.makeNoise(64);
        bench.host(bench.take()).run(20);
      }
      bench.modem.reset();
      bench.run(5000);
      expect(bench.modem.id).toBe(`${dialect}-modem`);
    });
  }
});

describe('addresses', () => {
  test('are written in one way per dialect, because the air compares texts', () => {
    const problems = [
      addressProblem('xbee', '0013A20040522BAA'),
      addressProblem('xbee', '5001'),
      addressProblem('ebyte-fixed', '00FF'),
      addressProblem('rylr', '65535'),
      addressProblem('aquila', '253'),
      addressProblem('slip', 'whatever'),
    ];
    expect(problems).toEqual(problems.map(() => undefined));
    expect(addressProblem('xbee', '0013a20040522baa')).toContain('upper case');
    expect(addressProblem('loralink', '254')).toContain('from 1 to 253');
    expect(addressProblem('rylr', '')).toContain('not ""');
  });

  test('a modem with another one is not made', () => {
    const make = () =>
      new Bench((setup) => createVirtualModem('xbee', { ...setup, address: 'node-1' }));
    expect(make).toThrow('the address of the modem must be 16 or 4 hexadecimal digits');
  });
});
