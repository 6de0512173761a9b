/** What src/modems/modem.ts promises, of every driver. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModemInput } from '../../../src/modems/modem.js';
import { ModemBench } from '../../support/modems/bench.js';
import { chunkings, concat, fromHex, MESSAGES, toHex } from '../../support/modems/vectors.js';
import { type ModemSubject, subjects } from './subjects.js';

/** Longer than any driver waits for anything. */
const FOREVER_MS = 600_000;
const AIR_MS = 200;
const BEST_OUTCOMES = ['delivered', 'transmitted'];

const opened = (subject: ModemSubject): ModemBench =>
  new ModemBench(subject.create(), subject.modem()).open();

/** Ready, with a modem that says nothing any more. */
function fallenSilent(subject: ModemSubject): ModemBench {
  const bench = opened(subject);
  bench.respond = () => [];
  return bench;
}

/** A PUBLISH of so many octets. */
const publishOf = (bytes: number): Uint8Array =>
  bytes <= 0xff
    ? Uint8Array.of(bytes, 0x0c, ...new Uint8Array(bytes - 2).fill(0x55))
    : Uint8Array.of(0x01, bytes >> 8, bytes & 0xff, 0x0c, ...new Uint8Array(bytes - 4).fill(0x55));

const discardedBytes = (bench: ModemBench): number =>
  bench.of('discarded').reduce((sum, { bytes }) => sum + bytes, 0);

/** Octets in pieces, half of them as a device would send them. */
const lineNoise = (subject: ModemSubject): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .tuple(fc.constantFrom(...Object.values(MESSAGES)), fc.nat(80), fc.nat(255))
      .map(([message, at, octet]) => {
        const line = Uint8Array.from(subject.received(message));
        line[at % line.length] = octet;
        return line;
      }),
    fc.constantFrom(...Object.values(MESSAGES)).map((message) => subject.received(message)),
  );

