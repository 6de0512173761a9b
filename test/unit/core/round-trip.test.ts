import { describe, expect, it } from 'vitest';
import { RoundTrip } from '../../../src/core/session/round-trip.js';

function measured(...rttsMs: number[]): RoundTrip {
  const trip = new RoundTrip();
  for (const rttMs of rttsMs) trip.onMeasured(rttMs);
  return trip;
}

describe('the time for an answer', () => {
  it('is a second of devices that are not known', () => {
    expect(new RoundTrip().timeoutMs()).toBe(1000);
  });

  it('follows RFC 6298', () => {
    expect(measured(1000).timeoutMs()).toBe(1000 + 4 * 500);
    // Variation 3/4 · 500 + 1/4 · 800, mean 7/8 · 1000 + 1/8 · 200.
    expect(measured(1000, 200).timeoutMs()).toBe(900 + 4 * 575);
    expect(measured(...Array.from({ length: 100 }, () => 400)).timeoutMs()).toBe(450);
  });

  it('a repeat doubles it until there is a measure', () => {
    const trip = measured(1000);
    trip.onRepeated();
    expect(trip.timeoutMs()).toBe(6000);
    trip.onMeasured(1000);
    expect(trip.timeoutMs()).toBe(1000 + 4 * 375);
  });

  it('is doubled three times at most, and ends at a minute', () => {
    const trip = measured(1000);
    for (let i = 0; i < 10; i++) trip.onRepeated();
    expect(trip.timeoutMs()).toBe(24_000);
    expect(measured(1_000_000).timeoutMs()).toBe(60_000);
  });
});
