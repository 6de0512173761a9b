/** Drivers against the virtual modems of firmware-sim, which know nothing of our code: both read the same manuals. */
import { describe, expect, it } from 'vitest';
import {
  createVirtualModem,
  type ModemSetup,
  type VirtualModem,
} from '../../../firmware-sim/modems/index.js';
import { createAquila } from '../../../src/modems/aquila.js';
import { createCobs } from '../../../src/modems/cobs.js';
import { createEbyteFixed } from '../../../src/modems/ebyte-fixed.js';
import { createEbyteTransparent } from '../../../src/modems/ebyte-transparent.js';
import { ForwarderHeader } from '../../../src/modems/forwarder-header.js';
import { createHdlc } from '../../../src/modems/hdlc.js';
import { NoHeader } from '../../../src/modems/link-header.js';
import { createLoralink } from '../../../src/modems/loralink.js';
import type { Modem } from '../../../src/modems/modem.js';
import { createRaw } from '../../../src/modems/raw.js';
import { createSlip } from '../../../src/modems/slip.js';
import { AIR_MS, Pair } from '../../support/modems/pair.js';
import { fromHex, MESSAGES, toHex } from '../../support/modems/vectors.js';

const RECEPTION = { rssiDbm: -87, snrDb: 7, lqi: 200 };

interface Case {
  create: () => Modem;
  virtual: (setup: ModemSetup) => VirtualModem;
  /** How the air names the device, and what stands in front of its messages. */
  from: string;
  prefix?: string;
  /** How the driver names it. */
  address: string;
  outcome: string;
}

const line = { header: new NoHeader(), baudRate: 115_200, messageBytesMax: 255 };
const forwarded = { from: '', prefix: '05fe010003', address: '0003', outcome: 'assumed' };
const alone = { from: '', address: '', outcome: 'assumed' };

const cases: Record<string, Case> = {
  raw: {
    ...alone,
    create: () => createRaw(line),
    virtual: (setup) => createVirtualModem('raw', setup),
  },
  'slip with forwarder headers': {
    ...forwarded,
    create: () => createSlip({ ...line, header: new ForwarderHeader() }),
    virtual: (setup) => createVirtualModem('slip', setup),
  },
  cobs: {
    ...alone,
    create: () => createCobs(line),
    virtual: (setup) => createVirtualModem('cobs', setup),
  },
  hdlc: {
    ...alone,
    create: () => createHdlc(line),
    virtual: (setup) => createVirtualModem('hdlc', setup),
  },
  'ebyte-transparent': {
    ...alone,
    create: () =>
      createEbyteTransparent({
        header: new NoHeader(),
        baudRate: 9600,
        family: 'e22',
        rssiOctet: true,
      }),
    virtual: (setup) => createVirtualModem('ebyte-transparent', { ...setup, rssiOctet: true }),
  },
  'ebyte-fixed': {
    ...forwarded,
    create: () =>
      createEbyteFixed({
        header: new ForwarderHeader(),
        baudRate: 9600,
        family: 'e220',
        channel: 4,
      }),
    virtual: (setup) =>
      createVirtualModem('ebyte-fixed', { ...setup, family: 'e220', channel: 4, address: '0001' }),
  },
  aquila: {
    from: '18',
    address: '0x0012',
    outcome: 'transmitted',
    create: () => createAquila({ baudRate: 115_200 }),
    virtual: (setup) => createVirtualModem('aquila', setup),
  },
  loralink: {
    from: '4',
    address: '4',
    outcome: 'transmitted',
    create: () => createLoralink({ baudRate: 115_200 }),
    virtual: (setup) => createVirtualModem('loralink', setup),
  },
};

