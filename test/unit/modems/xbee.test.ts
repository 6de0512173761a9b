import { describe, expect, it } from 'vitest';
import { encodeXbeeFrame } from '../../../src/framing/xbee-frame.js';
import type { ModemEffect } from '../../../src/modems/modem.js';
import { transmitFrame } from '../../../src/modems/xbee/frames.js';
import { XBEE_PEERS_MAX } from '../../../src/modems/xbee/peers.js';
import { createXbee, type XbeeSettings } from '../../../src/modems/xbee.js';
import { ModemBench } from '../../support/modems/bench.js';
import {
  chunkings,
  concat,
  fromHex,
  MESSAGES,
  type ModemVector,
  payloadsOf,
  toHex,
  vectorsOf,
} from '../../support/modems/vectors.js';
import { SimulatedXbee } from '../../support/modems/xbee.js';

const NODE = '0013A20040522BAA';
const S1 = { HV: '1744', VR: '10ef', MY: '5000', SH: '0013a200', SL: '40522b01' };

/** Digi's own endpoints for data, as in vectors 04 and 08. */
const DIGI_DATA = {
  sourceEndpoint: 0xe8,
  destinationEndpoint: 0xe8,
  cluster: 0x0011,
  profile: 0xc105,
};

const SETTINGS: XbeeSettings = {
  baudRate: 115_200,
  configure: false,
  dialect: 'auto',
  extendedTimeout: false,
  fragment: false,
  lastHopRssi: false,
};

function started(
  xbee: SimulatedXbee = new SimulatedXbee(),
  settings: Partial<XbeeSettings> = {},
): ModemBench {
  return new ModemBench(createXbee({ ...SETTINGS, ...settings }), xbee.respond).open();
}

const detailOf = (effects: readonly ModemEffect[]): string =>
  effects.map((effect) => ('message' in effect ? effect.message : '')).join('\n');

describe.each(['xbee-ap1', 'xbee-ap2', 'xbee-802154'])('vectors of %s', (modem) => {
  const apiModeOf = ({ meta }: ModemVector): 1 | 2 =>
    meta?.['apiMode'] === 1 || modem === 'xbee-ap1' ? 1 : 2;
  const isLegacy = modem === 'xbee-802154';
  const ready = (vector: ModemVector): ModemBench =>
    started(new SimulatedXbee(apiModeOf(vector), isLegacy ? S1 : undefined));
  const FAULTS: Record<string, string> = {
    checksum: 'checksum',
    truncated: 'truncated',
    'garbage-prefix': 'noise',
    length: 'bad-length',
  };
  const received = vectorsOf(modem).filter(({ direction }) => direction === 'rx');
  const sent = vectorsOf(modem).filter(
    ({ direction, kind }) => direction === 'tx' && kind !== 'command',
  );
  const expected = (vector: ModemVector): string[] =>
    payloadsOf(vector).map((payload) => `${vector.address}:${payload}`);
  const address16Of = ({ meta }: ModemVector): number | undefined => {
    const address16 = meta?.['addr16'];
    return typeof address16 === 'string' ? Number.parseInt(address16, 16) : undefined;
  };
  const GOOD = encodeGood(2);
  function encodeGood(mode: 1 | 2): Uint8Array {
    return encodeXbeeFrame(fromHex(`900013a20040522baa7d8401${toHex(MESSAGES.pub0)}`), mode);
  }

  it.each(received)('$id: $note', (vector) => {
    for (const chunks of chunkings(fromHex(vector.serialHex ?? ''))) {
      const bench = ready(vector);
      for (const chunk of chunks) bench.receive(chunk);
      bench.advance(2000);
      bench.step({ kind: 'closed' });
      expect(bench.datagrams).toEqual(expected(vector));
      const faults = Object.keys(bench.discarded);
      if (vector.error === undefined) expect(faults).toEqual([]);
      else expect(faults).toContain(FAULTS[vector.error]);
      const rssi = vector.meta?.['rssi'];
      if (typeof rssi === 'number')
        expect(bench.of('datagram')[0]?.signal).toEqual({ rssiDbm: rssi });
    }
  });

  it.each(received)('$id, then a good one: the good one comes', (vector) => {
    const bench = ready(vector);
    bench.receive(fromHex(vector.serialHex ?? ''));
    bench.advance(2000);
    bench.receive(apiModeOf(vector) === 1 ? encodeGood(1) : GOOD);
    expect(bench.datagrams.at(-1)).toBe(`${NODE}:${toHex(MESSAGES.pub0)}`);
  });

  it.each(received.filter((vector) => vector.error === undefined))(
    '$id, twice without a pause and after noise',
    (vector) => {
      const octets = fromHex(vector.serialHex ?? '');
      const bench = ready(vector);
      bench.receive(fromHex('a5015ac0db7e7d00c07e000090'));
      bench.advance(2000);
      bench.receive(concat(octets, octets));
      expect(bench.datagrams).toEqual([...expected(vector), ...expected(vector)]);
    },
  );

  it.each(sent)('$id is written: $note', (vector) => {
    const { meta = {}, address } = vector;
    if (vector.serialHex === null) {
      const bench = ready(vector);
      expect(bench.modem.maxMessageBytes(address)).toBe(100);
      bench.send(1, address, fromHex(String(vector.payloadHex)));
      expect(bench.outcomes).toEqual(['refused']);
      return;
    }
    const isBroadcast = address === '000000000000FFFF' || address === 'FFFF';
    const explicit = meta['explicit'] === true ? { explicit: DIGI_DATA } : {};
    const frame = transmitFrame({
      id: Number(meta['frameId']),
      address: isBroadcast ? null : address,
      address16: address16Of(vector),
      dialect: isLegacy ? '802.15.4' : 'zigbee',
      options: Number(meta['options'] ?? 0),
      data: fromHex(String(vector.payloadHex)),
      ...explicit,
    });
    expect(toHex(encodeXbeeFrame(frame, apiModeOf(vector)))).toBe(vector.serialHex);
  });
});

