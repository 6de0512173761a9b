import { describe, expect, it } from 'vitest';
import { HOUR_MS, MODEM_HOLDS_MS, SLOT_MS, SLOT_PLACES } from '../../../src/radio/limits.js';
import {
  type AirUse,
  AirWindow,
  isForgotten,
  STANDING_PLACE,
  type WindowRecord,
} from '../../../src/radio/window.js';

/** One percent: 36 s. */
const DUTY = 0.01;
const SECOND = 1000;

/** Sends at once, once its records are on disk, and tells the end of it. */
function send(window: AirWindow, airMs: number, now: number, use: AirUse = 'answer') {
  const records = window.reserve(airMs, use, now);
  window.kept();
  window.settle('sent', now + airMs);
  return records;
}

/** Sends as much as there is room for from `now` on, answers first; returns the moments. */
function saturate(window: AirWindow, airMs: number, untilMs: number): number[] {
  const moments: number[] = [];
  const earliest = (use: AirUse, now: number): number =>
    window.earliest(airMs, use, now) ?? Number.POSITIVE_INFINITY;
  for (let now = 0; ; now = Math.ceil(now + airMs)) {
    const [answerAt, messageAt] = [earliest('answer', now), earliest('message', now)];
    const at = Math.min(answerAt, messageAt);
    if (at > untilMs) return moments;
    send(window, airMs, at, answerAt <= messageAt ? 'answer' : 'message');
    moments.push(at);
    now = at;
  }
}

describe('the window of an hour', () => {
  /** Forty of them are the limit, 36 what answers may have, four what is kept for messages. */
  const FORTIETH = 900;

  it('grants its limit at once, and then as what was sent becomes an hour old', () => {
    const window = new AirWindow(DUTY);
    const moments = saturate(window, FORTIETH, 3 * HOUR_MS);
    expect(moments.slice(0, 40)).toEqual(Array.from({ length: 40 }, (_, i) => i * FORTIETH));
    // The first slot ends at 30 s, and the hour looks back from the end of the next frame.
    expect(moments[40]).toBeGreaterThanOrEqual(SLOT_MS + HOUR_MS - FORTIETH);
    expect(moments[40]).toBeLessThanOrEqual(SLOT_MS + HOUR_MS);
    expect(moments.length).toBeLessThanOrEqual(3 * 40);
    expect(moments.length).toBeGreaterThanOrEqual(2 * 40 + 34);
  });

  it('tells the earliest moment: a millisecond before there is no room', () => {
    const window = new AirWindow(DUTY);
    saturate(window, FORTIETH, SLOT_MS * 2);
    const earliest = window.earliest(FORTIETH, 'answer', 100_000) ?? 0;
    expect(earliest).toBeGreaterThan(100_000);
    expect(() => window.reserve(FORTIETH, 'answer', earliest - 1)).toThrow('broken invariant');
    expect(window.reserve(FORTIETH, 'answer', earliest)).not.toEqual([]);
  });

  it('leaves a part to answers, however many messages there are', () => {
    const window = new AirWindow(DUTY);
    for (let i = 0; i < 28; i++) send(window, SECOND, i * SECOND, 'message');
    expect(window.earliest(SECOND, 'message', 60_000)).toBeGreaterThan(60_000);
    expect(window.earliest(7 * SECOND, 'answer', 60_000)).toBe(60_000);
  });

  it('leaves a part to messages, however many answers there are', () => {
    const window = new AirWindow(DUTY);
    for (let i = 0; i < 32; i++) send(window, SECOND, i * SECOND);
    expect(window.earliest(SECOND, 'answer', 60_000)).toBeGreaterThan(60_000);
    for (let i = 0; i < 3; i++) {
      expect(window.earliest(SECOND, 'message', 60_000 + i * SECOND)).toBe(60_000 + i * SECOND);
      send(window, SECOND, 60_000 + i * SECOND, 'message');
    }
    expect(window.earliest(SECOND, 'message', 70_000)).toBeGreaterThan(70_000);
  });

  it('what is longer than its part of the limit never goes', () => {
    const window = new AirWindow(DUTY);
    expect(window.earliest(32_400, 'answer', 0)).toBe(0);
    expect(window.earliest(32_400.001, 'answer', 0)).toBeUndefined();
    expect(window.earliest(28_800, 'message', 0)).toBe(0);
    expect(window.earliest(28_800.001, 'message', 0)).toBeUndefined();
    expect([window.longestMs('answer'), window.longestMs('message')]).toEqual([32_400, 28_800]);
    expect(new AirWindow(0).earliest(1, 'answer', 0)).toBeUndefined();
  });

  it('a frame that the modem has not sent is given back', () => {
    const window = new AirWindow(DUTY);
    window.reserve(32_000, 'answer', 0);
    window.settle('unsent', 10);
    expect(window.usedMs(10)).toBe(0);
    expect(window.earliest(32_000, 'answer', 10)).toBe(10);
  });

  it('a frame of which nobody knows counts as late as it may have been sent', () => {
    const window = new AirWindow(DUTY);
    window.reserve(32_000, 'answer', 0);
    window.settle('unknown', 50_000);
    expect(window.earliest(1000, 'answer', 50_000)).toBe(
      50_000 + 32_000 + MODEM_HOLDS_MS + HOUR_MS - 1000,
    );
  });

  it('one frame at a time', () => {
    const window = new AirWindow(DUTY);
    window.reserve(10, 'answer', 0);
    expect(() => window.reserve(10, 'answer', 20)).toThrow('broken invariant');
    window.settle('sent', 30);
    expect(() => window.settle('sent', 30)).toThrow('broken invariant');
  });

  it('without a limit counts and never refuses, and the journal is not troubled', () => {
    const window = new AirWindow(null);
    for (let i = 0; i < 100; i++) expect(send(window, 100 * SECOND, i * 100 * SECOND)).toEqual([]);
    expect(window.earliest(1e9, 'answer', 1e7)).toBe(1e7);
    expect(window.limitMs).toBe(Number.POSITIVE_INFINITY);
    expect(window.usedMs(1e7)).toBe(3_600_000);
    expect(window.finish()).toEqual([]);
  });
});

