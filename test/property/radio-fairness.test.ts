/** Nobody starves on the air: any traffic, three times of what the air or the law lets through, seen from outside. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Priority } from '../../src/radio/frames.js';
import { HOUR_MS, OVERTAKEN_MAX } from '../../src/radio/limits.js';
import { worstHourMs } from '../unit/radio/hour.js';
import { type Sent, Transmitter } from '../unit/radio/transmitter.js';

/** Fixed, so that what fails here fails everywhere. */
const chance = { seed: Number(process.env['FC_SEED'] ?? 20_261_120), numRuns: 100 };

const ranks = fc.constantFrom<Priority>(1, 2, 3, 4, 5);

/** What a test may know of a frame that was accepted. */
interface Accepted {
  id: number;
  address: string;
  rank: Priority;
  /** So many waited or were on the air before it. */
  found: number;
  /** So many had been given to the modem before it. */
  after: number;
}

interface Traffic {
  pausesMs: readonly number[];
  frames: readonly { rank: Priority; address: string; bytes: number }[];
}

/** One of them says more than the others together. */
const ADDRESSES = ['hog', 'a', 'b', 'c'] as const;

const traffic = (rank: fc.Arbitrary<Priority>): fc.Arbitrary<Traffic> =>
  fc.record({
    pausesMs: fc.array(fc.oneof(fc.constant(0), fc.nat(150), fc.nat(1000)), { minLength: 1 }),
    frames: fc.array(
      fc.record({
        rank,
        address: fc.constantFrom(...ADDRESSES, 'hog', 'hog', 'hog'),
        bytes: fc.integer({ min: 10, max: 200 }),
      }),
      { minLength: 30, maxLength: 200, size: 'max' },
    ),
  });

function play({ pausesMs, frames }: Traffic): { modem: Transmitter; accepted: Accepted[] } {
  const modem = new Transmitter({ waitMaxMs: 600_000 });
  const accepted: Accepted[] = [];
  for (const [i, { rank, address, bytes }] of frames.entries()) {
    modem.run(pausesMs[i % pausesMs.length] ?? 0);
    const after = modem.sent.length;
    const found = modem.scheduler.usage(modem.now).queuedFrames + 1;
    const offer = modem.offer(rank, { address, bytes });
    if (offer.accepted) accepted.push({ id: offer.id, address, rank, found, after });
  }
  modem.run(600_000);
  return { modem, accepted };
}

/** How many had been sent when nothing of its address and rank was before it any more. */
function headSince(
  { sent }: Transmitter,
  { id, address, rank, after }: Omit<Accepted, 'found'>,
): number {
  const at = sent.findIndex(({ frame }) => frame.id === id);
  const own = sent.findLastIndex(
    ({ frame }, i) => i < at && frame.address === address && frame.priority === rank,
  );
  return Math.max(after, own + 1);
}

describe('who has been accepted', () => {
  it('is sent before each rank has had so many turns as it found addresses, or frames, before it', () => {
    let overtaken = 0;
    fc.assert(
      fc.property(traffic(ranks), (all) => {
        const { modem, accepted } = play(all);
        for (const { id, address, rank, found, after } of accepted) {
          const at = modem.order.indexOf(id);
          expect(at).toBeGreaterThanOrEqual(after);
          const others = at - headSince(modem, { id, address, rank, after });
          // A turn of rank 2 is all that it found, of the others one frame.
          const turns = rank === 2 ? found + ADDRESSES.length : ADDRESSES.length;
          expect(others).toBeLessThanOrEqual((OVERTAKEN_MAX + 1) * 4 * turns);
          if (others > found) overtaken++;
        }
      }),
      chance,
    );
    expect(overtaken).toBeGreaterThan(500);
  });

  it('sees nobody else of its rank have two turns', () => {
    let watched = 0;
    fc.assert(
      fc.property(traffic(fc.constant(3)), (all) => {
        const { modem, accepted } = play(all);
        for (const { id, address, rank, after } of accepted) {
          const at = modem.order.indexOf(id);
          const meanwhile = modem.sent.slice(headSince(modem, { id, address, rank, after }), at);
          for (const other of ADDRESSES) {
            const turns = meanwhile.filter(({ frame }) => frame.address === other).length;
            expect(turns).toBeLessThanOrEqual(1);
          }
          watched += meanwhile.length;
        }
      }),
      chance,
    );
    expect(watched).toBeGreaterThan(5000);
  });
});

/** Each wants something again after a pause of its own, asks anew when it is refused, and never has two frames waiting. */
interface Crowd {
  devices: readonly { periodMs: number; phase: number; rank: Priority }[];
  bytes: number;
}

/** Every one has on average a third of what it wants. */
const crowd = fc
  .tuple(fc.integer({ min: 4, max: 30 }), fc.integer({ min: 50, max: 400 }), fc.boolean())
  .chain(([count, bytes, areMixed]): fc.Arbitrary<Crowd> => {
    const shareMs = ((bytes + 20) * count) / 3;
    const device = fc.record({
      periodMs: fc.double({ min: shareMs * 0.9, max: shareMs * 1.1, noNaN: true }),
      phase: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      rank: areMixed ? ranks : fc.constant<Priority>(3),
    });
    const devices = fc.array(device, { minLength: count, maxLength: count, size: 'max' });
    return devices.map((all) => ({ devices: all, bytes }));
  });

