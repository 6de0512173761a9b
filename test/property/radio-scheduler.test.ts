/** Any traffic over any modem: the rules of the transmit scheduler, seen from outside. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome, Priority, RadioFrame } from '../../src/radio/frames.js';
import { SLOT_MS, TURNAROUND_MS } from '../../src/radio/limits.js';
import { worstHourMs } from '../unit/radio/hour.js';
import { Transmitter } from '../unit/radio/transmitter.js';

/** Fixed, so that what fails here fails everywhere. */
const chance = { seed: Number(process.env['FC_SEED'] ?? 20_261_120), numRuns: 500 };

const DUTY = 0.001;
const LIMIT_MS = 3600;

const address = fc.constantFrom('a', 'b', 'c', null);

const event = fc.record({
  pauseMs: fc.oneof(fc.constant(0), fc.nat(300), fc.nat(10_000), fc.nat(1_000_000)),
  act: fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('offer' as const),
        priority: fc.constantFrom<Priority>(1, 2, 3, 4, 5),
        address,
        bytes: fc.integer({ min: 2, max: 400 }),
        lastsMs: fc.oneof(fc.nat(2000), fc.nat(60_000), fc.constant(Number.POSITIVE_INFINITY)),
        isUnsolicited: fc.boolean(),
        chance: fc.double({ min: 0, max: 1, noNaN: true }),
        wantsAnswer: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('heard' as const),
        address: fc.constantFrom('a', 'b', 'c'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('pause' as const), isPaused: fc.boolean() }),
    },
  ),
});

type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

const story = fc.record({
  events: fc.array(event, { minLength: 5, maxLength: 100, size: 'max' }),
  outcomes: fc.array(
    fc.constantFrom<Outcome>('sent', 'sent', 'sent', 'busy', 'refused', 'unknown'),
    { minLength: 7, maxLength: 7 },
  ),
  modemMs: fc.nat(200),
});

interface Told {
  frames: RadioFrame[];
  refused: number[];
  /** `after`: so many frames had been sent before. */
  heardAt: { address: string; at: number; after: number }[];
  modem: Transmitter;
}

function play({
  events,
  outcomes,
  modemMs,
}: typeof story extends fc.Arbitrary<infer T> ? T : never): Told {
  const modem = new Transmitter({ dutyCycle: DUTY, waitMaxMs: 100_000 });
  modem.modemMs = modemMs;
  let turn = 0;
  modem.outcomeOf = () => outcomes[turn++ % outcomes.length] ?? 'sent';
  const told: Told = { frames: [], refused: [], heardAt: [], modem };
  for (const { pauseMs, act } of events) {
    modem.run(pauseMs);
    perform(act, told);
  }
  modem.scheduler.pause(false);
  modem.run(3 * 3_600_000);
  return told;
}

function perform(act: Event['act'], { frames, refused, heardAt, modem }: Told): void {
  switch (act.kind) {
    case 'offer': {
      const { priority, lastsMs, isUnsolicited, chance: backoff, wantsAnswer, bytes } = act;
      const changes = {
        address: act.address,
        bytes,
        expiresAt: modem.now + lastsMs,
        ...(isUnsolicited && { backoff }),
        ...(wantsAnswer && { answer: { withinMs: 400 } }),
      };
      const { id, accepted } = modem.offer(priority, changes);
      frames.push({ id, priority, ...changes });
      if (!accepted) refused.push(id);
      break;
    }
    case 'heard':
      heardAt.push({ address: act.address, at: modem.now, after: modem.sent.length });
      modem.heard(act.address);
      break;
    case 'pause':
      modem.scheduler.pause(act.isPaused);
      break;
    default:
      act satisfies never;
  }
}

