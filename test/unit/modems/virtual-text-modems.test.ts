/** XBee and the modems with text commands against those of firmware-sim, which know nothing of our code. */
import { describe, expect, it } from 'vitest';
import {
  createVirtualModem,
  type ModemSetup,
  type VirtualModem,
} from '../../../firmware-sim/modems/index.js';
import { NoHeader } from '../../../src/modems/link-header.js';
import type { Modem } from '../../../src/modems/modem.js';
import { createRn2483 } from '../../../src/modems/rn2483.js';
import { createRui3 } from '../../../src/modems/rui3.js';
import { createRylr } from '../../../src/modems/rylr.js';
import { createXbee } from '../../../src/modems/xbee.js';
import { Pair } from '../../support/modems/pair.js';
import { MESSAGES, toHex } from '../../support/modems/vectors.js';
import { lora as loraSettings } from '../../support/radio/lora-settings.js';

const RECEPTION = { rssiDbm: -87, snrDb: 7, lqi: 200 };
const NODE = '0013A20040522BAA';

const lora = loraSettings({
  frequencyHz: 868_100_000,
  spreadingFactor: 7,
  preambleSymbols: 12,
  powerDbm: 14,
  syncWord: 0x12,
});

interface Case {
  create: () => Modem;
  virtual: (setup: ModemSetup) => VirtualModem;
  address: string;
  outcome: string;
  /** What becomes of a message while answers get lost for a second and a half. */
  unconfirmed?: string;
}

const xbee = (configure = false): Modem =>
  createXbee({
    baudRate: 115_200,
    configure,
    dialect: 'auto',
    extendedTimeout: false,
    fragment: false,
    lastHopRssi: false,
  });
const rn2483 = (): Modem => createRn2483({ lora, header: new NoHeader(), querySignal: true });
const rui3 = (): Modem => createRui3({ lora, header: new NoHeader() });

const text = { address: '', outcome: 'transmitted' };

const cases: Record<string, Case> = {
  'rn2483 1.0.5': {
    ...text,
    create: rn2483,
    virtual: (setup) => createVirtualModem('rn2483', setup),
    // The command that stops the receiver is repeated, and after that it goes out.
    unconfirmed: 'transmitted',
  },
  'rn2483 1.0.3, which cannot stop a reception': {
    ...text,
    create: rn2483,
    virtual: (setup) => createVirtualModem('rn2483', { ...setup, version: '1.0.3' }),
  },
  rui3: { ...text, create: rui3, virtual: (setup) => createVirtualModem('rui3', setup) },
  'rui3 as delivered: LoRaWAN mode, echo, events in two lines': {
    ...text,
    create: rui3,
    virtual: (setup) =>
      createVirtualModem('rui3', { ...setup, networkMode: 1, echo: true, events: 'two-lines' }),
  },
  rylr: {
    address: '50',
    outcome: 'transmitted',
    create: () => createRylr({ lora, ownAddress: 1, networkId: 18, encoding: 'hex' }),
    virtual: (setup) => createVirtualModem('rylr', setup),
  },
};

describe.each(Object.entries(cases))('%s with its virtual modem', (_name, subject) => {
  const { address, outcome } = subject;
  const ready = (): Pair => {
    const pair = new Pair(subject.create(), subject.virtual).open();
    expect(pair.problems).toEqual([]);
    expect(pair.state).toBe('ready');
    return pair;
  };
  /** The virtual modem shows the payload of the air; RYLR's devices write theirs in hex. */
  const payloadOf = (message: Uint8Array): Uint8Array =>
    address === '50' ? Uint8Array.from(Buffer.from(toHex(message).toUpperCase())) : message;
  const hear = (pair: Pair, message: Uint8Array): void => {
    pair.virtual.receive({ from: address, to: null, payload: payloadOf(message) }, RECEPTION);
    pair.run(1500);
  };

  it('what a device sends comes in, with its strength where the modem tells it', () => {
    const pair = ready();
    for (const message of Object.values(MESSAGES)) hear(pair, message);
    expect(pair.datagrams).toEqual(
      Object.values(MESSAGES).map((message) => `${address}:${toHex(message)}`),
    );
    for (const { signal } of pair.of('datagram')) expect(signal?.snrDb).toBe(RECEPTION.snrDb);
  });

  it('what is sent goes on the air, to one device and to everybody', () => {
    const pair = ready();
    for (const [id, to] of [address, null].entries()) {
      pair.send(id, to, MESSAGES.nasty);
      pair.run(10_000);
    }
    expect(pair.outcomes).toEqual([outcome, outcome]);
    const expected = toHex(payloadOf(MESSAGES.nasty));
    expect(pair.air.sent.map(({ payload }) => toHex(payload).toLowerCase())).toEqual([
      expected,
      expected,
    ]);
  });

  it('after it was reset it goes on, and says so', () => {
    const pair = ready();
    pair.send(1, address, MESSAGES.connack);
    pair.virtual.reset();
    pair.run(30_000);
    hear(pair, MESSAGES.pub0);
    expect(pair.outcomes).toHaveLength(1);
    expect(pair.problems).toEqual(['MODEM_RESET']);
    expect(pair.state).toBe('ready');
    expect(pair.datagrams).toEqual([`${address}:${toHex(MESSAGES.pub0)}`]);
  });

  it('confirmations get lost: no second transmission, and reception goes on', () => {
    const pair = ready();
    pair.virtual.faults.noAnswers = true;
    pair.send(1, address, MESSAGES.connack);
    pair.run(1500);
    pair.virtual.faults.noAnswers = false;
    pair.run(20_000);
    expect(pair.air.sent).toHaveLength(1);
    expect(pair.outcomes).toEqual([subject.unconfirmed ?? 'timeout']);
    hear(pair, MESSAGES.pub0);
    expect(pair.datagrams).toEqual([`${address}:${toHex(MESSAGES.pub0)}`]);
  });

  it('no room for a transmission: busy', () => {
    const pair = ready();
    pair.virtual.faults.busy = true;
    pair.send(1, address, MESSAGES.connack);
    pair.run(3000);
    pair.virtual.faults.busy = false;
    pair.run(20_000);
    expect(pair.outcomes).toEqual(['busy']);
    hear(pair, MESSAGES.pub0);
    expect(pair.datagrams).toEqual([`${address}:${toHex(MESSAGES.pub0)}`]);
  });

  it('a hung modem shows at a probe', () => {
    const pair = ready();
    pair.step({ kind: 'probe' });
    pair.run(3000);
    expect(pair.of('alive')).toHaveLength(1);
    pair.virtual.faults.frozen = true;
    pair.step({ kind: 'probe' });
    pair.run(3000);
    expect(pair.of('alive')).toHaveLength(1);
  });

  it('another baud rate is named', () => {
    const pair = new Pair(subject.create(), subject.virtual);
    pair.virtual.faults.wrongBaudRate = true;
    pair.step({ kind: 'opened' });
    pair.virtual.reset();
    pair.virtual.makeNoise(30);
    pair.run(30_000);
    expect(pair.problems).toEqual(['MODEM_WRONG_BAUD_RATE']);
    expect(pair.of('reopen')).toHaveLength(1);
  });
});

