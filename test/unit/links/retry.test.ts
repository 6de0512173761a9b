import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Retry } from '../../../src/links/retry.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Something that works at the attempt with this number, from 1. */
function worksAt(number: number): {
  retry: Retry;
  told: string[];
  attempts: () => number;
} {
  const told: string[] = [];
  let attempts = 0;
  const retry = new Retry(
    async () => {
      attempts++;
      if (attempts < number) throw new Error(`failure ${attempts}`);
    },
    { failed: ({ message }) => told.push(message), recovered: () => told.push('recovered') },
  );
  return { retry, told, attempts: () => attempts };
}

describe('an attempt that is made again until it works', () => {
  it('says nothing when it works at once', async () => {
    const { retry, told, attempts } = worksAt(1);
    await retry.start();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect([attempts(), told]).toEqual([1, []]);
  });

  it('says once that it failed and once that it works', async () => {
    const { retry, told, attempts } = worksAt(4);
    await retry.start();
    expect(told).toEqual(['failure 1']);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect([attempts(), told]).toEqual([4, ['failure 1', 'recovered']]);
  });

  it('pauses for 1 s, then twice as long each time, up to a minute', async () => {
    const { retry, attempts } = worksAt(Number.POSITIVE_INFINITY);
    await retry.start();
    for (const pauseSec of [1, 2, 4, 8, 16, 32, 60, 60]) {
      const before = attempts();
      await vi.advanceTimersByTimeAsync(pauseSec * 1000 - 1);
      expect(attempts()).toBe(before);
      await vi.advanceTimersByTimeAsync(1);
      expect(attempts()).toBe(before + 1);
    }
    await retry.stop();
  });

  it('ends with stop, which leaves no timer', async () => {
    const { retry, attempts } = worksAt(2);
    await retry.start();
    await retry.stop();
    expect(vi.getTimerCount()).toBe(0);
    expect(attempts()).toBe(1);
  });

  it('ends with stop while an attempt is under way, once that is over', async () => {
    let fail: (error: Error) => void = () => {};
    const told: string[] = [];
    const retry = new Retry(() => new Promise((_, reject) => (fail = reject)), {
      failed: ({ message }) => told.push(message),
      recovered: () => told.push('recovered'),
    });
    const started = retry.start();
    const stopped = retry.stop();
    fail(new Error('too late'));
    await Promise.all([started, stopped]);
    expect(vi.getTimerCount()).toBe(0);
    expect(told).toEqual([]);
  });
});
