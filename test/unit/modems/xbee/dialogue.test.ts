/** What an XBee says out of turn, and what is said to it. */
import { describe, expect, it } from 'vitest';
import { encodeXbeeFrame } from '../../../../src/framing/xbee-frame.js';
import { createXbee, type XbeeSettings } from '../../../../src/modems/xbee.js';
import { fromHex, toHex } from '../../../support/hex.js';
import { ModemBench } from '../../../support/modems/bench.js';
import { MESSAGES } from '../../../support/modems/vectors.js';
import { SimulatedXbee } from '../../../support/modems/xbee.js';

const NODE = '0013A20040522BAA';
const SETTINGS: XbeeSettings = {
  baudRate: 115_200,
  configure: false,
  dialect: 'auto',
  extendedTimeout: false,
  fragment: false,
  lastHopRssi: false,
};
const RECEIVED = `90${NODE}7d8401${toHex(MESSAGES.pub0)}`;

function started(settings: Partial<XbeeSettings> = {}): { xbee: SimulatedXbee; bench: ModemBench } {
  const xbee = new SimulatedXbee();
  const bench = new ModemBench(createXbee({ ...SETTINGS, ...settings }), xbee.respond).open();
  expect(bench.state).toBe('ready');
  return { xbee, bench };
}
const messagesOf = (bench: ModemBench): string =>
  bench
    .of('problem')
    .map(({ message }) => message)
    .join('\n');

describe('xbee: frames that bring no message', () => {
  it('too short for its type: discarded whole; of another type: nothing', () => {
    const { xbee, bench } = started();
    const short = xbee.encode('88');
    bench.receive(short);
    expect(bench.discarded).toEqual({ malformed: short.length });
    bench.receive(xbee.encode('a100'));
    expect(bench.discarded).toEqual({ malformed: short.length });
    expect(bench.datagrams).toEqual([]);
  });

  it('a status of another transmission ends nothing', () => {
    const { xbee, bench } = started();
    xbee.status = undefined;
    bench.send(1, NODE, MESSAGES.connack);
    bench.receive(xbee.encode('8b017d84000000'));
    expect(bench.outcomes).toEqual([]);
  });
});

describe('xbee: the API mode is in doubt', () => {
  const asked = (xbee: SimulatedXbee): number =>
    xbee.commands.filter((command) => command === 'AP').length;

  it('after a broken frame, for a moment in which a good one settles it', () => {
    const { xbee, bench } = started();
    const broken = xbee.encode(RECEIVED);
    bench.receive(broken.with(-1, (broken.at(-1) ?? 0) ^ 1));
    bench.advance(99);
    expect(asked(xbee)).toBe(1);
    bench.receive(xbee.encode(RECEIVED));
    bench.advance(1000);
    expect(asked(xbee)).toBe(1);
    bench.receive(broken.with(-1, (broken.at(-1) ?? 0) ^ 1));
    bench.advance(100);
    expect(asked(xbee)).toBe(2);
  });

  it('not after noise between frames', () => {
    const { xbee, bench } = started();
    bench.receive(fromHex('00112233'));
    bench.advance(1000);
    expect(asked(xbee)).toBe(1);
  });

  it('after a transmission that nobody has told of', () => {
    const { xbee, bench } = started();
    xbee.status = undefined;
    bench.send(1, NODE, MESSAGES.connack);
    bench.advance(10_000);
    expect(asked(xbee)).toBe(2);
  });

  it('the question has an id of its own, and others never have it', () => {
    const { xbee, bench } = started();
    for (let id = 0; id < 600; id++) bench.send(id, NODE, MESSAGES.connack);
    bench.step({ kind: 'probe' });
    const ids = (type: string): string[] =>
      xbee.frames.filter((frame) => frame.startsWith(type)).map((frame) => frame.slice(2, 4));
    expect(xbee.frames.filter((frame) => frame.startsWith('08fe'))).toEqual([
      '08fe4150',
      '08fe4150',
    ]);
    expect(ids('10')).not.toContain('fe');
    expect(bench.outcomes).toHaveLength(600);
  });

  it.each([
    ['an answer that is no mode of frames', '88fe41500000'],
    ['an answer that says it failed', '88fe41500101'],
  ])('%s changes nothing', (_what, answer) => {
    const { xbee, bench } = started();
    bench.receive(xbee.encode(answer));
    bench.receive(xbee.encode(`90${NODE}7d8401${toHex(MESSAGES.nasty)}`));
    expect(bench.datagrams).toEqual([`${NODE}:${toHex(MESSAGES.nasty)}`]);
  });
});

describe('xbee: the signal of the last hop', () => {
  it('what is no answer to the question after it gives no message away', () => {
    const { xbee, bench } = started({ lastHopRssi: true });
    bench.respond = () => [];
    bench.receive(xbee.encode(RECEIVED));
    bench.receive(xbee.encode('88fe41500002'));
    bench.advance(99);
    expect(bench.datagrams).toEqual([]);
    bench.advance(1);
    expect(bench.of('datagram')[0]).not.toHaveProperty('signal');
  });

  it('an answer that says it does not know: the message comes without it', () => {
    const { xbee, bench } = started({ lastHopRssi: true });
    xbee.values = {};
    bench.receive(xbee.encode(RECEIVED));
    expect(bench.of('datagram')).toHaveLength(1);
    expect(bench.of('datagram')[0]).not.toHaveProperty('signal');
  });

  it('is not asked for while the module starts', () => {
    const bench = new ModemBench(createXbee({ ...SETTINGS, lastHopRssi: true }));
    bench.step({ kind: 'opened' });
    bench.receive(new SimulatedXbee().encode(RECEIVED));
    expect(bench.datagrams).toHaveLength(1);
  });
});

