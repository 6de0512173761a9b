/** A machine without a clock of its own boots in the past; the next boot has the right time. */
import { expect, it } from 'vitest';
import { Clock, type Machine } from '../../../src/gateway/clock.js';
import { TestJournal } from '../../support/journal.js';

it('a reboot that comes with a corrected wall clock is no silence of three months', () => {
  const first = new TestJournal();
  const machine = (wallMs: number, bootId: string): Machine => ({
    monotonicMs: () => 0,
    wallMs: () => wallMs,
    uptimeMs: () => 60_000,
    bootId,
  });
  const threeMonthsMs = 90 * 24 * 3_600_000;
  const before = new Clock(first, machine(1_700_000_000_000, 'a'));
  before.start();
  before.stop();
  first.commit();
  const then = before.now();
  const after = new Clock(first.crashed(), machine(1_700_000_000_000 + threeMonthsMs + 60_000, 'b'));
  after.start();
  after.stop();
  // SESSION_EXPIRY 24 h, sleep.age 7 d: everything would be gone, and every will fired.
  expect(after.now() - then).toBeLessThan(24 * 3_600_000);
});