describe.each(subjects.map((subject) => [subject.name, subject] as const))(
  'the modem driver %s',
  (_name, subject) => {
    const { address, facts } = subject;

    it('becomes ready, again after each time that the port is opened', () => {
      const bench = opened(subject);
      expect(bench.state).toBe('ready');
      bench.step({ kind: 'closed' });
      const before = bench.of('state').length;
      bench.respond = subject.modem();
      bench.open();
      expect(bench.of('state').slice(before).at(-1)?.state).toBe('ready');
      expect(bench.problems).toEqual([]);
      expect(bench.of('reopen')).toEqual([]);
    });

    it('nobody answers: it says so and wants the port opened again, or needs no answer', () => {
      const bench = new ModemBench(subject.create()).open();
      bench.advance(FOREVER_MS);
      if (bench.state === 'ready') return;
      expect(bench.of('reopen').length).toBeGreaterThan(0);
      expect(bench.problems.length).toBeGreaterThan(0);
    });

    it('does nothing before the port is open', () => {
      const bench = new ModemBench(subject.create(), subject.modem());
      expect(bench.modem.nextDeadline()).toBeUndefined();
      expect(bench.send(1, address, MESSAGES.pub0)).toMatchObject([{ kind: 'sent', id: 1 }]);
      expect(bench.step({ kind: 'probe' })).toEqual([]);
      expect(bench.step({ kind: 'deadline' })).toEqual([]);
    });

    it.each(Object.entries(MESSAGES))('%s comes in, in chunks of any size', (_message, message) => {
      const line = subject.received(message);
      for (const chunks of chunkings(line)) {
        const bench = opened(subject);
        for (const chunk of chunks) bench.receive(chunk);
        expect(bench.datagrams).toEqual([`${address}:${toHex(message)}`]);
        expect(bench.discarded).toEqual({});
      }
    });

    it('two messages come in at once', () => {
      const bench = opened(subject);
      const [one, other] = [MESSAGES.nasty, MESSAGES.pingreq];
      bench.receive(concat(subject.received(one), subject.received(other)));
      expect(bench.datagrams).toEqual([`${address}:${toHex(one)}`, `${address}:${toHex(other)}`]);
    });

    it('a message does not change with the chunk that it came in', () => {
      const bench = opened(subject);
      const chunk = Uint8Array.from(subject.received(MESSAGES.pub0));
      bench.receive(chunk);
      chunk.fill(0xee);
      expect(bench.datagrams).toEqual([`${address}:${toHex(MESSAGES.pub0)}`]);
    });

    it('a message is sent, and it is told once what has become of it', () => {
      const bench = opened(subject);
      const writes = bench.writes.length;
      bench.send(7, address, MESSAGES.connack, AIR_MS);
      bench.advance(FOREVER_MS);
      expect(bench.writes.length).toBeGreaterThan(writes);
      expect(bench.of('sent')).toHaveLength(1);
      expect(bench.of('sent')[0]?.id).toBe(7);
      if (facts.confirms) expect(BEST_OUTCOMES).toContain(bench.outcomes[0]);
      else expect(bench.outcomes).toEqual(['assumed']);
    });

    it('what the link of a device waits for is asked for before its message comes, and goes out as a message does', () => {
      const { acknowledgement } = subject;
      const bench = opened(subject);
      const writes = bench.writes.length;
      const effects = bench.receive(subject.received(MESSAGES.pub0));
      const told = effects.filter(({ kind }) => ['acknowledgement', 'datagram'].includes(kind));
      if (acknowledgement === undefined) {
        expect(told).toMatchObject([{ kind: 'datagram' }]);
        return;
      }
      const data = fromHex(acknowledgement);
      expect(told).toMatchObject([
        { kind: 'acknowledgement', address, data },
        { kind: 'datagram' },
      ]);
      expect(bench.writes.slice(writes).join('').toLowerCase()).not.toContain(acknowledgement);
      bench.acknowledge(7);
      bench.advance(FOREVER_MS);
      expect(bench.of('sent')).toMatchObject([{ id: 7 }]);
      expect(bench.outcomes).not.toContain('refused');
      const inHex = Buffer.from(acknowledgement.toUpperCase(), 'latin1').toString('hex');
      const written = bench.writes.slice(writes).join('');
      expect(written.includes(acknowledgement) || written.includes(inHex)).toBe(true);
    });

    it('a deadline that comes too early changes nothing', () => {
      const eager = new ModemBench(subject.create(), subject.modem());
      eager.step({ kind: 'opened' });
      expect(eager.step({ kind: 'deadline' })).toEqual([]);
      const bench = fallenSilent(subject);
      bench.send(7, address, MESSAGES.connack, AIR_MS);
      expect(bench.step({ kind: 'deadline' })).toEqual([]);
      expect(bench.outcomes).toEqual([]);
    });

    it('a modem that falls silent: it is told once that nothing is known', () => {
      const bench = fallenSilent(subject);
      bench.send(7, address, MESSAGES.connack, AIR_MS);
      bench.advance(FOREVER_MS);
      expect(bench.of('sent')).toHaveLength(1);
      if (facts.confirms) expect(BEST_OUTCOMES).not.toContain(bench.outcomes[0]);
    });

    it('the port goes while a message is under way: interrupted, and nothing comes after that', () => {
      const bench = fallenSilent(subject);
      bench.send(7, address, MESSAGES.connack, AIR_MS);
      bench.step({ kind: 'closed' });
      expect(bench.of('sent')).toMatchObject([{ id: 7, outcome: 'interrupted' }]);
      expect(bench.modem.nextDeadline()).toBeUndefined();
      bench.advance(FOREVER_MS);
      expect(bench.of('sent')).toHaveLength(1);
    });

    it('the port is opened anew while a message is under way: interrupted, then ready again', () => {
      const bench = fallenSilent(subject);
      bench.send(7, address, MESSAGES.connack, AIR_MS);
      bench.respond = subject.modem();
      bench.open();
      expect(bench.of('sent')).toMatchObject([{ id: 7, outcome: 'interrupted' }]);
      bench.send(8, address, MESSAGES.connack, AIR_MS);
      bench.advance(FOREVER_MS);
      expect(bench.of('sent').at(-1)).toMatchObject({ id: 8 });
      expect(bench.outcomes.at(-1)).not.toBe('interrupted');
    });

    it('the port goes within a message: the rest of it is not taken for the beginning of the next', () => {
      const bench = opened(subject);
      const line = subject.received(MESSAGES.nasty);
      bench.receive(line.slice(0, -2));
      bench.step({ kind: 'closed' });
      bench.respond = subject.modem();
      bench.open();
      bench.receive(line);
      expect(bench.datagrams).toEqual([`${address}:${toHex(MESSAGES.nasty)}`]);
    });

    it('the largest message that it promises goes out, and a larger one is refused', () => {
      const bytesMax = subject.create().maxMessageBytes(address);
      expect(bytesMax).toBeGreaterThan(30);
      const bench = opened(subject);
      bench.send(1, address, publishOf(bytesMax), AIR_MS);
      bench.advance(FOREVER_MS);
      expect(bench.outcomes).not.toContain('refused');
      const writes = bench.writes.length;
      bench.send(2, address, publishOf(bytesMax + 1), AIR_MS);
      expect(bench.of('sent').at(-1)).toMatchObject({ id: 2, outcome: 'refused' });
      expect(bench.writes).toHaveLength(writes);
    });

    it('to whom nobody can be: refused', () => {
      const bench = opened(subject);
      expect(bench.modem.maxMessageBytes(subject.noAddress)).toBe(0);
      const writes = bench.writes.length;
      bench.send(1, subject.noAddress, MESSAGES.connack);
      expect(bench.of('sent')).toMatchObject([{ id: 1, outcome: 'refused' }]);
      expect(bench.writes).toHaveLength(writes);
    });

    it('to everybody: as its facts say', () => {
      const bench = opened(subject);
      expect(bench.modem.maxMessageBytes(null) > 0).toBe(facts.canBroadcast);
      bench.send(1, null, fromHex('0500010384'), AIR_MS);
      bench.advance(FOREVER_MS);
      expect(bench.of('sent')).toHaveLength(1);
      expect(bench.outcomes.includes('refused')).toBe(!facts.canBroadcast);
    });

    it('a probe is answered by a modem that works, and its silence harms nothing', () => {
      const bench = opened(subject);
      bench.step({ kind: 'probe' });
      bench.advance(FOREVER_MS);
      expect(bench.of('alive').length).toBeGreaterThan(0);
      bench.respond = () => [];
      bench.step({ kind: 'probe' });
      bench.advance(FOREVER_MS);
      bench.receive(subject.received(MESSAGES.pub0));
      expect(bench.datagrams).toEqual([`${address}:${toHex(MESSAGES.pub0)}`]);
    });

    it('tells of a reception only what its facts say', () => {
      const bench = opened(subject);
      bench.receive(subject.received(MESSAGES.pub0));
      const told = Object.keys(bench.of('datagram')[0]?.signal ?? {});
      for (const key of told) expect(facts.signal).toContain(key);
    });

    it('more octets take more air', () => {
      const modem = subject.create();
      for (let bytes = 2; bytes < 60; bytes++) {
        expect(modem.airBytes(bytes)).toBeGreaterThanOrEqual(bytes);
        expect(modem.airBytes(bytes + 1)).toBeGreaterThan(modem.airBytes(bytes));
      }
    });

    it('after any noise and a pause, a message comes in', () => {
      fc.assert(
        fc.property(fc.array(lineNoise(subject), { maxLength: 6 }), (noise) => {
          const bench = opened(subject);
          let fed = 0;
          for (const chunk of noise) {
            fed += chunk.length;
            bench.receive(chunk);
          }
          bench.advance(subject.pauseMs);
          // What the noise may have been the beginning of.
          bench.receive(subject.received(MESSAGES.pingreq));
          bench.advance(subject.pauseMs);
          bench.receive(subject.received(MESSAGES.pub0));
          expect(bench.datagrams.at(-1)).toBe(`${address}:${toHex(MESSAGES.pub0)}`);
          expect(discardedBytes(bench)).toBeLessThanOrEqual(
            fed + subject.received(MESSAGES.pingreq).length,
          );
        }),
      );
    });

    it('whatever happens: nothing is thrown, every message is told of once, and the same happens again', () => {
      const inputs = fc.oneof(
        {
          arbitrary: lineNoise(subject).map((data): ModemInput => ({ kind: 'received', data })),
          weight: 4,
        },
        fc.constantFrom<ModemInput>(
          { kind: 'opened' },
          { kind: 'closed' },
          { kind: 'probe' },
          { kind: 'deadline' },
        ),
        {
          arbitrary: fc
            .tuple(
              fc.constantFrom(address, null, subject.noAddress),
              fc.integer({ min: 2, max: 300 }),
            )
            .map(
              ([to, bytes]): ModemInput => ({
                kind: 'send',
                id: 0,
                address: to,
                data: publishOf(bytes),
                airTimeMs: AIR_MS,
              }),
            ),
          weight: 3,
        },
      );
      const steps = fc.array(fc.tuple(inputs, fc.nat(8000), fc.boolean()), { maxLength: 30 });
      fc.assert(
        fc.property(steps, (script) => {
          const run = (): ModemBench => {
            const modem = subject.modem();
            let isAnswering = true;
            const bench = new ModemBench(subject.create(), (data) =>
              isAnswering ? modem(data) : [],
            ).open();
            let id = 0;
            for (const [input, pauseMs, answers] of script) {
              isAnswering = answers;
              // One message at a time, and only when the modem takes them: that is the caller's part.
              const isSend = input.kind === 'send';
              if (isSend && (bench.state !== 'ready' || bench.of('sent').length < id)) continue;
              bench.step(isSend ? { ...input, id: ++id } : input);
              if (input.kind === 'closed') {
                isAnswering = true;
                bench.open();
              }
              bench.advance(pauseMs);
            }
            bench.step({ kind: 'closed' });
            expect(bench.of('sent').map((sent) => sent.id)).toEqual(
              Array.from({ length: id }, (_, index) => index + 1),
            );
            expect(bench.modem.nextDeadline()).toBeUndefined();
            return bench;
          };
          expect(run().effects).toEqual(run().effects);
        }),
        { numRuns: 60 },
      );
    });
  },
);
