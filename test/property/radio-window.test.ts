/** The law of the hour, against any schedule, any modem, crashes at any moment, disks that fail, and a clock that loses time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MODEM_HOLDS_MS } from '../../src/radio/limits.js';
import type { AirResult } from '../../src/radio/sliding-hour.js';
import { type AirUse, AirWindow, type WindowRecord } from '../../src/radio/window.js';
import { type OnAir, worstHourMs } from '../unit/radio/hour.js';

/** Fixed, so that what fails here fails everywhere. */
const chance = { seed: Number(process.env['FC_SEED'] ?? 20_261_120), numRuns: 1000 };

const DUTY = 0.01;
const LIMIT_MS = 36_000;

const airMs = fc.oneof(
  fc.double({ min: 20, max: 200, noNaN: true }),
  fc.double({ min: 20, max: 4000, noNaN: true }),
  fc.constantFrom(164.864, 2629.632, 12_000, LIMIT_MS),
);

/** One frame: when it is tried, and what the modem makes of it. */
const attempt = fc.record({
  airMs,
  pauseMs: fc.oneof(
    fc.nat(100),
    fc.nat(60_000),
    fc.nat(2_000_000),
    // About an hour later, when the allowance comes back.
    fc.integer({ min: 3_590_000, max: 3_600_000 }),
  ),
  /** So many more of the same follow at once. */
  followers: fc.oneof(fc.constant(0), fc.nat(40)),
  /** Whether the sender waits until there is room, or gives up. */
  isPatient: fc.boolean(),
  use: fc.constantFrom<AirUse>('answer', 'message'),
  /** The modem begins so much later than it was told to. */
  holdsMs: fc.oneof(fc.constant(0), fc.nat(100), fc.nat(20_000)),
  result: fc.constantFrom<AirResult>('sent', 'sent', 'sent', 'unsent', 'unknown'),
  /** The end of the run: never, before the records are on disk, after, or in good order. */
  crash: fc.constantFrom('none', 'none', 'none', 'none', 'unwritten', 'written', 'on air', 'order'),
  offMs: fc.oneof(fc.nat(1000), fc.nat(100_000), fc.nat(4_000_000)),
  /** What happens to the disk before it; `late`: while the frame waits for it. */
  disk: fc.constantFrom('same', 'same', 'same', 'same', 'same', 'same', 'works', 'fails', 'late'),
  /** Of the time since the last sign of the clock, it loses so much. */
  lostShare: fc.constantFrom(0, 0, 0.5, 1),
  lostMs: fc.constantFrom(0, 0, 60_000),
});

type Attempt = typeof attempt extends fc.Arbitrary<infer T> ? T : never;

/** A gateway that is started again and again, and the true story of its transmitter. */
class Story {
  readonly frames: OnAir[] = [];
  readonly disk = new Map<number, WindowRecord>();
  sentWithoutDisk = 0;
  private diskWorks = true;
  private window = new AirWindow(DUTY);
  private trueMs = 0;
  /** What the clock is behind the true time. */
  private behindMs = 0;
  /** The transmitter is busy until then. */
  private airFreeMs = 0;

  /** The window's clock has whole milliseconds. */
  private get now(): number {
    return Math.floor(this.trueMs - this.behindMs);
  }

  play(one: Attempt): void {
    this.trueMs += one.pauseMs;
    if (one.disk === 'fails') this.setDiskWorks(false);
    if (one.disk === 'works') this.setDiskWorks(true);
    for (let i = 0; i < one.followers; i++) this.attempt({ ...one, crash: 'none', disk: 'same' });
    this.attempt(one);
  }

