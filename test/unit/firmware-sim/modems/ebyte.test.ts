import { describe, expect, test } from 'vitest';
import type { EbyteSettings } from '../../../../firmware-sim/modems/ebyte/registers.js';
import { createVirtualModem } from '../../../../firmware-sim/modems/index.js';
import { Bench } from './bench.js';
import { vectorHex } from './vector.js';

type Settings = EbyteSettings & { address?: string; baudRate?: number };

const transparent = (settings: Settings = {}) =>
  new Bench((setup) => createVirtualModem('ebyte-transparent', { ...setup, ...settings }));
const fixed = (settings: Settings = {}) =>
  new Bench((setup) => createVirtualModem('ebyte-fixed', { ...setup, channel: 4, ...settings }));
const configuration = (settings: Settings = {}) => {
  const bench = transparent(settings);
  bench.modem.setMode('configuration');
  return bench;
};

const sizes = (bench: { takeSent(): [string | null, string][] }) =>
  bench.takeSent().map(([, payload]) => payload.length / 2);

describe('packets are cut by time and size', () => {
  test('a pause of three octets ends a packet, a shorter one does not', () => {
    // An octet at 9600 baud takes 1.04 ms.
    const joined = transparent().host('0216').run(3).host('0217').run(500);
    expect(joined.takeSent()).toEqual([[null, '02160217']]);
    const parted = transparent().host('0216').run(3.2).host('0217').run(500);
    expect(parted.takeSent()).toHaveLength(2);
    const fast = transparent({ baudRate: 115_200 }).host('0216').run(0.3).host('0217').run(500);
    expect(fast.takeSent()).toHaveLength(2);
  });

  test('the sub-packet’s size cuts: 240, as set, 200 of E220, 58 of E32', () => {
    const burst = '55'.repeat(250);
    expect(sizes(transparent().host(burst).run(500))).toEqual([240, 10]);
    expect(sizes(transparent({ subPacketBytes: 64 }).host(burst).run(500))).toEqual([
      64, 64, 64, 58,
    ]);
    expect(sizes(transparent({ family: 'e220' }).host(burst).run(500))).toEqual([200, 50]);
    expect(sizes(transparent({ family: 'e32' }).host(burst).run(500))).toEqual([
      58, 58, 58, 58, 18,
    ]);
  });

  test('octets beyond its buffer are lost', () => {
    const bench = transparent({ family: 'e220' }).host('55'.repeat(1200)).run(5000);
    expect(sizes(bench)).toEqual([200, 200, 200]);
  });
});

describe('fixed transmission', () => {
  test('the target stands before each burst, not before each packet', () => {
    const bench = fixed({ subPacketBytes: 32 })
      .host(`000304${'55'.repeat(40)}`)
      .run(500);
    expect(bench.takeSent()).toEqual([
      ['0003', '55'.repeat(29)],
      ['0003', '55'.repeat(11)],
    ]);
    expect(bench.host('ffff04 0216').run(500).takeSent()).toEqual([[null, '0216']]);
  });

  test('another channel: nobody here hears it, and it takes its time', () => {
    const bench = fixed().host('000305 0216').run(10).host('000304 0217').run(10);
    expect(bench.takeSent()).toEqual([]);
    expect(bench.run(100).takeSent()).toEqual([['0003', '0217']]);
  });

  test('fewer than four octets are nothing', () => {
    expect(fixed().host('000304').run(500).takeSent()).toEqual([]);
  });

  test('it hears its own address and everybody’s; FFFF hears all', () => {
    const bench = fixed({ address: '0001' });
    expect(bench.hear('0216', { to: '0003' }).run(10).take()).toBe('');
    expect(bench.hear('0216', { to: '0001' }).run(10).take()).toBe('0216');
    expect(bench.hear('0216').run(10).take()).toBe('0216');
    const monitor = fixed({ address: 'FFFF' });
    expect(monitor.hear('0216', { to: '0003' }).run(10).take()).toBe('0216');
  });
});

describe('ambient noise', () => {
  test('is told when that is allowed, and is data on the air when it is not', () => {
    const bench = transparent({ noiseRssi: true }).host(vectorHex('ebyte-config-12')).run(50);
    expect(bench.take()).toBe(vectorHex('ebyte-config-13'));
    const other = transparent().host(vectorHex('ebyte-config-12')).run(50);
    expect([other.take(), other.takeSent().length]).toEqual(['', 1]);
  });
});

describe('configuration mode', () => {
  const ask = (bench: ReturnType<typeof configuration>, hex: string) =>
    bench.host(hex).run(50).take();

  test('E22: registers are read and written as in the manual', () => {
    const bench = configuration();
    expect(ask(bench, vectorHex('ebyte-config-01'))).toBe(vectorHex('ebyte-config-02'));
    expect(ask(bench, vectorHex('ebyte-config-03'))).toBe(vectorHex('ebyte-config-04'));
    expect(ask(bench, vectorHex('ebyte-config-05'))).toBe(vectorHex('ebyte-config-06'));
    expect(ask(bench, 'c10009')).toBe('c10009123400610009030000');
  });

  test('anything else is an error, an MQTT-SN message as well', () => {
    const bench = configuration();
    for (const wrong of ['0216', 'c1000a', 'c000030102', 'c1000900', 'c0', 'cf'])
      expect(ask(bench, wrong)).toBe(vectorHex('ebyte-config-08'));
    expect(bench.takeSent()).toEqual([]);
  });

  test('a temporary channel is lost at a reset, a key cannot be read', () => {
    const bench = configuration({ channel: 3 });
    expect(ask(bench, vectorHex('ebyte-config-07'))).toBe(vectorHex('ebyte-config-06'));
    bench.modem.reset();
    expect(ask(bench, 'c10501')).toBe('c1050103');
    expect(ask(bench, 'c007021234')).toBe('c107020000');
  });

  test('E220: the channel is register 4, and there are 8', () => {
    const bench = configuration({ family: 'e220', channel: 7 });
    expect(ask(bench, 'c10008')).toBe('c100080000620007030000');
    expect(ask(bench, 'c10009')).toBe('ffffff');
  });

  test('E32: its own commands', () => {
    const bench = configuration({ family: 'e32' });
    expect(ask(bench, vectorHex('ebyte-config-09'))).toBe(vectorHex('ebyte-config-10'));
    expect(ask(bench, vectorHex('ebyte-config-11'))).toBe(vectorHex('ebyte-config-11'));
    expect(ask(bench, 'c3c3c3')).toMatch(/^c332/);
    expect(ask(bench, 'c20003 1a 17')).toBe('ffffff');
    expect(ask(bench, 'c20003 1a 17 44')).toBe('c200031a1744');
    expect(ask(bench, 'c4c4c4')).toBe('');
    expect(ask(bench, 'c1c1c1')).toBe(vectorHex('ebyte-config-10'));
  });

  test('what is written counts: fixed transmission with an RSSI octet', () => {
    const bench = configuration();
    ask(bench, 'c0000912340062 00 04 c0 0000');
    bench.modem.setMode('normal');
    bench.run(100);
    expect(bench.modem.address).toBe('1234');
    expect(bench.host('000304 0216').run(200).takeSent()).toEqual([['0003', '0216']]);
    expect(bench.hear('0216', { to: '1234' }, { rssiDbm: -60 }).run(10).take()).toBe('0216c4');
  });

  test('it hears nothing of the air', () => {
    const bench = configuration();
    expect(bench.modem.isListening).toBe(false);
  });
});