describe('xbee: start', () => {
  it.each([1, 2] as const)('API mode %i is found out and spoken', (mode) => {
    const xbee = new SimulatedXbee(mode);
    const bench = started(xbee);
    expect(bench.state).toBe('ready');
    expect(xbee.commands).toEqual(['AP', 'NP', 'HV', 'SH', 'SL']);
    bench.receive(xbee.encode(`90${NODE}7d8401${toHex(MESSAGES.nasty)}`));
    bench.send(1, NODE, MESSAGES.nasty);
    expect(bench.datagrams).toEqual([`${NODE}:${toHex(MESSAGES.nasty)}`]);
    expect(bench.outcomes).toEqual(['delivered']);
  });

  it('the answers come octet by octet: all the same', () => {
    const xbee = new SimulatedXbee(1);
    const bench = new ModemBench(createXbee(SETTINGS), (written) =>
      xbee.respond(written).flatMap((data) => [...data].map((octet) => Uint8Array.of(octet))),
    ).open();
    expect(bench.state).toBe('ready');
    expect(xbee.commands).toHaveLength(5);
  });

  it('one answer is lost: the question is repeated', () => {
    const xbee = new SimulatedXbee();
    let asked = 0;
    const bench = new ModemBench(createXbee(SETTINGS), (written) => {
      asked += 1;
      return [1, 4].includes(asked) ? [] : xbee.respond(written);
    }).open();
    expect(bench.state).toBe('ready');
    expect(bench.problems).toEqual([]);
  });

  it('nothing answers: silent, with what it may be, and the port is opened anew', () => {
    const bench = new ModemBench(createXbee(SETTINGS)).open();
    expect(bench.problems).toEqual(['MODEM_SILENT']);
    expect(detailOf(bench.effects)).toMatch(/baud rate.*9600.*transparent mode.*AP to 2/s);
    expect(bench.of('reopen')).toHaveLength(1);
    expect(bench.modem.nextDeadline()).toBeUndefined();
  });

  it('a module in transparent mode is recognised, left as it is, and named', () => {
    const xbee = new SimulatedXbee(0);
    const bench = started(xbee);
    expect(xbee.commands).toEqual(['ATCN']);
    expect(bench.problems).toEqual(['MODEM_WRONG_MODE']);
    expect(detailOf(bench.effects)).toMatch(/transparent mode.*XCTU.*configure: true/);
    expect(bench.of('reopen')).toHaveLength(1);
  });

  it('a module in transparent mode is switched where that is wanted', () => {
    const xbee = new SimulatedXbee(0);
    const bench = started(xbee, { configure: true });
    expect(xbee.commands.slice(0, 4)).toEqual(['ATAP2', 'ATWR', 'ATCN', 'AP']);
    expect(bench.state).toBe('ready');
    expect(bench.problems).toEqual(['MODEM_WRONG_MODE']);
    expect(bench.of('reopen')).toEqual([]);
  });

  it('silence before and after +++', () => {
    const xbee = new SimulatedXbee(0);
    const times: [string, number][] = [];
    const bench = new ModemBench(createXbee(SETTINGS));
    bench.respond = (written) => {
      times.push([toHex(written), bench.now]);
      return xbee.respond(written);
    };
    bench.open();
    const at = times.findIndex(([written]) => written === '2b2b2b');
    const [before, entered] = times.slice(at - 1).map(([, time]) => time);
    expect((entered ?? 0) - (before ?? 0)).toBeGreaterThan(1000);
  });

  it('firmware without an API: said so', () => {
    const xbee = new SimulatedXbee(0);
    xbee.hasApi = false;
    const bench = started(xbee, { configure: true });
    expect(bench.problems).toEqual(['MODEM_SETTING_REFUSED']);
    expect(detailOf(bench.effects)).toContain('XCTU');
  });

  it('garbage instead of answers: another baud rate', () => {
    const bench = new ModemBench(createXbee(SETTINGS), () => [fromHex('00f8e080fc00e018')]).open();
    expect(bench.problems).toEqual(['MODEM_WRONG_BAUD_RATE']);
  });

  it('a packet and garbage in one chunk, and no answer: the garbage counts as if it had come alone', () => {
    const packet = encodeXbeeFrame(fromHex(`900013a20040522baa7d8401${toHex(MESSAGES.pub0)}`), 2);
    for (const chunks of chunkings(concat(packet, fromHex('00f8e080fc00e018')))) {
      const bench = new ModemBench(createXbee(SETTINGS));
      bench.step({ kind: 'opened' });
      for (const chunk of chunks) bench.receive(chunk);
      bench.advance(120_000);
      expect(bench.problems).toEqual(['MODEM_WRONG_BAUD_RATE']);
    }
  });

  it('another modem answers: named', () => {
    const bench = new ModemBench(createXbee(SETTINGS), () => [Buffer.from('+ERR=2\r\n')]).open();
    expect(bench.problems).toEqual(['MODEM_WRONG_MODE']);
    expect(detailOf(bench.effects)).toContain('REYAX');
  });

  it('datagrams that come during the start are not lost', () => {
    const bench = new ModemBench(createXbee(SETTINGS));
    bench.step({ kind: 'opened' });
    bench.receive(new SimulatedXbee().encode(`90${NODE}7d8401${toHex(MESSAGES.pub0)}`));
    expect(bench.datagrams).toHaveLength(1);
  });
});

