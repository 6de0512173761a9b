import { describe, expect, it } from 'vitest';
import { WallTimes } from '../../../src/observe/wall-times.js';

describe('moments of the core on the wall clock', () => {
  it('are whole milliseconds that go on between two looks at the clock', () => {
    const times = new WallTimes(() => 1_800_000_000_000);
    expect([70.3, 70.7, 71.4, 169.9].map((now) => times.of(now) - 1_800_000_000_000)).toEqual([
      0, 0, 1, 100,
    ]);
  });

  it('follow a clock that is set, also back, within a tenth of a second', () => {
    let wallMs = 5_000_000;
    const times = new WallTimes(() => wallMs);
    expect(times.of(0)).toBe(5_000_000);
    wallMs = 1_000_000;
    expect(times.of(99)).toBe(5_000_099);
    expect(times.of(100)).toBe(1_000_000);
    wallMs = 9_000_000;
    expect(times.of(200)).toBe(9_000_000);
  });

  it('are asked for once in all that comes meanwhile', () => {
    let asked = 0;
    const times = new WallTimes(() => ++asked);
    for (let now = 0; now < 1000; now++) times.of(now);
    expect(asked).toBe(10);
  });
});
