import { describe, expect, test } from 'vitest';
import { createVirtualModem } from '../../../../firmware-sim/modems/index.js';
import type { XBeeSettings } from '../../../../firmware-sim/modems/xbee/modem.js';
import { Bench } from './bench.js';
import { vectorHex } from './vector.js';

const OWN = '0013A20040000001';
const NODE = '0013A20040522BAA';

const xbee = (settings: XBeeSettings & { address?: string } = {}) =>
  new Bench((setup) =>
    createVirtualModem('xbee', {
      ...setup,
      address: OWN,
      apiMode: 1,
      networkAddresses: { [NODE]: '7D84' },
      ...settings,
    }),
  );

/** An API frame, AP=1. */
function frame(hex: string): string {
  const octets = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const sum = octets.reduce((total, octet) => total + octet, 0);
  const length = octets.length.toString(16).padStart(4, '0');
  return `7e${length}${octets.toString('hex')}${(0xff - (sum & 0xff)).toString(16).padStart(2, '0')}`;
}

const transmit = (id: string, payload: string, options = '00') =>
  frame(`10 ${id} ${NODE} fffe 00 ${options} ${payload}`);

describe('transmit requests', () => {
  test('delivered: a report of success with the address that was looked for, once', () => {
    const bench = xbee().host(transmit('01', '030500')).run(50);
    expect(bench.takeSent()).toEqual([[NODE, '030500']]);
    expect(bench.take()).toBe('');
    expect(bench.run(15).take()).toBe(vectorHex('xbee-ap1-09'));
    expect(bench.host(transmit('02', '030500')).run(65).take()).toBe(frame('8b 02 7d84 00 00 00'));
  });

  test('a stranger does not answer: address not found, within 1.6 to 4.8 s', () => {
    const bench = xbee();
    bench.air.acknowledges = false;
    expect(bench.host(transmit('05', '030500')).run(1600).take()).toBe('');
    expect(bench.run(3300).take()).toBe(vectorHex('xbee-ap1-10'));
  });

  test('a node that was heard does not answer: network acknowledgement failure', () => {
    const bench = xbee().hear('0216', { from: NODE, to: OWN }).run(10);
    bench.take();
    bench.air.acknowledges = false;
    expect(bench.host(transmit('05', '030500')).run(5000).take()).toBe(
      frame('8b 05 fffe 00 21 00'),
    );
    expect(
      bench
        .host(transmit('06', '030500', '01'))
        .run(5000)
        .take(),
    ).toBe(frame('8b 06 7d84 00 00 00'));
  });

  test('frame id 0 wants no report', () => {
    const bench = xbee().host(transmit('00', '030500')).run(5000);
    expect(bench.takeSent()).toHaveLength(1);
    expect(bench.take()).toBe('');
  });

  test('unicasts up to 255 octets and broadcasts up to 92 are taken, longer ones are too large', () => {
    const bench = xbee()
      .host(transmit('01', '55'.repeat(255)))
      .run(70);
    expect(bench.take()).toBe(frame('8b 01 7d84 00 00 01'));
    expect(
      bench
        .host(transmit('06', '55'.repeat(256)))
        .run(70)
        .take(),
    ).toBe(vectorHex('xbee-ap1-11'));
    const broadcast = (bytes: number) =>
      frame(`10 07 000000000000ffff fffe 00 00 ${'55'.repeat(bytes)}`);
    expect(bench.host(broadcast(92)).run(70).take()).toBe(frame('8b 07 fffe 00 00 00'));
    expect(bench.host(broadcast(93)).run(70).take()).toBe(frame('8b 07 fffe 00 74 00'));
    expect(bench.takeSent().map(([to]) => to)).toEqual([NODE, null]);
  });

  test('to itself, without a network, and with a busy channel it refuses', () => {
    const bench = xbee();
    const toItself = frame(`10 01 ${OWN} fffe 00 00 0216`);
    expect(bench.host(toItself).run(20).take()).toBe(frame('8b 01 fffe 00 23 01'));
    bench.modem.faults.busy = true;
    expect(bench.host(transmit('02', '0216')).run(20).take()).toBe(frame('8b 02 fffe 00 02 01'));
    bench.modem.faults.busy = false;
    bench.modem.setJoined(false);
    expect(bench.run(20).take()).toBe(frame('8a 03'));
    expect(bench.host(transmit('03', '0216')).run(20).take()).toBe(frame('8b 03 fffe 00 22 01'));
    bench.modem.setJoined(true);
    expect(bench.run(20).take()).toBe(vectorHex('xbee-ap1-13'));
    expect(bench.takeSent()).toEqual([]);
  });

  test('a 16-bit address alone reaches a node that is known by it, and nobody else', () => {
    const bench = xbee();
    const toShort = (id: string, short: string) =>
      frame(`10 ${id} ffffffffffffffff ${short} 00 00 0216`);
    expect(bench.host(toShort('01', '7d84')).run(70).take()).toBe(frame('8b 01 7d84 00 00 00'));
    expect(bench.host(toShort('02', '1111')).run(5000).take()).toBe(frame('8b 02 fffe 00 24 00'));
    expect(bench.takeSent()).toEqual([[NODE, '0216']]);
  });

  test('more than its UART buffer holds is lost without a word', () => {
    const bench = xbee();
    for (const id of ['01', '02', '03', '04']) bench.host(transmit(id, '55'.repeat(80)));
    bench.run(1000);
    expect(bench.takeSent()).toHaveLength(3);
    expect(bench.take()).not.toContain('8b04');
  });

  test('a wrong checksum, a length of 65535 and frames of other kinds: nothing happens', () => {
    const bench = xbee();
    const spoilt = transmit('01', '030500').replace(/..$/, '00');
    bench.host(spoilt).host('7effff90').host(frame('55 01 02')).run(5000);
    expect([bench.take(), bench.takeSent()]).toEqual(['', []]);
    expect(bench.host(transmit('01', '030500')).run(100).takeSent()).toHaveLength(1);
  });

  test('AP=2: an unescaped 7E begins anew; AP=1: the cut frame swallows the next', () => {
    const cut = '7e 0011 10 01';
    const bench = xbee({ apiMode: 2 }).host(cut).host(vectorHex('xbee-ap2-05')).run(100);
    expect(bench.takeSent()).toEqual([[NODE, '030500']]);
    const confused = xbee().host(cut).host(vectorHex('xbee-ap1-05')).run(100);
    expect(confused.takeSent()).toEqual([]);
  });
});

