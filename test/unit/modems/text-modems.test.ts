/** Vectors of the modems with text commands, and what holds for all of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NoHeader } from '../../../src/modems/link-header.js';
import type { Modem, ModemEffect } from '../../../src/modems/modem.js';
import { createRn2483 } from '../../../src/modems/rn2483.js';
import { createRui3 } from '../../../src/modems/rui3.js';
import type { RylrEncoding } from '../../../src/modems/rylr/encoding.js';
import { createRylr } from '../../../src/modems/rylr.js';
import { ModemBench, type Respond } from '../../support/modems/bench.js';
import { SimulatedRn2483, SimulatedRui3, SimulatedRylr } from '../../support/modems/text-modems.js';
import {
  chunkings,
  concat,
  fromHex,
  MESSAGES,
  type ModemVector,
  payloadsOf,
  vectorsOf,
} from '../../support/modems/vectors.js';
import { lora } from '../../support/radio/lora-settings.js';

const LORA = lora({ frequencyHz: 868_100_000, spreadingFactor: 7, powerDbm: 14, syncWord: 0x12 });

interface Kind {
  create(encoding: RylrEncoding): Modem;
  simulate(): { respond: Respond; commands: string[]; answers: Record<string, string[]> };
  /** What a vector's error is called here. */
  faults: Record<string, string>;
  /** Whom a device is. */
  device: string;
  /** A reception of PINGREQ from it. */
  pingreq: string;
  reset: string;
  /** The first command, and one that gives a message to the radio. */
  first: string;
  send: string;
}

const kinds: Record<string, Kind> = {
  rn2483: {
    create: () => createRn2483({ lora: LORA, header: new NoHeader(), querySignal: false }),
    simulate: () => new SimulatedRn2483(),
    faults: { hex: 'malformed', 'length-mismatch': 'bad-length' },
    device: '',
    pingreq: 'radio_rx  0216\r\n',
    reset: 'RN2483 1.0.5 Oct 31 2018 15:06:52\r\n',
    first: 'sys get ver',
    send: 'radio tx ',
  },
  rui3: {
    create: () => createRui3({ lora: LORA, header: new NoHeader() }),
    simulate: () => new SimulatedRui3(),
    faults: { hex: 'malformed', fields: 'malformed' },
    device: '',
    pingreq: '+EVT:RXP2P:-45:9:0216\r\n',
    reset: 'RAKwireless RAK3172\r\nCurrent Work Mode: LoRa P2P.\r\n',
    first: 'AT',
    send: 'AT+PSEND=',
  },
  rylr: {
    create: (encoding) => createRylr({ lora: LORA, ownAddress: 1, networkId: 18, encoding }),
    simulate: () => new SimulatedRylr(),
    faults: { 'length-mismatch': 'bad-length' },
    device: '50',
    pingreq: '+RCV=50,4,0216,-99,40\r\n',
    reset: '+READY\r\n',
    first: 'AT',
    send: 'AT+SEND=',
  },
};

const encodingOf = ({ meta }: ModemVector): RylrEncoding =>
  (meta?.['encoding'] as RylrEncoding | undefined) ?? 'hex';
const text = (of: string): Uint8Array => Uint8Array.from(Buffer.from(of, 'latin1'));
const messages = (effects: readonly ModemEffect[]): string =>
  effects.map((effect) => ('message' in effect ? effect.message : '')).join('\n');