  private attempt(one: Attempt): void {
    const earliest = this.window.earliest(one.airMs, one.use, this.now);
    if (earliest === undefined) return;
    if (earliest > this.now && !one.isPatient) return;
    this.trueMs += Math.max(earliest - this.now, 0);
    const records = this.window.reserve(one.airMs, one.use, this.now);
    if (one.crash === 'unwritten') return this.restart(one);
    if (this.diskWorks && records.length > 0 && one.disk === 'late') {
      // It is chosen anew, without the disk.
      this.setDiskWorks(false);
      this.window.settle('unsent', this.now);
      return this.attempt(one);
    }
    this.write(records);
    if (this.diskWorks) this.window.kept();
    else this.sentWithoutDisk++;
    if (one.crash === 'written') return this.restart(one);
    this.transmit(one);
    if (one.crash === 'on air') return this.restart(one);
    this.window.settle(one.result, this.now);
    if (one.crash === 'order') {
      this.write(this.window.finish());
      this.restart(one);
    }
  }

  private write(records: readonly WindowRecord[]): void {
    if (!this.diskWorks) return;
    for (const record of records) this.disk.set(record.place, record);
  }

  private setDiskWorks(works: boolean): void {
    if (works === this.diskWorks) return;
    this.diskWorks = works;
    this.write(this.window.records(this.now));
    this.window.setJournalWorks(works);
  }

  private transmit({ airMs, holdsMs, result, crash }: Attempt): void {
    // Of a frame that was not sent the modem knows only while somebody listens.
    if (result === 'unsent' && crash !== 'on air') return;
    const latest = this.trueMs + MODEM_HOLDS_MS;
    const fromMs = Math.min(Math.max(this.trueMs + holdsMs, this.airFreeMs), latest);
    // One transmitter sends one frame at a time: a modem that still has another one refuses.
    if (fromMs < this.airFreeMs) return;
    this.frames.push({ fromMs, toMs: fromMs + airMs });
    this.airFreeMs = fromMs + airMs;
    if (result === 'sent' && crash !== 'on air') this.trueMs = Math.ceil(this.airFreeMs);
  }

  private restart({ offMs, lostShare, lostMs }: Attempt): void {
    this.trueMs += offMs;
    this.behindMs += Math.floor(offMs * lostShare) + lostMs;
    this.window = new AirWindow(DUTY);
    this.window.restore(this.disk.values(), this.now);
    this.window.setJournalWorks(this.diskWorks);
  }
}

describe('the window of an hour', () => {
  it('is never exceeded: whatever is sent, whatever the modem does, whenever the power fails', () => {
    let sent = 0;
    let saturated = 0;
    let withoutDisk = 0;
    fc.assert(
      fc.property(fc.array(attempt, { minLength: 5, maxLength: 40, size: 'max' }), (attempts) => {
        const story = new Story();
        for (const one of attempts) story.play(one);
        const worst = worstHourMs(story.frames);
        expect(worst).toBeLessThanOrEqual(LIMIT_MS + 1e-6);
        sent += story.frames.length;
        withoutDisk += story.sentWithoutDisk;
        if (worst > LIMIT_MS * 0.9) saturated++;
      }),
      chance,
    );
    // The stories are worth telling: many frames, some without a disk, and hours that are nearly full.
    expect(sent).toBeGreaterThan(10_000);
    expect(withoutDisk).toBeGreaterThan(1000);
    expect(saturated).toBeGreaterThan(20);
  });

  it('without crashes and doubts nearly all of it is used', () => {
    fc.assert(
      fc.property(fc.double({ min: 20, max: 3000, noNaN: true }), (airMs) => {
        const window = new AirWindow(DUTY);
        let usedMs = 0;
        for (let now = 0; ; now = Math.ceil(now + airMs)) {
          const [answerAt, messageAt] = (['answer', 'message'] as const).map(
            (use) => window.earliest(airMs, use, now) ?? Number.POSITIVE_INFINITY,
          ) as [number, number];
          now = Math.min(answerAt, messageAt);
          if (now >= 10 * 3_600_000) break;
          window.reserve(airMs, answerAt <= messageAt ? 'answer' : 'message', now);
          window.settle('sent', Math.ceil(now + airMs));
          usedMs += airMs;
        }
        const whole = (limitMs: number): number => Math.floor(limitMs / airMs) * airMs;
        const frameful = whole(LIMIT_MS * 0.9) + whole(LIMIT_MS * 0.1);
        expect(usedMs).toBeGreaterThan(9.5 * frameful);
      }),
      { ...chance, numRuns: 50 },
    );
  });
});