describe('xbee: a module that starts anew', () => {
  it.each([
    ['00', /power-up/],
    ['01', /watchdog/],
  ])('status %s: told why', (status, why) => {
    const { xbee, bench } = started();
    bench.receive(xbee.encode(`8a${status}`));
    expect(messagesOf(bench)).toMatch(why);
  });

  it('while it starts: once more, without a word', () => {
    const bench = new ModemBench(createXbee(SETTINGS));
    bench.step({ kind: 'opened' });
    bench.receive(new SimulatedXbee().encode('8a00'));
    expect(bench.problems).toEqual([]);
    expect(bench.of('state').map(({ state }) => state)).toEqual(['starting', 'starting']);
  });

  it('after it has failed: the port is opened anew, and that will do', () => {
    const bench = new ModemBench(createXbee(SETTINGS)).open();
    expect(bench.of('reopen')).toHaveLength(1);
    bench.receive(new SimulatedXbee().encode('8a00'));
    expect(bench.of('state')).toHaveLength(1);
  });
});

describe('xbee: how a message is sent', () => {
  const frameOf = (settings: Partial<XbeeSettings>, address: string | null): string => {
    const { xbee, bench } = started(settings);
    bench.send(1, address, MESSAGES.connack);
    return xbee.frames.at(-1) ?? '';
  };

  it('one at a time: the next one hears that it is busy', () => {
    const { xbee, bench } = started();
    xbee.status = undefined;
    bench.send(1, NODE, MESSAGES.connack);
    bench.send(2, NODE, MESSAGES.connack);
    expect(bench.of('sent')).toEqual([{ kind: 'sent', id: 2, outcome: 'busy' }]);
  });

  it('what cannot be sent is refused with the reason', () => {
    const { bench } = started();
    bench.send(1, '12', MESSAGES.connack);
    bench.send(2, NODE, new Uint8Array(85));
    bench.send(3, NODE, new Uint8Array(84));
    expect(bench.of('sent')).toMatchObject([
      { outcome: 'refused', detail: expect.stringContaining('12') as string },
      { outcome: 'refused', detail: expect.stringMatching(/85.*84/) as string },
      { outcome: 'delivered' },
    ]);
  });

  it('with explicit addressing where the network demands it', () => {
    const explicit = { sourceEndpoint: 1, destinationEndpoint: 2, cluster: 3, profile: 4 };
    expect(frameOf({ explicit }, NODE).slice(24, 36)).toBe('010200030004');
    expect(frameOf({ explicit }, NODE).slice(0, 2)).toBe('11');
  });

  it('in the dialect that is configured, whatever was heard', () => {
    const { xbee, bench } = started({ dialect: '802.15.4' });
    bench.receive(xbee.encode(RECEIVED));
    bench.send(1, NODE, MESSAGES.connack);
    expect(xbee.frames.at(-1)?.slice(0, 2)).toBe('00');
  });

  it('waiting for sleepers: not in a broadcast, and only Zigbee knows it', () => {
    expect(frameOf({ extendedTimeout: true }, null).slice(24, 28)).toBe('0000');
    expect(frameOf({ extendedTimeout: true, dialect: '802.15.4' }, NODE).slice(20, 22)).toBe('00');
  });

  it('a status that says the network is lost is told, another one is not', () => {
    const { xbee, bench } = started();
    xbee.status = 0x21;
    bench.send(1, NODE, MESSAGES.connack);
    expect(bench.problems).toEqual([]);
    xbee.status = 0x22;
    bench.send(2, NODE, MESSAGES.connack);
    expect(bench.problems).toEqual(['MODEM_NETWORK_DOWN']);
  });
});

describe('xbee: a start that fails', () => {
  it('an API mode without datagrams: named', () => {
    const answer = encodeXbeeFrame(fromHex('88fe41500003'), 2);
    const bench = new ModemBench(createXbee(SETTINGS), () => [answer]).open();
    expect(bench.problems).toEqual(['MODEM_WRONG_MODE']);
    expect(messagesOf(bench)).toMatch(/mode 3/);
    expect(bench.of('state').map(({ state }) => state)).toEqual(['starting']);
  });

  it('a module that listens to text and then says no more: named, and its octets are told of', () => {
    const bench = new ModemBench(createXbee(SETTINGS));
    bench.respond = (written) => {
      const text = Buffer.from(written).toString('latin1');
      return text === '+++' ? [Buffer.from('OK\r')] : text === 'ATCN\r' ? [Buffer.from('xyz')] : [];
    };
    bench.open();
    expect(bench.problems).toEqual(['MODEM_WRONG_MODE']);
    expect(messagesOf(bench)).toMatch(/stopped answering/);
    expect(bench.discarded).toEqual({ noise: 3 });
  });

  it('a module that says yes and stays in transparent mode: named, and not asked for ever', () => {
    const xbee = new SimulatedXbee(0);
    const bench = new ModemBench(createXbee({ ...SETTINGS, configure: true }));
    bench.respond = (written) => {
      const answers = xbee.respond(written);
      xbee.apiMode = 0;
      return answers;
    };
    bench.open();
    expect(bench.of('reopen')).toHaveLength(1);
    expect(xbee.commands.filter((command) => command === 'ATAP2')).toHaveLength(1);
  });

  it('a payload of 0 octets tells nothing: the table counts', () => {
    const xbee = new SimulatedXbee(2, { NP: '0000', EE: '00' });
    const bench = new ModemBench(createXbee(SETTINGS), xbee.respond).open();
    expect(bench.modem.maxMessageBytes(NODE)).toBe(84);
  });
});