describe.each(Object.entries(kinds))('%s', (modem, kind) => {
  const ready = (encoding: RylrEncoding = 'hex', simulated = kind.simulate()): ModemBench =>
    new ModemBench(kind.create(encoding), simulated.respond).open();
  const received = vectorsOf(modem).filter(({ direction }) => direction === 'rx');
  const good = received.filter(
    (vector) => vector.error === undefined && payloadsOf(vector).length > 0,
  );
  const sent = vectorsOf(modem).filter(
    ({ direction, kind: of }) => direction === 'tx' && of !== 'command',
  );
  const expected = (vector: ModemVector): string[] =>
    payloadsOf(vector).map((payload) => `${vector.address ?? ''}:${payload}`);

  it.each(good)('$id: $note', (vector) => {
    for (const chunks of chunkings(fromHex(vector.serialHex ?? ''))) {
      const bench = ready(encodingOf(vector));
      bench.respond = () => [];
      for (const chunk of chunks) bench.receive(chunk);
      expect(bench.datagrams).toEqual(expected(vector));
      expect(bench.discarded).toEqual({});
      const { rssi, snr } = vector.meta ?? {};
      if (rssi !== undefined)
        expect(bench.of('datagram')[0]?.signal).toEqual({ rssiDbm: rssi, snrDb: snr });
    }
  });

  it.each(received.filter(({ error }) => error !== undefined))(
    '$id, then a good one: $note',
    (vector) => {
      for (const chunks of chunkings(fromHex(vector.serialHex ?? ''))) {
        const bench = ready();
        bench.respond = () => [];
        for (const chunk of chunks) bench.receive(chunk);
        bench.receive(text(kind.pingreq));
        expect(Object.keys(bench.discarded)).toContain(kind.faults[vector.error ?? '']);
        expect(bench.datagrams).toEqual([`${kind.device}:0216`]);
      }
    },
  );

  it.each(good)('$id, twice without a pause and after noise', (vector) => {
    const octets = fromHex(vector.serialHex ?? '');
    const bench = ready(encodingOf(vector));
    bench.receive(text('\x00\xfe'));
    bench.receive(concat(octets, octets));
    expect(bench.datagrams).toEqual([...expected(vector), ...expected(vector)]);
    expect(bench.discarded).toEqual({ noise: 2 });
  });

  it.each(received.filter(({ kind: of }) => of === 'status'))(
    '$id at any time does no harm: $note',
    (vector) => {
      const bench = ready();
      bench.receive(fromHex(vector.serialHex ?? ''));
      bench.advance(5000);
      bench.receive(text(kind.pingreq));
      expect(bench.datagrams).toEqual([`${kind.device}:0216`]);
      expect(bench.state).toBe('ready');
      expect(bench.of('reopen')).toEqual([]);
    },
  );

  it.each(sent)('$id is written: $note', (vector) => {
    const simulated = kind.simulate();
    const bench = ready(encodingOf(vector), simulated);
    const address = vector.address === '0' ? null : (vector.address ?? '');
    const from = simulated.commands.length;
    bench.send(1, address, fromHex(String(vector.payloadHex)), 50);
    const commands = simulated.commands.slice(from);
    if (vector.serialHex === null) {
      expect(commands).toEqual([]);
      expect(bench.outcomes).toEqual(['refused']);
    } else {
      expect(bench.writes).toContain(vector.serialHex);
      expect(bench.outcomes).toEqual(['transmitted']);
    }
  });

  it('commands of the vectors are those of the dialogue', () => {
    const simulated = kind.simulate();
    if (simulated instanceof SimulatedRui3) simulated.networkMode = 1;
    const bench = ready('hex', simulated);
    bench.send(1, null, MESSAGES.pub0);
    const commands = vectorsOf(modem).filter(({ kind: of }) => of === 'command');
    expect(simulated.commands).toEqual(
      expect.arrayContaining(commands.map(({ line }) => line ?? '')),
    );
  });

  it('starts although each answer comes octet by octet, and one is lost', () => {
    const simulated = kind.simulate();
    let asked = 0;
    const bench = new ModemBench(kind.create('hex'), (written) => {
      asked += 1;
      if (asked === 1) return [];
      return simulated
        .respond(written)
        .flatMap((data) => [...data].map((octet) => Uint8Array.of(octet)));
    }).open();
    expect(bench.state).toBe('ready');
    expect(bench.problems).toEqual([]);
    expect(bench.discarded).toEqual({});
  });

  it('nothing answers: silent, with the usual baud rate, and nothing more waits', () => {
    const bench = new ModemBench(kind.create('hex')).open();
    expect(bench.problems).toEqual(['MODEM_SILENT']);
    expect(messages(bench.effects)).toMatch(/57600|115200/);
    expect(bench.of('reopen')).toHaveLength(1);
    expect(bench.modem.nextDeadline()).toBeUndefined();
    bench.step({ kind: 'closed' });
    bench.respond = kind.simulate().respond;
    bench.open();
    expect(bench.state).toBe('ready');
  });

  it('an answer and garbage in one chunk, then nothing: the garbage counts as if it had come alone', () => {
    const line = concat(text(kind.reset), fromHex('f8e0ff80fcf8e0ff'));
    for (const chunks of chunkings(line)) {
      const bench = new ModemBench(kind.create('hex'));
      bench.step({ kind: 'opened' });
      for (const chunk of chunks) bench.receive(chunk);
      bench.advance(120_000);
      expect(bench.problems).toEqual(['MODEM_WRONG_BAUD_RATE']);
    }
  });

  it('garbage: another baud rate', () => {
    const bench = new ModemBench(kind.create('hex'), () => [fromHex('00f8e080fc00e018ff')]).open();
    expect(bench.problems).toEqual(['MODEM_WRONG_BAUD_RATE']);
  });

  it.each([
    ['login: ', 'console'],
    ['$GPGGA,123519,4807.038,N', 'GPS'],
  ])('%s answers: named', (line, name) => {
    const bench = new ModemBench(kind.create('hex'), () => [text(`${line}\r\n`)]).open();
    expect(bench.problems).toEqual(['MODEM_WRONG_MODE']);
    expect(messages(bench.effects)).toContain(name);
  });

  it('a reset: what was under way is interrupted, once, and all is set anew', () => {
    const simulated = kind.simulate();
    const bench = ready('hex', simulated);
    simulated.answers[kind.send] = [];
    bench.send(1, kind.device, MESSAGES.pub0);
    simulated.commands.length = 0;
    bench.receive(text(kind.reset));
    bench.advance(10_000);
    expect(bench.outcomes).toEqual(['interrupted']);
    expect(bench.problems).toEqual(['MODEM_RESET']);
    expect(simulated.commands[0]).toBe(kind.first);
    expect(bench.state).toBe('ready');
  });

  it('no answer to a message: timeout, and it goes on', () => {
    const simulated = kind.simulate();
    const bench = ready('hex', simulated);
    simulated.answers[kind.send] = [];
    bench.send(1, kind.device, MESSAGES.pub0, 100);
    bench.advance(30_000);
    delete simulated.answers[kind.send];
    bench.send(2, kind.device, MESSAGES.pub0, 100);
    bench.advance(30_000);
    expect(bench.outcomes).toEqual(['timeout', 'transmitted']);
    expect(simulated.commands.filter((command) => command.startsWith(kind.send))).toHaveLength(2);
  });

  it('the port closes meanwhile: interrupted, and after that nothing', () => {
    const simulated = kind.simulate();
    const bench = ready('hex', simulated);
    simulated.answers[kind.send] = [];
    bench.send(1, kind.device, MESSAGES.pub0);
    bench.step({ kind: 'closed' });
    bench.step({ kind: 'closed' });
    bench.send(2, kind.device, MESSAGES.pub0);
    expect(bench.outcomes).toEqual(['interrupted', 'interrupted']);
    expect(bench.modem.nextDeadline()).toBeUndefined();
  });

  it('a probe is answered, and one without answer is no sign of life', () => {
    const simulated = kind.simulate();
    const bench = ready('hex', simulated);
    bench.step({ kind: 'probe' });
    expect(bench.of('alive')).toHaveLength(1);
    expect(bench.problems).toEqual([]);
    bench.respond = () => [];
    bench.step({ kind: 'probe' });
    bench.advance(1500);
    expect(bench.of('alive')).toHaveLength(1);
  });

  it('no such address: refused before it costs anything', () => {
    const simulated = kind.simulate();
    const bench = ready('hex', simulated);
    expect(bench.modem.maxMessageBytes('elsewhere')).toBe(0);
    bench.send(1, 'elsewhere', MESSAGES.pub0);
    expect(bench.outcomes).toEqual(['refused']);
  });

  it('whatever comes: no exception, exactly one end of each message, no deadline for ever', () => {
    const pieces = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .constantFrom(
          ...received.map(({ serialHex }) => serialHex ?? ''),
          Buffer.from(kind.reset).toString('hex'),
        )
        .map((hex) => fromHex(hex)),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(pieces, fc.nat(3000)), { maxLength: 20 }), (chunks) => {
        const bench = ready();
        let id = 0;
        for (const [chunk, pauseMs] of chunks) {
          if (bench.outcomes.length === id && bench.state === 'ready') {
            id += 1;
            bench.send(id, kind.device, MESSAGES.pub0, 50);
          }
          bench.receive(chunk);
          bench.advance(pauseMs);
        }
        bench.step({ kind: 'closed' });
        expect(bench.of('sent').map((effect) => effect.id)).toEqual(
          Array.from({ length: id }, (_, index) => index + 1),
        );
      }),
      { numRuns: 60 },
    );
  });
});
