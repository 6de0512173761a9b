import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Alarm } from '../../../src/gateway/alarm.js';

const DUE = 1000;
const STALL_MS = 30_000;
const FIRST_READ_MS = 100;
const CATCH_UP_MS_MAX = 10_000;
const FULL_TURN = 16;
/** What the fake clock takes for a turn of the event loop. */
const TURN_MS = 1;
/** Longer than anything here. */
const LONG_MS = 15_000;

/** An alarm on a machine that can stand still: its clock goes on, and nothing runs. */
function rig() {
  const rung: number[] = [];
  let stoodStillMs = 0;
  const now = (): number => Math.floor(performance.now()) + stoodStillMs;
  const alarm = new Alarm(now, () => rung.push(now()));
  const standStill = (ms: number): void => {
    stoodStillMs += ms;
  };
  /** So many turns of the event loop bring as many datagrams as a turn can. */
  const traffic = (turns: number, datagrams = FULL_TURN): void => {
    if (turns === 0) return;
    setImmediate(() => {
      for (let count = 0; count < datagrams; count++) alarm.heard();
      traffic(turns - 1, datagrams);
    });
  };
  return { alarm, rung, standStill, traffic };
}

beforeEach(() => {
  const toFake = [
    'setTimeout',
    'clearTimeout',
    'setImmediate',
    'clearImmediate',
    'performance',
  ] as const;
  vi.useFakeTimers({ toFake: [...toFake], now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the alarm', () => {
  it('rings in time, and once', () => {
    const { alarm, rung } = rig();
    alarm.set(DUE);
    vi.advanceTimersByTime(LONG_MS);
    expect(rung).toEqual([DUE + TURN_MS]);
  });

  it('after a stall it rings when ports have had their time and a turn has brought nothing', () => {
    const { alarm, rung, standStill, traffic } = rig();
    alarm.set(DUE);
    standStill(STALL_MS);
    setTimeout(() => traffic(50), DUE + FIRST_READ_MS - 1);
    vi.advanceTimersByTime(LONG_MS);
    const [at = Number.NaN] = rung;
    expect(at - DUE - STALL_MS).toBe(FIRST_READ_MS + 50 * TURN_MS);
  });

  it.each([
    ['while ports have their time', FIRST_READ_MS / 2],
    ['in the middle of reading', FIRST_READ_MS + 10],
  ])('another stall %s gives all the same time again', (_, afterMs) => {
    const { alarm, rung, standStill, traffic } = rig();
    alarm.set(DUE);
    standStill(STALL_MS);
    setTimeout(() => traffic(20), DUE + FIRST_READ_MS - 1);
    setTimeout(() => {
      standStill(STALL_MS);
      setTimeout(() => traffic(50), FIRST_READ_MS);
    }, DUE + afterMs);
    vi.advanceTimersByTime(LONG_MS);
    const [at = Number.NaN] = rung;
    expect(rung).toHaveLength(1);
    expect(at - DUE - 2 * STALL_MS).toBeGreaterThanOrEqual(afterMs + FIRST_READ_MS + 50 * TURN_MS);
    expect(at - DUE - 2 * STALL_MS).toBeLessThan(afterMs + 2 * FIRST_READ_MS + 60 * TURN_MS);
  });

  it('on a machine that stands still all the time it rings in the end', () => {
    const { alarm, rung, standStill } = rig();
    alarm.set(DUE);
    setInterval(() => standStill(STALL_MS), FIRST_READ_MS / 2);
    vi.advanceTimersByTime(DUE + 2 * CATCH_UP_MS_MAX);
    expect(rung).toHaveLength(1);
  });

  it('under more load than the machine can carry it rings in the end', () => {
    const { alarm, rung, traffic } = rig();
    alarm.set(DUE);
    setTimeout(() => traffic(LONG_MS), DUE - 1);
    vi.advanceTimersByTime(LONG_MS);
    expect(rung).toEqual([DUE + CATCH_UP_MS_MAX + TURN_MS]);
  });

  it('under a load that the machine can carry it rings in time', () => {
    const { alarm, rung, traffic } = rig();
    alarm.set(DUE);
    setTimeout(() => traffic(LONG_MS, FULL_TURN - 1), DUE - 1);
    vi.advanceTimersByTime(LONG_MS);
    expect(rung).toEqual([DUE + TURN_MS]);
  });

  it('is silent after the stop, also in the middle of catching up', () => {
    const { alarm, rung, standStill, traffic } = rig();
    alarm.set(DUE);
    standStill(STALL_MS);
    setTimeout(() => traffic(1000), DUE);
    vi.advanceTimersByTime(DUE + FIRST_READ_MS + 10);
    alarm.stop();
    vi.advanceTimersByTime(LONG_MS);
    expect(rung).toEqual([]);
  });

  it('while it catches up an earlier deadline makes it ring no earlier', () => {
    const { alarm, rung, standStill, traffic } = rig();
    alarm.set(DUE);
    standStill(STALL_MS);
    setTimeout(() => traffic(1000), DUE);
    vi.advanceTimersByTime(DUE + FIRST_READ_MS + 10);
    alarm.set(DUE - 1);
    vi.advanceTimersByTime(500);
    expect(rung).toEqual([]);
    vi.advanceTimersByTime(LONG_MS);
    expect(rung).toHaveLength(1);
  });
});