describe('the journal of the window', () => {
  /** What is on disk: a record replaces the one in its place. */
  class Disk extends Map<number, WindowRecord> {
    write(records: readonly WindowRecord[]): void {
      for (const record of records) this.set(record.place, record);
    }
  }

  function restored(disk: Disk, now: number): AirWindow {
    const window = new AirWindow(DUTY);
    window.restore(disk.values(), now);
    return window;
  }

  /** A quarter of the hour. */
  const STANDING = { place: STANDING_PLACE, slot: 0, airUs: 9_000_000, endedAt: null };

  it('has claims before the first frame, and the result of the slot with the next claim', () => {
    const window = new AirWindow(DUTY);
    expect(send(window, 100, 0)).toEqual([
      STANDING,
      { place: 0, slot: 0, airUs: 460_000, endedAt: null },
    ]);
    expect(send(window, 100, 1000)).toEqual([]);
    expect(send(window, 300, 60_000)).toEqual([
      { place: 0, slot: 0, airUs: 200_000, endedAt: 1100 },
      { place: 2, slot: 2, airUs: 660_000, endedAt: null },
    ]);
    const standingOver = { ...STANDING, airUs: 0, endedAt: 0 };
    expect(window.finish()).toEqual([
      { place: 2, slot: 2, airUs: 300_000, endedAt: 60_300 },
      standingOver,
    ]);
    expect(isForgotten(standingOver, 3 * HOUR_MS)).toBe(true);
    expect(isForgotten(STANDING, 100 * HOUR_MS)).toBe(false);
  });

  it('takes few writes: a saturated hour has a hundred for claims and one for each slot', () => {
    const window = new AirWindow(0.1);
    let writes = 0;
    let frames = 0;
    for (let now = 0; now < HOUR_MS; now += 1000, frames++) {
      if (send(window, 89.9, now).length > 0) writes++;
    }
    expect(frames).toBe(3600);
    expect(writes).toBeLessThanOrEqual(220);
  });

  it('a restart in good order forgets nothing and costs nothing', () => {
    const window = new AirWindow(DUTY);
    const disk = new Disk();
    for (let i = 0; i < 30; i++) disk.write(send(window, SECOND, i * 10 * SECOND));
    disk.write(window.finish());
    const next = restored(disk, 301_000);
    expect(next.usedMs(301_000)).toBe(30_000);
    for (const airMs of [4000, 7000, 27_000]) {
      expect(next.earliest(airMs, 'message', 301_000)).toBe(
        window.earliest(airMs, 'message', 301_000),
      );
    }
  });

  it('after a crash the claims count as spent just now, and no more than that', () => {
    const window = new AirWindow(DUTY);
    const disk = new Disk();
    disk.write(send(window, SECOND, 0));
    const now = 20 * 60 * SECOND;
    const next = restored(disk, now);
    expect(next.usedMs(now)).toBe(1360 + 9000);
    const gone = now + 9000 + MODEM_HOLDS_MS + HOUR_MS;
    expect(next.usedMs(gone - 1)).toBeGreaterThanOrEqual(9000);
    expect(next.usedMs(gone)).toBe(0);
  });

  it('crash after crash adds up, also within one slot; the standing claim is one for all', () => {
    const disk = new Disk();
    let sent = 0;
    for (let run = 0; run < 100; run++) {
      const window = restored(disk, 1000 + run);
      if (window.earliest(SECOND, 'message', 1000 + run) !== 1000 + run) break;
      disk.write(window.reserve(SECOND, 'message', 1000 + run));
      sent++;
    }
    // 36 s, but for 9 s standing; 1.36 s for each, and a second for the last.
    expect(sent).toBe(20);
    expect(disk.size).toBe(2);
  });

  it('a claim that a crash has left gets its result, so that the next crash does not count it again', () => {
    const disk = new Disk();
    disk.write(send(new AirWindow(DUTY), SECOND, 0));
    const second = restored(disk, 60_000);
    disk.write(second.reserve(SECOND, 'answer', 60_000));
    expect(disk.get(0)).toEqual({
      place: 0,
      slot: 0,
      airUs: 1_360_000,
      endedAt: 60_000 + 1360 + MODEM_HOLDS_MS,
    });
  });

  it('a clock that has lost time goes on with the last slot', () => {
    const disk = new Disk();
    const window = new AirWindow(DUTY);
    disk.write(send(window, SECOND, 600_000));
    disk.write(window.finish());
    const next = restored(disk, 560_000);
    expect(next.reserve(SECOND, 'answer', 560_000)).toEqual([
      { ...STANDING, slot: 18 },
      { place: 20, slot: 20, airUs: 2_360_000, endedAt: null },
    ]);
  });

  it('remembers no more slots than an hour has, whatever is sent', () => {
    const window = new AirWindow(1);
    const disk = new Disk();
    for (let now = 0; now < 6 * HOUR_MS; now += 5000) disk.write(send(window, 10, now));
    expect(disk.size).toBe(SLOT_PLACES + 1);
    expect(restored(disk, 6 * HOUR_MS).usedMs(6 * HOUR_MS)).toBeLessThan(HOUR_MS * 0.261 + 7200);
  });

  it('without a journal a share counts as spent', () => {
    const window = new AirWindow(DUTY);
    window.assumeSpent(0.5, 0);
    expect(window.earliest(18_000, 'answer', 0)).toBe(0);
    expect(window.earliest(18_001, 'answer', 0)).toBe(MODEM_HOLDS_MS + HOUR_MS - 18_001);
    const free = new AirWindow(null);
    free.assumeSpent(1, 0);
    expect(free.usedMs(0)).toBe(0);
  });
});

