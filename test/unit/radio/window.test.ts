import { describe, expect, it } from 'vitest';
import { HOUR_MS, MODEM_HOLDS_MS, SLOT_MS } from '../../../src/radio/limits.js';
import { AirWindow, type WindowRecord } from '../../../src/radio/window.js';

/** One percent: 36 s. */
const DUTY = 0.01;
const SECOND = 1000;

/** Sends at once and tells the end of it. */
function send(window: AirWindow, airMs: number, now: number): readonly WindowRecord[] {
  const records = window.reserve(airMs, now);
  window.settle('sent', now + airMs);
  return records;
}

/** Sends as much as there is room for from `now` on; returns the moments. */
function saturate(window: AirWindow, airMs: number, untilMs: number): number[] {
  const moments: number[] = [];
  for (let now = 0; ; now = Math.ceil(now + airMs)) {
    now = window.earliest(airMs, 1, now) ?? Number.POSITIVE_INFINITY;
    if (now > untilMs) return moments;
    send(window, airMs, now);
    moments.push(now);
  }
}

describe('the window of an hour', () => {
  it('grants its limit at once, and then as what was sent becomes an hour old', () => {
    const window = new AirWindow(DUTY);
    const moments = saturate(window, SECOND, 3 * HOUR_MS);
    expect(moments.slice(0, 36)).toEqual(Array.from({ length: 36 }, (_, i) => i * SECOND));
    // The first slot ends at 30 s, and the hour looks back from the end of the next frame.
    expect(moments[36]).toBe(SLOT_MS + HOUR_MS - SECOND);
    expect(moments.length).toBeLessThanOrEqual(3 * 36);
    expect(moments.length).toBeGreaterThanOrEqual(2 * 36 + 30);
  });

  it('tells the earliest moment: a millisecond before there is no room', () => {
    const window = new AirWindow(DUTY);
    saturate(window, SECOND, SLOT_MS * 2);
    const earliest = window.earliest(SECOND, 1, 100_000) ?? 0;
    expect(earliest).toBeGreaterThan(100_000);
    expect(() => window.reserve(SECOND, earliest - 1)).toThrow('broken invariant');
    expect(window.reserve(SECOND, earliest)).not.toEqual([]);
  });

  it('leaves a share to those who may use more', () => {
    const window = new AirWindow(DUTY);
    for (let i = 0; i < 28; i++) send(window, SECOND, i * SECOND);
    expect(window.earliest(SECOND, 0.8, 60_000)).toBeGreaterThan(60_000);
    expect(window.earliest(SECOND, 1, 60_000)).toBe(60_000);
  });

  it('what is longer than the limit never goes', () => {
    const window = new AirWindow(DUTY);
    expect(window.earliest(36_000, 1, 0)).toBe(0);
    expect(window.earliest(36_000.001, 1, 0)).toBeUndefined();
    expect(window.earliest(30_000, 0.8, 0)).toBeUndefined();
    expect(new AirWindow(0).earliest(1, 1, 0)).toBeUndefined();
  });

  it('a frame that the modem has not sent is given back', () => {
    const window = new AirWindow(DUTY);
    window.reserve(36_000, 0);
    window.settle('unsent', 10);
    expect(window.usedMs(10)).toBe(0);
    expect(window.earliest(36_000, 1, 10)).toBe(10);
  });

  it('a frame of which nobody knows counts as late as it may have been sent', () => {
    const window = new AirWindow(DUTY);
    window.reserve(36_000, 0);
    window.settle('unknown', 50_000);
    expect(window.earliest(1000, 1, 50_000)).toBe(
      50_000 + 36_000 + MODEM_HOLDS_MS + HOUR_MS - 1000,
    );
  });

  it('one frame at a time', () => {
    const window = new AirWindow(DUTY);
    window.reserve(10, 0);
    expect(() => window.reserve(10, 20)).toThrow('broken invariant');
    window.settle('sent', 30);
    expect(() => window.settle('sent', 30)).toThrow('broken invariant');
  });

  it('without a limit counts and never refuses, and the journal is not troubled', () => {
    const window = new AirWindow(null);
    for (let i = 0; i < 100; i++) expect(send(window, 100 * SECOND, i * 100 * SECOND)).toEqual([]);
    expect(window.earliest(1e9, 1, 1e7)).toBe(1e7);
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

  it('has a claim before the first frame, and the result of the slot with the next claim', () => {
    const window = new AirWindow(DUTY);
    expect(send(window, 100, 0)).toEqual([{ place: 0, slot: 0, airUs: 460_000, endedAt: null }]);
    expect(send(window, 100, 1000)).toEqual([]);
    expect(send(window, 300, 60_000)).toEqual([
      { place: 0, slot: 0, airUs: 200_000, endedAt: 1100 },
      { place: 2, slot: 2, airUs: 660_000, endedAt: null },
    ]);
    expect(window.finish()).toEqual([{ place: 2, slot: 2, airUs: 300_000, endedAt: 60_300 }]);
    expect(window.finish()).toEqual([]);
  });

  it('takes few writes: a saturated hour has a hundred for claims and one for each slot', () => {
    const window = new AirWindow(0.1);
    let writes = 0;
    let frames = 0;
    for (let now = 0; now < HOUR_MS; now += 1000, frames++) {
      if (send(window, 99.9, now).length > 0) writes++;
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
    for (const airMs of [1000, 6000, 7000, 30_000]) {
      expect(next.earliest(airMs, 1, 301_000)).toBe(window.earliest(airMs, 1, 301_000));
    }
  });

  it('after a crash the claim counts as spent just now, and no more than that', () => {
    const window = new AirWindow(DUTY);
    const disk = new Disk();
    disk.write(send(window, SECOND, 0));
    const now = 20 * 60 * SECOND;
    const next = restored(disk, now);
    expect(next.usedMs(now)).toBe(1360);
    const gone = now + 1360 + MODEM_HOLDS_MS + HOUR_MS;
    expect(next.usedMs(gone - 1)).toBe(1360);
    expect(next.usedMs(gone)).toBe(0);
  });

  it('crash after crash adds up, also within one slot', () => {
    const disk = new Disk();
    let sent = 0;
    for (let run = 0; run < 100; run++) {
      const window = restored(disk, 1000 + run);
      if (window.earliest(SECOND, 1, 1000 + run) !== 1000 + run) break;
      disk.write(window.reserve(SECOND, 1000 + run));
      sent++;
    }
    expect(sent).toBe(26);
    expect(disk.size).toBe(1);
  });

  it('a claim that a crash has left gets its result, so that the next crash does not count it again', () => {
    const disk = new Disk();
    disk.write(send(new AirWindow(DUTY), SECOND, 0));
    const second = restored(disk, 60_000);
    disk.write(second.reserve(SECOND, 60_000));
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
    expect(next.reserve(SECOND, 560_000)).toEqual([
      { place: 20, slot: 20, airUs: 2_360_000, endedAt: null },
    ]);
  });

  it('remembers no more slots than an hour has, whatever is sent', () => {
    const window = new AirWindow(1);
    const disk = new Disk();
    for (let now = 0; now < 6 * HOUR_MS; now += 5000) disk.write(send(window, 10, now));
    expect(disk.size).toBe(240);
    expect(restored(disk, 6 * HOUR_MS).usedMs(6 * HOUR_MS)).toBeLessThan(HOUR_MS * 0.011 + 7200);
  });

  it('without a journal a share counts as spent', () => {
    const window = new AirWindow(DUTY);
    window.assumeSpent(0.5, 0);
    expect(window.earliest(18_000, 1, 0)).toBe(0);
    expect(window.earliest(18_001, 1, 0)).toBe(MODEM_HOLDS_MS + HOUR_MS - 18_001);
    const free = new AirWindow(null);
    free.assumeSpent(1, 0);
    expect(free.usedMs(0)).toBe(0);
  });
});