describe('xbee: limits', () => {
  const limits = (values: Record<string, string>, settings = {}): number[] => {
    const { modem } = started(new SimulatedXbee(2, values), settings);
    return [modem.maxMessageBytes(NODE), modem.maxMessageBytes(null)];
  };

  it('NP tells, and a broadcast in Zigbee has 8 octets more', () => {
    expect(limits({ NP: '0054' })).toEqual([84, 92]);
    expect(limits({ NP: '0042' })).toEqual([66, 74]);
    expect(limits({ NP: '0049' })).toEqual([73, 73]);
  });

  it('NP is FF: the table counts, with encryption or without', () => {
    expect(limits({ NP: '00ff', EE: '00' })).toEqual([84, 92]);
    expect(limits({ NP: 'ff', EE: '01' })).toEqual([66, 74]);
  });

  it('first generation: 100 octets', () => {
    expect(limits(S1)).toEqual([100, 100]);
  });

  it('fragments, where they are wanted', () => {
    expect(limits({ NP: '0054' }, { fragment: true })).toEqual([255, 92]);
  });

  it('what is no address cannot be reached', () => {
    const { modem } = started();
    expect(
      ['', '12', '0013a20040522baa', 'X'.repeat(16)].map((a) => modem.maxMessageBytes(a)),
    ).toEqual([0, 0, 0, 0]);
  });
});