describe('802.15.4 firmware', () => {
  test('reports of frame 89: delivered, no acknowledgement, busy, too long', () => {
    const bench = xbee({ firmware: '802.15.4-s1', apiMode: 2 });
    const tx = (id: string) => frame(`01 ${id} 5001 00 0216`);
    expect(bench.host(tx('01')).run(70).take()).toBe(vectorHex('xbee-802154-07'));
    bench.air.acknowledges = false;
    expect(bench.host(tx('02')).run(70).take()).toBe(vectorHex('xbee-802154-08'));
    bench.modem.faults.busy = true;
    expect(bench.host(tx('03')).run(70).take()).toBe(vectorHex('xbee-802154-09'));
    const long = frame(`01 04 5001 00 ${'55'.repeat(101)}`);
    expect(bench.host(long).run(70).take()).toBe(frame('89 04 74'));
  });

  test('the first generation does not know frame 10, newer modules know both', () => {
    const old = xbee({ firmware: '802.15.4-s1' }).host(transmit('01', '0216')).run(5000);
    expect([old.take(), old.takeSent()]).toEqual(['', []]);
    const both = xbee({ firmware: '802.15.4' }).host(transmit('01', '0216')).run(70);
    expect(both.take()).toBe(frame('8b 01 fffe 00 00 00'));
  });

  test('AO chooses between 90, 91 and 80', () => {
    const bench = xbee({ firmware: '802.15.4', outputMode: 2 });
    const heard = () =>
      bench.hear('0216', { from: NODE, to: OWN }, { rssiDbm: -40 }).run(10).take();
    expect(heard()).toBe(frame(`80 ${NODE} 28 01 0216`));
    bench.host(frame('08 01 414f 00')).run(20).take();
    expect(heard()).toBe(frame(`90 ${NODE} fffe 01 0216`));
    bench.host(frame('08 01 414f 01')).run(20).take();
    expect(heard()).toBe(frame(`91 ${NODE} fffe e8e80011c105 01 0216`));
  });

  test('with a 16-bit address it is that, without it its serial number', () => {
    expect(xbee({ firmware: '802.15.4', address: '5001' }).modem.address).toBe('5001');
    expect(xbee({ firmware: '802.15.4' }).modem.address).toBe(OWN);
  });
});

