import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../../src/observe/capture/frame.js';
import { FrameRing } from '../../../../src/observe/capture/ring.js';

const frame = (wallMs: number, octets = 2): Frame => ({
  wallMs,
  link: 'lan',
  direction: 'in',
  address: 'a',
  data: new Uint8Array(octets),
  verdict: 'accepted',
});
const times = (ring: FrameRing, since = 0): number[] =>
  ring.since(since).map(({ wallMs }) => wallMs);

describe('the ring of frames', () => {
  it('keeps those that are young enough', () => {
    const ring = new FrameRing({ ageMs: 1000, bytes: 1_000_000 });
    for (const at of [0, 500, 1000, 1500]) ring.add(frame(at));
    expect(times(ring)).toEqual([500, 1000, 1500]);
    expect(times(ring, 1000)).toEqual([1000, 1500]);
  });

  it('keeps the youngest where all would take too much memory', () => {
    const ring = new FrameRing({ ageMs: 1_000_000, bytes: 100_000 });
    for (let at = 0; at < 10_000; at++) ring.add(frame(at, 100));
    const kept = times(ring);
    expect(kept.at(-1)).toBe(9999);
    expect(kept).toEqual(kept.map((_, i) => 10_000 - kept.length + i));
    expect(kept.length * 100).toBeLessThan(100_000);
    expect(kept.length).toBeGreaterThan(200);
  });

  it('a frame that is larger than all of the memory is not kept, and nothing before it', () => {
    const ring = new FrameRing({ ageMs: 1000, bytes: 1000 });
    ring.add(frame(0));
    ring.add(frame(1, 2000));
    expect(times(ring)).toEqual([]);
    ring.add(frame(2));
    expect(times(ring)).toEqual([2]);
  });

  it('keeps nothing where it is off', () => {
    const ring = new FrameRing({ ageMs: 0, bytes: 1000 });
    ring.add(frame(0));
    expect(times(ring)).toEqual([]);
  });

  it('a clock that is set back hides nothing that came after', () => {
    const ring = new FrameRing({ ageMs: 1000, bytes: 1_000_000 });
    for (const at of [5000, 1000, 1500, 2500]) ring.add(frame(at));
    expect(times(ring, 900)).toEqual([5000, 1000, 1500, 2500]);
  });
});
