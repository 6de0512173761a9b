import { describe, expect, it } from 'vitest';
import type { EbyteSettings } from '../../../src/modems/ebyte.js';
import { createEbyteFixed } from '../../../src/modems/ebyte-fixed.js';
import { createEbyteTransparent } from '../../../src/modems/ebyte-transparent.js';
import { ForwarderHeader } from '../../../src/modems/forwarder-header.js';
import { NoHeader } from '../../../src/modems/link-header.js';
import { RadioheadHeader } from '../../../src/modems/radiohead-header.js';
import { ModemBench } from '../../support/modems/bench.js';
import { fromHex, MESSAGES, toHex } from '../../support/modems/vectors.js';

const settings: EbyteSettings = { header: new NoHeader(), baudRate: 9600, family: 'e22' };
const transparent = (more: Partial<EbyteSettings> = {}) =>
  new ModemBench(createEbyteTransparent({ ...settings, ...more })).open();
const fixed = (more: Partial<Parameters<typeof createEbyteFixed>[0]> = {}) =>
  new ModemBench(
    createEbyteFixed({ ...settings, header: new ForwarderHeader(), channel: 4, ...more }),
  ).open();

describe('an EBYTE module', () => {
  it.each([
    ['e32', undefined, 58],
    ['e22', undefined, 240],
    ['e22', 64, 64],
    ['e220', undefined, 200],
  ] as const)(
    '%s with sub-packets of %s octets takes messages of %s',
    (family, subPacketBytes, bytes) => {
      const more = subPacketBytes === undefined ? { family } : { family, subPacketBytes };
      expect(transparent(more).modem.maxMessageBytes('')).toBe(bytes);
      expect(
        transparent({ ...more, header: new ForwarderHeader() }).modem.maxMessageBytes('0003'),
      ).toBe(bytes - 5);
      expect(fixed(more).modem.maxMessageBytes('0003')).toBe(bytes - 3 - 5);
      expect(fixed(more).modem.maxMessageBytes(null)).toBe(bytes - 3);
    },
  );

  it('what is sent counts as sent after the line, the air and some time to turn around', () => {
    const bench = transparent();
    bench.send(1, '', MESSAGES.pub0, 1500);
    expect(bench.advance(12 + 1800 + 99)).toEqual([]);
    expect(bench.advance(1)).toEqual([{ kind: 'sent', id: 1, outcome: 'assumed' }]);
  });

  it('two packets without a pause, then a lost tail: the tail is discarded after a short pause', () => {
    const bench = transparent();
    bench.receive(fromHex('02160217' + '0b0c00'));
    bench.advance(30);
    bench.receive(fromHex('0216'));
    expect(bench.datagrams).toEqual([':0216', ':0217', ':0216']);
    expect(bench.discarded).toEqual({ truncated: 3 });
  });

  it('a slow line has longer octets, and so longer pauses', () => {
    const bench = transparent({ baudRate: 1200 });
    bench.receive(fromHex('0b0c00'));
    expect(bench.modem.nextDeadline()).toBe(bench.now + 34);
  });

  it('the octet for the strength is missing: messages come all the same, and it is told once', () => {
    const bench = transparent({ rssiOctet: true });
    for (let index = 0; index < 6; index++) {
      bench.receive(fromHex('0216'));
      bench.advance(30);
    }
    expect(bench.datagrams).toHaveLength(5);
    expect(bench.problems).toEqual(['MODEM_WRONG_MODE']);
    bench.receive(fromHex('0216'));
    bench.receive(fromHex('c4'));
    expect(bench.of('datagram').at(-1)?.signal).toEqual({ rssiDbm: -60 });
  });

  it('the port is opened anew: a missing octet for the strength is told again', () => {
    const bench = transparent({ rssiOctet: true });
    for (const _time of [1, 2]) {
      bench.open();
      for (let index = 0; index < 6; index++) {
        bench.receive(fromHex('0216'));
        bench.advance(30);
      }
    }
    expect(bench.problems).toEqual(['MODEM_WRONG_MODE', 'MODEM_WRONG_MODE']);
  });

  it('in configuration mode it goes on and on: no other guess is made', () => {
    const bench = transparent();
    bench.receive(fromHex('ff'.repeat(300)));
    bench.advance(1000);
    expect(bench.problems).toEqual(['MODEM_WRONG_MODE']);
  });

  it('in configuration mode it answers FF FF FF: what to do is told, once until it works again', () => {
    const bench = transparent();
    bench.respond = () => [fromHex('ff'), fromHex('ffff')];
    bench.send(1, '', MESSAGES.pub0);
    expect(bench.problems).toEqual(['MODEM_WRONG_MODE']);
    expect(bench.of('problem')[0]?.message).toMatch(/M0 and M1/);
    bench.advance(1000);
    bench.send(2, '', MESSAGES.pub0);
    bench.advance(1000);
    expect(bench.problems).toHaveLength(1);
    expect(bench.discarded).toEqual({ noise: 6 });
    bench.receive(fromHex('0216'));
    bench.advance(100);
    bench.send(3, '', MESSAGES.pub0);
    expect(bench.problems).toHaveLength(2);
  });

  it('the port is opened anew: the configuration mode is told again', () => {
    const bench = transparent();
    bench.receive(fromHex('ffffff'));
    bench.open();
    bench.receive(fromHex('ffffff'));
    expect(bench.problems).toEqual(['MODEM_WRONG_MODE', 'MODEM_WRONG_MODE']);
  });

  it('the octet for the strength is missing now and then: nothing is told', () => {
    const bench = transparent({ rssiOctet: true });
    for (let index = 0; index < 4; index++) {
      bench.receive(fromHex('0216'));
      bench.advance(30);
      // Late, and then in time.
      bench.receive(fromHex('c4'));
      bench.advance(30);
      bench.receive(fromHex('0216c4'));
    }
    expect(bench.datagrams).toHaveLength(8);
    expect(bench.problems).toEqual([]);
  });

  it('FF within other octets is no such answer', () => {
    const bench = transparent();
    bench.receive(fromHex('080cffffffffffff'));
    bench.receive(fromHex('ffffff'));
    bench.advance(1000);
    expect(bench.problems).toEqual([]);
  });
});

