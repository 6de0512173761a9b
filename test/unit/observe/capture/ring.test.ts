import fc from 'fast-check';
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
  [...ring.since(since)].map(({ wallMs }) => wallMs);

const anySignal = fc.record(
  { rssiDbm: fc.integer({ min: -150, max: 0 }), snrDb: fc.constant(7.5), lqi: fc.nat(255) },
  { requiredKeys: [] },
);
const anyFrame: fc.Arbitrary<Frame> = fc
  .record({
    wallMs: fc.nat(1000),
    link: fc.constantFrom('lan', 'field', 'büro'),
    direction: fc.constantFrom('in', 'out'),
    address: fc.option(
      fc.oneof(fc.string({ maxLength: 30 }), fc.constantFrom('a büro', '€€€', '7 😀')),
    ),
    data: fc.uint8Array({ maxLength: 200 }),
    verdict: fc.oneof(fc.constantFrom('accepted', 'sent'), fc.string({ maxLength: 40 })),
    signal: fc.option(anySignal, { nil: undefined }),
  })
  .map(({ signal, ...rest }) => (signal === undefined ? rest : { ...rest, signal }));

describe('the ring of frames', () => {
  it('has the youngest frames as they were, whatever their sizes, and most of its memory in use', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 100 }), (frames) => {
        const ring = new FrameRing(2000);
        for (const [i, one] of frames.entries()) {
          ring.add(one);
          const kept = [...ring.since(0)];
          const first = i + 1 - kept.length;
          const numbered = frames
            .slice(first, i + 1)
            .map((one, at) => ({ number: first + at + 1, ...one }));
          expect(kept).toEqual(numbered);
          expect(ring.lastNumber).toBe(i + 1);
          const before = frames[i - kept.length];
          if (before === undefined) continue;
          const used = kept.reduce((sum, { data }) => sum + data.length + 24, 0);
          // Two of the largest do not fit: behind the last of a round, and the one that had to go.
          expect(used).toBeGreaterThan(2000 - 2 * 400 - kept.length * 70);
        }
      }),
    );
  });

  it('tells the latest of a link, or of addresses on it, as going through all of them would', () => {
    const anyWish = fc.record({
      link: fc.constantFrom('lan', 'field', 'büro', 'attic'),
      addresses: fc.option(fc.constant<string[]>(['a', 'b', '']), { nil: undefined }),
      after: fc.nat(100),
    });
    const near = anyFrame.chain((one) =>
      fc
        .constantFrom('a', 'b', '', 'ab', null, one.address)
        .map((address) => ({ ...one, address })),
    );
    fc.assert(
      fc.property(fc.array(near, { maxLength: 100 }), anyWish, fc.nat(1000), (all, wish, since) => {
        const ring = new FrameRing(2000);
        for (const one of all) ring.add(one);
        const wanted = [...ring.since(since)].filter(
          ({ number, link, address }) =>
            number > wish.after &&
            link === wish.link &&
            (wish.addresses?.includes(address ?? '-') ?? true),
        );
        expect([...ring.latest(since, wish)]).toEqual(wanted.reverse());
      }),
    );
  });

  it('who goes through them sees them as they were', () => {
    const ring = new FrameRing(1000);
    for (let at = 1; at <= 5; at++) ring.add(frame(at, 100));
    const seen: number[] = [];
    for (const { wallMs } of ring.since(0)) {
      seen.push(wallMs);
      ring.add(frame(100 + wallMs, 150));
    }
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('shows those that are young enough', () => {
    const ring = new FrameRing(10_000);
    for (const at of [0, 500, 1000, 1500]) ring.add(frame(at));
    expect(times(ring)).toEqual([0, 500, 1000, 1500]);
    expect(times(ring, 1000)).toEqual([1000, 1500]);
  });

  it('a frame that is larger than all of the memory is not kept, and takes nothing with it', () => {
    const ring = new FrameRing(1000);
    ring.add(frame(0));
    ring.add(frame(1, 2000));
    expect(times(ring)).toEqual([0]);
  });

  it('keeps nothing where it is off', () => {
    const ring = new FrameRing(0);
    ring.add(frame(0));
    expect(times(ring)).toEqual([]);
  });

  it('a clock that is set back hides nothing that came after', () => {
    const ring = new FrameRing(10_000);
    for (const at of [5000, 1000, 1500, 2500]) ring.add(frame(at));
    expect(times(ring, 900)).toEqual([5000, 1000, 1500, 2500]);
  });
});