describe('xbee: sending', () => {
  it.each([
    [0x00, 'delivered'],
    [0x01, 'unreachable'],
    [0x02, 'busy'],
    [0x18, 'busy'],
    [0x21, 'unreachable'],
    [0x24, 'unreachable'],
    [0x25, 'unreachable'],
    [0x32, 'busy'],
    [0x74, 'refused'],
    [0xee, 'unreachable'],
  ])('delivery status %i: %s', (status, outcome) => {
    const xbee = new SimulatedXbee();
    const bench = started(xbee);
    xbee.status = status;
    bench.send(7, NODE, MESSAGES.connack);
    expect(bench.of('sent')).toMatchObject([{ id: 7, outcome }]);
  });

  it('a broadcast is transmitted, not delivered', () => {
    const bench = started();
    bench.send(1, null, MESSAGES.pub0);
    expect(bench.outcomes).toEqual(['transmitted']);
  });

  it('to the 16-bit address of the last packet; forgotten when it is out of date', () => {
    const xbee = new SimulatedXbee();
    const bench = started(xbee);
    const to16 = (): string | undefined => {
      bench.send(1, NODE, MESSAGES.connack);
      return xbee.frames.at(-1)?.slice(20, 24);
    };
    expect(to16()).toBe('fffe');
    bench.receive(xbee.encode(`90${NODE}123401${toHex(MESSAGES.pub0)}`));
    expect(to16()).toBe('1234');
    // The status told another one.
    expect(to16()).toBe('7d84');
    xbee.status = 0x24;
    to16();
    expect(to16()).toBe('fffe');
  });

  it('speaks to each as it was heard', () => {
    const xbee = new SimulatedXbee();
    const bench = started(xbee);
    const type = (address: string | null): string | undefined => {
      bench.send(1, address, MESSAGES.connack);
      return xbee.frames.at(-1)?.slice(0, 2);
    };
    expect(type(null)).toBe('10');
    bench.receive(xbee.encode(`8150012800${toHex(MESSAGES.pub0)}`));
    bench.receive(xbee.encode(`80${NODE}2800${toHex(MESSAGES.pub0)}`));
    expect([type('5001'), type(NODE), type(null)]).toEqual(['01', '00', '01']);
    bench.receive(xbee.encode(`90${NODE}fffe01${toHex(MESSAGES.pub0)}`));
    bench.receive(xbee.encode(`90ffffffffffffffff500201${toHex(MESSAGES.pub0)}`));
    expect([type('5001'), type(NODE), type('5002')]).toEqual(['01', '10', '10']);
    expect(xbee.frames.at(-1)?.slice(4, 24)).toBe('ffffffffffffffff5002');
    expect(bench.datagrams.map((datagram) => datagram.split(':')[0])).toEqual([
      '5001',
      NODE,
      NODE,
      '5002',
    ]);
  });

  it('first generation: 00 and 01 from the start', () => {
    const xbee = new SimulatedXbee(2, S1);
    const bench = started(xbee);
    bench.send(1, NODE, MESSAGES.connack);
    bench.send(2, null, MESSAGES.connack);
    expect(xbee.frames.slice(-2).map((frame) => frame.slice(0, 2))).toEqual(['00', '01']);
    expect(bench.outcomes).toEqual(['delivered', 'transmitted']);
  });

  it('the status stays out: timeout, and a late one is nobody’s', () => {
    const xbee = new SimulatedXbee();
    const bench = started(xbee);
    xbee.status = undefined;
    bench.send(1, NODE, MESSAGES.connack);
    const id = xbee.frames.at(-1)?.slice(2, 4);
    bench.advance(10_000);
    expect(bench.outcomes).toEqual(['timeout']);
    bench.receive(xbee.encode(`8b${id}7d84000000`));
    xbee.status = 0;
    bench.send(2, NODE, MESSAGES.connack);
    expect(bench.outcomes).toEqual(['timeout', 'delivered']);
  });

  it('frame ids rotate and never are 0', () => {
    const xbee = new SimulatedXbee();
    const bench = started(xbee);
    for (let id = 0; id < 600; id += 1) bench.send(id, NODE, MESSAGES.connack);
    const ids = xbee.frames.filter((frame) => frame.startsWith('10')).map((f) => f.slice(2, 4));
    expect(ids).not.toContain('00');
    expect(new Set(ids.slice(0, 250)).size).toBe(250);
    expect(bench.outcomes).toHaveLength(600);
  });

  it('waits longer for sleeping end devices where that is wanted', () => {
    const xbee = new SimulatedXbee();
    const bench = started(xbee, { extendedTimeout: true });
    xbee.status = undefined;
    bench.send(1, NODE, MESSAGES.connack);
    expect(xbee.frames.at(-1)?.slice(24, 28)).toBe('0040');
    bench.advance(20_000);
    expect(bench.outcomes).toEqual([]);
    bench.advance(20_000);
    expect(bench.outcomes).toEqual(['timeout']);
  });

  it('the port closes meanwhile: interrupted, once', () => {
    const xbee = new SimulatedXbee();
    const bench = started(xbee);
    xbee.status = undefined;
    bench.send(1, NODE, MESSAGES.connack);
    bench.step({ kind: 'closed' });
    bench.open();
    expect(bench.outcomes).toEqual(['interrupted']);
    expect(bench.state).toBe('ready');
  });

  it('nodes without end: the table stays small', () => {
    const xbee = new SimulatedXbee();
    const bench = started(xbee);
    const address = (n: number): string =>
      `0013A200${n.toString(16).padStart(8, '0').toUpperCase()}`;
    for (let n = 0; n <= XBEE_PEERS_MAX; n += 1)
      bench.receive(xbee.encode(`90${address(n)}123401${toHex(MESSAGES.pingreq)}`));
    bench.send(1, address(0), MESSAGES.connack);
    expect(xbee.frames.at(-1)?.slice(20, 24)).toBe('fffe');
    bench.send(2, address(1), MESSAGES.connack);
    expect(xbee.frames.at(-1)?.slice(20, 24)).toBe('1234');
  });
});