describe('AT commands by frame 08', () => {
  test('NP, DB and SL are answered as in the vectors', () => {
    const bench = xbee().host(vectorHex('xbee-ap1-14')).run(1);
    expect(bench.take()).toBe(vectorHex('xbee-ap1-15'));
    bench.hear('0216', { from: NODE, to: OWN }, { rssiDbm: -47 }).run(10).take();
    expect(bench.host(frame('08 53 4442')).take()).toBe(vectorHex('xbee-ap1-16'));
    expect(bench.host(frame('08 01 534c')).take()).toBe(frame('88 01 534c 00 40000001'));
  });

  test('unknown, read-only and impossible: their status', () => {
    const bench = xbee();
    expect(bench.host(frame('08 01 5a5a')).take()).toBe(frame('88 01 5a5a 02'));
    expect(bench.host(frame('08 01 5348 00')).take()).toBe(frame('88 01 5348 01'));
    expect(bench.host(frame('08 01 4150 03')).take()).toBe(frame('88 01 4150 03'));
  });

  test('NP of some Zigbee firmware is FF', () => {
    const bench = xbee({ reportedPayloadBytes: 0xff });
    expect(bench.host(vectorHex('xbee-ap1-14')).take()).toBe(frame('88 52 4e50 00 00ff'));
  });

  test('frame 09 waits for AC; the answer to a new AP still comes in the old one', () => {
    const bench = xbee();
    expect(bench.host(frame('09 01 4150 02')).take()).toBe(frame('88 01 4150 00'));
    expect(bench.host(frame('09 02 4150')).take()).toBe(frame('88 02 4150 00 02'));
    bench.hear('7e', { from: NODE, to: OWN }).run(10);
    expect(bench.take()).toBe(frame(`90 ${NODE} 7d84 01 7e`));
    expect(bench.host(frame('08 03 4143')).take()).toBe(frame('88 03 4143 00'));
    bench.hear('7e', { from: NODE, to: OWN }).run(10);
    expect(bench.take()).toContain('7d5e');
  });

  test('remote commands fail after a while', () => {
    const bench = xbee()
      .host(frame(`17 01 ${NODE} fffe 02 4e49`))
      .run(5000);
    expect(bench.take()).toBe(frame(`97 01 ${NODE} fffe 4e49 04`));
  });
});

describe('resets', () => {
  test('hardware reset: 8A 00, then the network; what was not written is gone', () => {
    const bench = xbee();
    bench.host(frame('08 01 4e49 4142')).host(frame('08 02 4545 01')).take();
    bench.host(frame('08 03 5752')).host(frame('08 04 4545 00')).take();
    bench.modem.reset();
    expect(bench.run(400).take()).toBe(vectorHex('xbee-ap1-12') + vectorHex('xbee-ap1-13'));
    expect(bench.host(frame('08 01 4e49')).take()).toBe(frame('88 01 4e49 00 4142'));
    expect(bench.host(frame('08 01 4545')).take()).toBe(frame('88 01 4545 00 01'));
  });

  test('FR: the answer, then 8A 01; a report that was due never comes', () => {
    const bench = xbee();
    bench.air.acknowledges = false;
    bench.host(transmit('01', '0216')).run(60);
    bench.host(frame('08 02 4652')).run(5000);
    expect(bench.take()).toBe(frame('88 02 4652 00') + frame('8a 01') + frame('8a 06'));
  });
});

describe('transparent mode and command mode', () => {
  test('AP=0: API frames are just data for DH and DL, cut by a pause', () => {
    const bench = xbee({ apiMode: 0 }).host('7e000408').host('01565252').run(150);
    expect(bench.take()).toBe('');
    expect(bench.takeSent()).toEqual([['0000000000000000', '7e00040801565252']]);
    expect(bench.hear('0216', { from: NODE, to: OWN }).run(10).take()).toBe('0216');
  });

  test('+++ with silence around it, then commands up to ATCN', () => {
    const bench = xbee({ apiMode: 0 }).type('+++').run(999);
    expect(bench.takeText()).toBe('');
    expect(bench.run(1).takeText()).toBe('OK\r');
    expect(bench.type('ATAP\r').takeText()).toBe('0\r');
    expect(bench.type('ATSL\r').takeText()).toBe('40000001\r');
    expect(bench.type('ATXX\r').takeText()).toBe('ERROR\r');
    expect(bench.type('ATAP9\r').takeText()).toBe('ERROR\r');
    expect(bench.type('hello\r').takeText()).toBe('ERROR\r');
    expect(bench.type('ATAP2,WR,CN\r').takeText()).toBe('OK\rOK\rOK\r');
    expect(bench.host(frame('08 01 4150')).take()).toBe(frame('88 01 4150 00 02'));
    expect(bench.takeSent()).toEqual([]);
  });

  test('command mode ends after 10 s without a command, and what was set counts', () => {
    const bench = xbee({ apiMode: 0 }).type('+++').run(1000).type('ATAP1\r').run(10_001);
    bench.take();
    expect(bench.host(frame('08 01 4150')).take()).toBe(frame('88 01 4150 00 01'));
  });

  test('+++ without silence before it, or with more behind it, is data', () => {
    const bench = xbee({ apiMode: 0 }).type('x').run(500).type('+++').run(2000);
    expect(bench.takeSent().map(([, payload]) => payload)).toEqual(['78', '2b2b2b']);
    bench.type('+++').run(500).type('!').run(2000);
    expect(bench.takeSent().map(([, payload]) => payload)).toEqual(['2b2b2b21']);
    expect(bench.take()).toBe('');
  });
});