describe('a window whose journal fails', () => {
  const records = (window: AirWindow): readonly WindowRecord[] => send(window, SECOND, 0);

  function failing(): AirWindow {
    const window = new AirWindow(DUTY);
    records(window);
    window.setJournalWorks(false);
    return window;
  }

  it('grants the standing claim in any hour, and its reserve to answers', () => {
    const window = failing();
    expect([window.reliableMs, window.limitMs]).toEqual([9000, 36_000]);
    for (let i = 0; i < 7; i++) send(window, SECOND, 60_000 + i * SECOND, 'message');
    expect(window.earliest(SECOND, 'message', 70_000)).toBeGreaterThan(HOUR_MS);
    for (let i = 0; i < 2; i++) send(window, SECOND, 70_000 + i * SECOND);
    const next = window.earliest(SECOND, 'answer', 80_000) ?? 0;
    expect(next).toBeGreaterThanOrEqual(60_000 + HOUR_MS);
    expect(next).toBeLessThanOrEqual(60_000 + HOUR_MS + SLOT_MS);
    expect(() => window.reserve(SECOND, 'answer', 80_000)).toThrow('broken invariant');
  });

  it('grants nothing while no standing claim is known to be on disk', () => {
    const window = new AirWindow(DUTY);
    window.reserve(SECOND, 'answer', 0);
    window.setJournalWorks(false);
    window.settle('unsent', 0);
    expect(window.reliableMs).toBe(0);
    expect(window.earliest(1, 'answer', 0)).toBeUndefined();
    expect(window.earliest(1, 'message', 0)).toBeUndefined();
  });

  it('grants all again when it works, and what was sent without it stays counted', () => {
    const window = failing();
    for (let i = 0; i < 9; i++) send(window, SECOND, 1000 + i * SECOND);
    window.setJournalWorks(true);
    expect(window.reliableMs).toBe(36_000);
    expect(window.usedMs(20_000)).toBe(10_000);
    expect(window.earliest(20_000, 'answer', 20_000)).toBe(20_000);
    // Should it fail again at once, the hour of the standing claim is not over.
    window.setJournalWorks(false);
    expect(window.earliest(SECOND, 'answer', 20_000)).toBeGreaterThan(HOUR_MS);
  });

  it('hands all of it over when it works again', () => {
    const window = failing();
    send(window, SECOND, 40_000);
    expect(window.records(50_000)).toEqual([
      { place: STANDING_PLACE, slot: 1, airUs: 9_000_000, endedAt: null },
      { place: 0, slot: 0, airUs: 1_000_000, endedAt: 1000 },
      { place: 1, slot: 1, airUs: 1_360_000, endedAt: null },
    ]);
  });

  it('works again after the end in good order: the standing claim stays given back', () => {
    const window = failing();
    send(window, SECOND, 40_000);
    const [, standing] = window.finish();
    expect(standing).toEqual({ place: STANDING_PLACE, slot: 0, airUs: 0, endedAt: 0 });
    expect(window.records(50_000)).toEqual([
      standing,
      { place: 0, slot: 0, airUs: 1_000_000, endedAt: 1000 },
      { place: 1, slot: 1, airUs: 1_000_000, endedAt: 41_000 },
    ]);
  });

  it('claims anew when it works again: what was claimed meanwhile may still be on its way to the disk', () => {
    const window = new AirWindow(DUTY);
    send(window, SECOND, 0);
    window.setJournalWorks(false);
    window.records(SLOT_MS);
    expect(send(window, SECOND, SLOT_MS)).not.toEqual([]);
    window.setJournalWorks(true);
    expect(send(window, 100, SLOT_MS + 2000)).toMatchObject([{ slot: 1, endedAt: null }]);
    expect(send(window, 100, SLOT_MS + 4000)).toEqual([]);
  });

  it('after a crash has nothing to grant until what may have been sent is an hour old', () => {
    const disk = new Map(records(new AirWindow(DUTY)).map((one) => [one.place, one]));
    const window = new AirWindow(DUTY);
    window.restore(disk.values(), 60_000);
    window.setJournalWorks(false);
    expect(window.reliableMs).toBe(9000);
    const earliest = window.earliest(SECOND, 'answer', 60_000) ?? 0;
    expect(earliest).toBe(60_000 + 9000 + MODEM_HOLDS_MS + HOUR_MS - SECOND);
    expect(window.earliest(9000, 'answer', earliest + SECOND)).toBe(earliest + SECOND);
  });

  it('an end in good order gives back what no crash has left, and says when that was', () => {
    const disk = new Map(records(new AirWindow(DUTY)).map((one) => [one.place, one]));
    const window = new AirWindow(DUTY);
    window.restore(disk.values(), 60_000);
    const spent = { place: STANDING_PLACE, slot: 3, airUs: 9_000_000, endedAt: 99_000 };
    expect(window.finish().at(-1)).toEqual(spent);
    const next = new AirWindow(DUTY);
    next.restore([spent], 120_000);
    expect(next.usedMs(120_000)).toBe(9000);
    expect(next.reserve(SECOND, 'answer', 120_000)).toContainEqual({
      ...spent,
      slot: 4,
      endedAt: null,
    });
    next.kept();
    next.settle('sent', 121_000);
    next.setJournalWorks(false);
    expect(next.earliest(SECOND, 'answer', 121_000)).toBe(99_000 + HOUR_MS - SECOND);
  });

  it('a claim of another duty cycle is replaced where it is too small', () => {
    const window = new AirWindow(2 * DUTY);
    window.restore([{ place: STANDING_PLACE, slot: 0, airUs: 9_000_000, endedAt: null }], 0);
    window.setJournalWorks(false);
    expect(window.reliableMs).toBe(9000);
    window.setJournalWorks(true);
    expect(window.reserve(SECOND, 'answer', HOUR_MS)).toContainEqual({
      place: STANDING_PLACE,
      slot: 120,
      airUs: 18_000_000,
      endedAt: null,
    });
  });
});