describe('xbee: what happens by itself', () => {
  it('a reset: told, what was under way is interrupted, and it starts anew', () => {
    const xbee = new SimulatedXbee();
    const bench = started(xbee);
    xbee.status = undefined;
    bench.send(1, NODE, MESSAGES.connack);
    xbee.commands.length = 0;
    bench.receive(xbee.encode('8a00'));
    expect(bench.outcomes).toEqual(['interrupted']);
    expect(bench.problems).toEqual(['MODEM_RESET']);
    expect(xbee.commands[0]).toBe('AP');
    expect(bench.of('state').map(({ state }) => state)).toEqual([
      'starting',
      'ready',
      'starting',
      'ready',
    ]);
  });

  it('the network is lost and found: told once each time', () => {
    const xbee = new SimulatedXbee();
    const bench = started(xbee);
    for (const status of ['03', '03', '02', '03']) bench.receive(xbee.encode(`8a${status}`));
    expect(bench.problems).toEqual(['MODEM_NETWORK_DOWN', 'MODEM_NETWORK_DOWN']);
    expect(detailOf(bench.effects)).toContain('0013A20041B97E13');
  });

  it('too much voltage is told', () => {
    const xbee = new SimulatedXbee();
    const bench = started(xbee);
    bench.receive(xbee.encode('8a0d'));
    expect(bench.problems).toEqual(['MODEM_FAULT']);
  });

  it.each([
    [1, 2],
    [2, 1],
  ] as const)('AP changes from %i to %i: followed after a broken frame', (before, after) => {
    const xbee = new SimulatedXbee(before);
    const bench = started(xbee);
    bench.advance(5000);
    xbee.apiMode = after;
    const frame = `90${NODE}7d8401${toHex(MESSAGES.nasty)}`;
    bench.receive(xbee.encode(frame));
    bench.advance(5000);
    bench.receive(xbee.encode(frame));
    bench.send(1, NODE, MESSAGES.nasty);
    expect(bench.datagrams.at(-1)).toBe(`${NODE}:${toHex(MESSAGES.nasty)}`);
    expect(bench.outcomes).toEqual(['delivered']);
  });

  it('a probe costs no air time and is answered', () => {
    const xbee = new SimulatedXbee();
    const bench = started(xbee);
    bench.step({ kind: 'probe' });
    expect(xbee.commands.at(-1)).toBe('AP');
    expect(bench.of('alive')).toHaveLength(1);
  });

  it('a probe without answer: no sign of life', () => {
    const bench = started();
    bench.respond = () => [];
    bench.step({ kind: 'probe' });
    bench.advance(60_000);
    expect(bench.of('alive')).toEqual([]);
  });

  it('RSSI of the last hop where it is wanted; without an answer the message comes without', () => {
    const xbee = new SimulatedXbee();
    const bench = started(xbee, { lastHopRssi: true });
    const frame = xbee.encode(`90${NODE}7d8401${toHex(MESSAGES.pub0)}`);
    bench.receive(frame);
    bench.respond = () => [];
    bench.receive(frame);
    bench.receive(frame);
    bench.advance(1000);
    expect(bench.of('datagram').map(({ signal }) => signal)).toEqual([
      { rssiDbm: -47 },
      undefined,
      undefined,
    ]);
  });

  it('a packet that is no whole message is discarded', () => {
    const xbee = new SimulatedXbee();
    const bench = started(xbee);
    bench.receive(xbee.encode(`90${NODE}7d84010b0c0000`));
    expect(bench.discarded).toEqual({ 'bad-length': 22 });
  });
});