/** The shortest retry interval of the protocol (SN 7.2). */
const RETRY_MS = 10_000;

const addressOf = (device: number): string => `device ${device}`;

/** @param slowness so much longer are their pauses */
function overload(
  { devices, bytes }: Crowd,
  { slowness, untilMs, dutyCycle }: { slowness: number; untilMs: number; dutyCycle: number | null },
): Map<string, Sent[]> {
  const modem = new Transmitter({ dutyCycle });
  const waiting = new Set<string | null>();
  let [sent, dropped] = [0, 0];
  const asks = devices.map(({ periodMs, phase }) => Math.floor(phase * periodMs * slowness));
  for (;;) {
    const at = Math.min(...asks);
    if (at >= untilMs) break;
    const device = asks.indexOf(at);
    const { periodMs, rank } = devices[device] as Crowd['devices'][number];
    modem.runUntil(at);
    for (const { frame } of modem.sent.slice(sent)) waiting.delete(frame.address);
    for (const { frame } of modem.dropped.slice(dropped)) waiting.delete(frame.address);
    [sent, dropped] = [modem.sent.length, modem.dropped.length];
    const address = addressOf(device);
    const expiresAt = at + (rank <= 2 ? 30_000 : 60_000);
    const isOpen = waiting.has(address);
    const isRefused = !isOpen && !modem.offer(rank, { address, bytes, expiresAt }).accepted;
    if (!isRefused && modem.sent.at(-1)?.frame.address !== address) waiting.add(address);
    asks[device] = at + Math.ceil(isRefused ? Math.min(RETRY_MS, periodMs) : periodMs * slowness);
  }
  if (dutyCycle !== null) {
    const onAir = modem.sent.map(({ toMs, transmission }) => ({
      fromMs: toMs - transmission.airMs,
      toMs,
    }));
    expect(worstHourMs(onAir)).toBeLessThanOrEqual(dutyCycle * HOUR_MS + 1e-6);
  }
  return new Map(
    devices.map((_, device) => [
      addressOf(device),
      modem.sent.filter(({ frame }) => frame.address === addressOf(device)),
    ]),
  );
}

const roundMsOf = ({ devices, bytes }: Crowd): number => devices.length * (bytes + 20);

describe('three times as much as the air carries', () => {
  it('everybody is served again and again, whatever the rank', () => {
    fc.assert(
      fc.property(crowd, (all) => {
        // Of twenty-four frames at least one is of the rank, and one of its devices has each in turn.
        const patienceMs = (OVERTAKEN_MAX + 1) * 4 * roundMsOf(all) + 2 * roundMsOf(all);
        const untilMs = 2.5 * patienceMs;
        const served = overload(all, { slowness: 1, untilMs, dutyCycle: null });
        for (const [address, sent] of served) {
          const times = [0, ...sent.map(({ fromMs }) => fromMs), untilMs];
          const longestMs = Math.max(...times.slice(1).map((at, i) => at - (times[i] ?? 0)));
          expect(longestMs, address).toBeLessThanOrEqual(patienceMs);
        }
      }),
      { ...chance, numRuns: 10 },
    );
  });

  it('of one rank all get the same, within a factor of two', () => {
    const equals = crowd.filter(({ devices }) => devices.every(({ rank }) => rank === 3));
    fc.assert(
      fc.property(equals, (all) => {
        const untilMs = 40 * roundMsOf(all);
        const served = overload(all, { slowness: 1, untilMs, dutyCycle: null });
        const counts = [...served.values()].map(({ length }) => length);
        expect(Math.max(...counts)).toBeLessThanOrEqual(2 * Math.min(...counts));
      }),
      { ...chance, numRuns: 10 },
    );
  });
});

describe('three times as much as the law allows', () => {
  it('everybody is served in every three hours who wants answers or messages, and the law is kept', () => {
    const hours = 6;
    const two = crowd.map(({ devices, bytes }) => ({
      bytes: bytes * 2,
      devices: devices.slice(0, 8).map(({ periodMs, phase, rank }) => ({
        periodMs: (periodMs * 2 * Math.min(devices.length, 8)) / devices.length,
        phase,
        rank: rank <= 2 ? (1 as const) : (3 as const),
      })),
    }));
    fc.assert(
      fc.property(two, (all) => {
        const dutyCycle = 0.01;
        const options = { slowness: 1 / dutyCycle, untilMs: hours * HOUR_MS, dutyCycle };
        const served = overload(all, options);
        for (const [address, sent] of served) {
          for (let from = 0; from < hours; from += 3) {
            const within = sent.filter(
              ({ fromMs }) => fromMs >= from * HOUR_MS && fromMs < (from + 3) * HOUR_MS,
            );
            expect(within.length, `${address} from hour ${from}`).toBeGreaterThan(0);
          }
        }
      }),
      { ...chance, numRuns: 3 },
    );
  });
});
