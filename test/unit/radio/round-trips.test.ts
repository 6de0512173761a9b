import { describe, expect, it } from 'vitest';
import { RoundTrips } from '../../../src/radio/round-trips.js';

const UNKNOWN_MS = 1500;

function measured(...rttsMs: number[]): RoundTrips {
  const trips = new RoundTrips();
  for (const [i, rttMs] of rttsMs.entries()) {
    trips.asked('a', i, 0);
    trips.answered('a', i, rttMs);
  }
  return trips;
}

const timeout = (trips: RoundTrips, address = 'a') => trips.timeoutMs(address, UNKNOWN_MS);

describe('the time for an answer', () => {
  it('is assumed of nodes that are not known', () => {
    expect(timeout(new RoundTrips())).toBe(UNKNOWN_MS);
    expect(timeout(measured(100), 'b')).toBe(UNKNOWN_MS);
  });

  it('follows RFC 6298', () => {
    expect(timeout(measured(1000))).toBe(1000 + 4 * 500);
    // Variation 3/4 · 500 + 1/4 · 800, mean 7/8 · 1000 + 1/8 · 200.
    expect(timeout(measured(1000, 200))).toBe(900 + 4 * 575);
    expect(timeout(measured(...Array.from({ length: 100 }, () => 400)))).toBe(450);
  });

  it('a repeated question is no measure (Karn), and doubles the time until there is one', () => {
    const trips = measured(1000);
    trips.asked('a', 7, 10_000);
    trips.asked('a', 7, 13_000);
    expect(timeout(trips)).toBe(6000);
    trips.answered('a', 7, 13_010);
    expect(timeout(trips)).toBe(6000);
    trips.asked('a', 8, 20_000);
    trips.answered('a', 8, 21_000);
    expect(timeout(trips)).toBe(1000 + 4 * 375);
  });

  it('is doubled three times at most, and ends at a minute', () => {
    const trips = measured(1000);
    for (let i = 0; i < 10; i++) trips.asked('a', 7, i);
    expect(timeout(trips)).toBe(24_000);
    expect(timeout(measured(1_000_000))).toBe(60_000);
    expect(new RoundTrips().timeoutMs('a', 90_000)).toBe(90_000);
  });

  it('an answer to something else, or from somebody else, is none', () => {
    const trips = new RoundTrips();
    trips.asked('a', 1, 0);
    trips.answered('a', 2, 10);
    trips.answered('b', 1, 10);
    expect(timeout(trips)).toBe(UNKNOWN_MS);
    trips.answered('a', 1, 100);
    trips.answered('a', 1, 9000);
    expect(timeout(trips)).toBe(300);
  });

  it('of more nodes than are remembered the one heard of longest ago is forgotten', () => {
    const trips = new RoundTrips();
    const measure = (address: string) => {
      trips.asked(address, 1, 0);
      trips.answered(address, 1, 100);
    };
    for (let i = 0; i < 1024; i++) measure(`${i}`);
    measure('500');
    expect(timeout(trips, '0')).not.toBe(UNKNOWN_MS);
    measure('0');
    measure('new');
    expect(timeout(trips, '0')).not.toBe(UNKNOWN_MS);
    expect(timeout(trips, '1')).toBe(UNKNOWN_MS);
    expect(timeout(trips, '2')).not.toBe(UNKNOWN_MS);
  });
});