describe.each(Object.entries(cases))('%s with its virtual modem', (_name, subject) => {
  const { from, address, outcome } = subject;
  const prefix = fromHex(subject.prefix ?? '');
  const ready = (): Pair => {
    const pair = new Pair(subject.create(), subject.virtual).openWithReset();
    expect(pair.of('state').at(-1)?.state).toBe('ready');
    expect(pair.of('problem')).toEqual([]);
    return pair;
  };
  const hear = (pair: Pair, message: Uint8Array): void => {
    const payload = Uint8Array.of(...prefix, ...message);
    pair.virtual.receive({ from, to: null, payload }, RECEPTION);
    pair.run(1000);
  };
  const datagrams = (pair: Pair): string[] =>
    pair.of('datagram').map(({ address: of, data }) => `${of}:${toHex(data)}`);

  it('what a device sends comes in, with its strength where the modem tells it', () => {
    const pair = ready();
    for (const message of Object.values(MESSAGES)) hear(pair, message);
    expect(datagrams(pair)).toEqual(
      Object.values(MESSAGES).map((message) => `${address}:${toHex(message)}`),
    );
    expect(pair.of('discarded')).toEqual([]);
    for (const { signal } of pair.of('datagram')) {
      if (signal !== undefined) expect(signal.rssiDbm).toBe(RECEPTION.rssiDbm);
    }
  });

  it('what is sent goes on the air, to one device and to everybody', () => {
    const pair = ready();
    for (const [id, to] of [address, null].entries()) {
      pair.step({ kind: 'send', id, address: to, data: MESSAGES.nasty, airTimeMs: AIR_MS });
      pair.run(30_000);
    }
    const [one, all] = pair.air.sent.map(({ payload }) => toHex(payload));
    expect(one).toBe(`${toHex(prefix)}${toHex(MESSAGES.nasty)}`);
    expect(all).toBe(toHex(MESSAGES.nasty));
    expect(pair.of('sent').map((sent) => sent.outcome)).toEqual([outcome, outcome]);
  });

  it('noise on the line costs no more than what it hits', () => {
    const pair = ready();
    pair.virtual.makeNoise(40);
    pair.run(1000);
    hear(pair, MESSAGES.pingreq);
    hear(pair, MESSAGES.pub0);
    expect(datagrams(pair).at(-1)).toBe(`${address}:${toHex(MESSAGES.pub0)}`);
  });

  it('a modem at another baud rate is told of, as soon as it says enough', () => {
    const pair = ready();
    pair.step({ kind: 'closed' });
    pair.virtual.faults.wrongBaudRate = true;
    pair.openWithReset();
    for (let index = 0; index < 200; index++) hear(pair, MESSAGES.nasty);
    const codes = pair.of('problem').map(({ code }) => code);
    expect(codes).toContain('MODEM_WRONG_BAUD_RATE');
    expect(codes).not.toContain('MODEM_WRONG_MODE');
  });
});

describe('an EBYTE module whose jumpers say configuration', () => {
  it('is recognised by its answers', () => {
    const pair = new Pair(
      createEbyteTransparent({ header: new NoHeader(), baudRate: 9600, family: 'e22' }),
      (setup) => {
        const module = createVirtualModem('ebyte-transparent', setup);
        module.setMode('configuration');
        return module;
      },
    ).openWithReset();
    pair.step({ kind: 'send', id: 1, address: '', data: MESSAGES.connack, airTimeMs: AIR_MS });
    pair.run(1000);
    expect(pair.of('problem').map(({ code }) => code)).toEqual(['MODEM_WRONG_MODE']);
    expect(pair.air.sent).toEqual([]);
  });
});

describe('an Aquila bridge that starts anew', () => {
  it('is configured again, and goes on', () => {
    const pair = new Pair(createAquila({ baudRate: 115_200 }), (setup) =>
      createVirtualModem('aquila', setup),
    ).openWithReset();
    pair.step({ kind: 'send', id: 1, address: '0x0012', data: MESSAGES.connack, airTimeMs: 0 });
    pair.virtual.reset();
    pair.run(10_000);
    expect(pair.of('problem').map(({ code }) => code)).toEqual(['MODEM_RESET']);
    expect(pair.of('state').map(({ state }) => state)).toEqual([
      'starting',
      'ready',
      'starting',
      'ready',
    ]);
    expect(pair.of('sent')).toHaveLength(1);
  });

  it('does not answer: a probe shows it', () => {
    const pair = new Pair(createAquila({ baudRate: 115_200 }), (setup) =>
      createVirtualModem('aquila', setup),
    ).openWithReset();
    pair.step({ kind: 'probe' });
    pair.run(1000);
    expect(pair.of('alive')).toHaveLength(1);
    pair.virtual.faults.frozen = true;
    pair.step({ kind: 'probe' });
    pair.run(10_000);
    expect(pair.of('alive')).toHaveLength(1);
    expect(pair.air.sent).toEqual([]);
  });
});