describe.each(['zigbee', '802.15.4', '802.15.4-s1'] as const)(
  'xbee with %s firmware',
  (firmware) => {
    const module = (setup: ModemSetup, apiMode: 0 | 1 | 2) =>
      createVirtualModem('xbee', { ...setup, firmware, apiMode });

    it.each([1, 2] as const)('in API mode %i: both ways', (apiMode) => {
      const pair = new Pair(xbee(), (setup) => module(setup, apiMode)).open();
      expect([pair.state, pair.problems]).toEqual(['ready', []]);
      const to = pair.virtual.address;
      pair.virtual.receive({ from: NODE, to, payload: MESSAGES.nasty }, RECEPTION);
      pair.run(1000);
      expect(pair.datagrams).toEqual([`${NODE}:${toHex(MESSAGES.nasty)}`]);
      for (const [id, address] of [NODE, null].entries()) {
        pair.send(id, address, MESSAGES.nasty);
        pair.run(10_000);
      }
      expect(pair.outcomes).toEqual(['delivered', 'transmitted']);
      expect(pair.air.sent.map(({ payload }) => toHex(payload))).toEqual([
        toHex(MESSAGES.nasty),
        toHex(MESSAGES.nasty),
      ]);
      pair.air.isAnswered = false;
      pair.send(3, NODE, MESSAGES.connack);
      pair.run(10_000);
      expect(pair.outcomes.at(-1)).toBe('unreachable');
    });

    it('in transparent mode: recognised, or switched', () => {
      const left = new Pair(xbee(), (setup) => module(setup, 0)).open();
      expect(left.problems).toEqual(['MODEM_WRONG_MODE']);
      expect(left.air.sent).toHaveLength(3);
      const switched = new Pair(xbee(true), (setup) => module(setup, 0)).open();
      expect([switched.state, switched.problems]).toEqual(['ready', ['MODEM_WRONG_MODE']]);
    });

    it('another baud rate is named', () => {
      const pair = new Pair(xbee(), (setup) => module(setup, 2));
      pair.virtual.faults.wrongBaudRate = true;
      pair.step({ kind: 'opened' });
      pair.virtual.reset();
      pair.virtual.makeNoise(30);
      pair.run(30_000);
      expect(pair.problems).toEqual(['MODEM_WRONG_BAUD_RATE']);
    });

    it.each([1, 2] as const)(
      'API mode %i: reset, lost octets and wrong checksums cost no more than what they hit',
      (apiMode) => {
        const pair = new Pair(xbee(), (setup) => module(setup, apiMode)).open();
        const hear = (message: Uint8Array): void => {
          pair.virtual.receive(
            { from: NODE, to: pair.virtual.address, payload: message },
            RECEPTION,
          );
          pair.run(2000);
        };
        pair.virtual.faults.dropOctets();
        hear(MESSAGES.nasty);
        pair.virtual.faults.spoilChecksums();
        hear(MESSAGES.nasty);
        hear(MESSAGES.pub0);
        expect(pair.datagrams).toEqual([`${NODE}:${toHex(MESSAGES.pub0)}`]);
        pair.virtual.reset();
        pair.run(20_000);
        hear(MESSAGES.pingreq);
        expect(pair.problems).toEqual(['MODEM_RESET']);
        expect(pair.datagrams).toHaveLength(2);
      },
    );
  },
);