describe('fixed transmission', () => {
  it('a node is answered at the module that its header names', () => {
    const bench = fixed();
    bench.receive(fromHex('05fe01c0030216'));
    expect(bench.datagrams).toEqual(['c003:0216']);
    bench.send(1, 'c003', fromHex('0217'));
    expect(bench.writes).toEqual(['c0030405fe01c0030217']);
  });

  it('a node id that is no address of a module cannot be answered', () => {
    const bench = fixed();
    bench.receive(fromHex('06fe01c003010216'));
    bench.send(1, 'c00301', fromHex('0217'));
    expect(bench.writes).toEqual([]);
    expect(bench.outcomes).toEqual(['refused']);
    expect(bench.modem.maxMessageBytes('c00301')).toBe(0);
  });

  it('without a header there is one device: at the module that is given, or all of them', () => {
    const header = new NoHeader();
    const one = fixed({ header, deviceAddress: 0x1234 });
    one.send(1, '', fromHex('0217'));
    const any = fixed({ header });
    any.send(1, '', fromHex('0217'));
    expect([...one.writes, ...any.writes]).toEqual(['1234040217', 'ffff040217']);
  });

  it('RadioHead: the node is the module, for its acknowledgement too', () => {
    const header = new RadioheadHeader({ ownAddress: 1, acknowledge: true });
    const bench = fixed({ header, channel: 0x17 });
    bench.receive(fromHex('010906000216'));
    bench.acknowledge(1);
    bench.advance(1000);
    bench.send(2, '9', fromHex('0217'));
    expect(bench.writes).toEqual(['0009170901068021', '000917090100000217']);
  });

  it('to everybody', () => {
    const bench = fixed();
    bench.send(1, null, fromHex('0500010384'));
    expect(bench.writes).toEqual([`ffff04${toHex(fromHex('0500010384'))}`]);
  });
});