describe('the transmit scheduler', () => {
  it('keeps the law, the order, the times and its promises, whatever is offered and heard', () => {
    const total = { sent: 0, dropped: 0, refused: 0 };
    fc.assert(
      fc.property(story, (setting) => {
        const { frames, refused, heardAt, modem } = play(setting);
        const { sent, dropped } = modem;
        total.sent += sent.length;
        total.dropped += dropped.length;
        total.refused += refused.length;

        // What was not sent has not been on the air; the rest is at most so long there.
        const onAir = sent
          .filter(({ outcome }) => outcome === 'sent' || outcome === 'unknown')
          .map(({ toMs, transmission }) => ({ fromMs: toMs - transmission.airMs, toMs }));
        expect(worstHourMs(onAir)).toBeLessThanOrEqual(LIMIT_MS + 1e-6);

        // Each frame has one end.
        const ends = [
          ...refused,
          ...dropped.map(({ frame }) => frame.id),
          ...sent.filter(({ outcome }) => outcome !== 'busy').map(({ frame }) => frame.id),
        ];
        expect(ends.toSorted((a, b) => a - b)).toEqual(frames.map(({ id }) => id));

        // None is begun that could not end in time, and what expires is told while it still matters.
        for (const { frame, fromMs, transmission } of sent) {
          expect(fromMs + transmission.airMs).toBeLessThanOrEqual(frame.expiresAt);
        }
        for (const { frame, reason, at } of dropped) {
          if (reason === 'expired')
            expect(at).toBeLessThanOrEqual(frame.expiresAt + 1 + setting.modemMs);
        }

        // Order per address and priority: ids are in the order of their arrival.
        const latest = new Map<string, number>();
        for (const { frame } of sent) {
          const key = `${frame.priority} ${frame.address}`;
          expect(frame.id).toBeGreaterThanOrEqual(latest.get(key) ?? 0);
          latest.set(key, frame.id);
        }

        // Nobody is sent to before he listens.
        for (const [i, { frame, fromMs }] of sent.entries()) {
          const tooEarly = heardAt.some(
            ({ address, at, after }) =>
              address === frame.address && i >= after && fromMs < at + TURNAROUND_MS,
          );
          expect(tooEarly).toBe(false);
        }
        expect(modem.scheduler.usage(modem.now)).toMatchObject({
          queuedFrames: 0,
          queuedBytes: 0,
          queuedAirMs: 0,
        });
        expect(modem.scheduler.nextDeadline()).toBeUndefined();
      }),
      chance,
    );
    expect(total.sent).toBeGreaterThan(5000);
    expect(total.dropped).toBeGreaterThan(500);
    expect(total.refused).toBeGreaterThan(500);
  });

  it('estimates no wait too short, if nothing more important comes later', () => {
    const frame = fc.record({
      priority: fc.constantFrom<Priority>(1, 2, 3, 4, 5),
      address,
      bytes: fc.integer({ min: 2, max: 400 }),
    });
    const many = fc.array(frame, { minLength: 10, maxLength: 40, size: 'max' });
    const some = fc.array(frame, { maxLength: 10, size: 'max' });
    let waited = 0;
    fc.assert(
      fc.property(many, fc.nat(600_000), some, frame, (earlier, pauseMs, before, last) => {
        const modem = new Transmitter({ dutyCycle: DUTY, waitMaxMs: 2 * 3_600_000 });
        for (const { priority, ...changes } of earlier) {
          modem.offer(priority, changes);
          modem.run(60_000);
        }
        modem.run(pauseMs);
        for (const { priority, ...changes } of before) modem.offer(priority, changes);
        const { priority, ...changes } = last;
        const offeredAt = modem.now;
        const offer = modem.offer(priority, changes);
        if (!offer.accepted) return;
        // Eleven frames are through after six seconds.
        const isLimited = offer.waitMs > 6000;
        modem.run(2 * 3_600_000);
        const sent = modem.sent.find((one) => one.frame.id === offer.id);
        const lateMs = (sent?.fromMs ?? Number.POSITIVE_INFINITY) - offeredAt - offer.waitMs;
        expect(lateMs).toBeLessThanOrEqual(isLimited ? SLOT_MS + 1000 : 0);
        if (isLimited) waited++;
      }),
      chance,
    );
    // Some had to wait for the allowance.
    expect(waited).toBeGreaterThan(100);
  });
});
