import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createXbeeFramer,
  encodeXbeeFrame,
  type XbeeFramed,
  type XbeeFramer,
} from '../../../src/framing/xbee-frame.js';
import { fromHex, toHex } from '../../support/hex.js';

const TIMEOUT_MS = 500;
const NOTHING = new Uint8Array();

const frames = fc.uint8Array({ minLength: 1, maxLength: 300 });
const noise = fc.array(
  fc.oneof(fc.nat(255), fc.constantFrom(0x7e, 0x7d, 0x00, 0x01, 0x10, 0x11, 0x13)),
  { maxLength: 900 },
);

const framesIn = (events: readonly XbeeFramed[]): string[] =>
  events.flatMap((event) => (event.kind === 'frame' ? [toHex(event.data)] : []));

const bytesIn = (events: readonly XbeeFramed[]): number =>
  events.reduce((sum, event) => sum + (event.kind === 'frame' ? event.lineBytes : event.bytes), 0);

/** Neighbouring discards for one reason are one. */
function merged(events: readonly XbeeFramed[]): unknown[] {
  return events.reduce<Record<string, unknown>[]>((list, event) => {
    const last = list.at(-1);
    if (event.kind === 'discarded' && last?.['why'] === event.why)
      last['bytes'] = Number(last['bytes']) + event.bytes;
    else list.push(event.kind === 'frame' ? { ...event, data: toHex(event.data) } : { ...event });
    return list;
  }, []);
}

/** Waits until nothing is under way that ends by time. */
function settle(framer: XbeeFramer, now: number): XbeeFramed[] {
  const events: XbeeFramed[] = [];
  for (let at = framer.nextDeadline(); at !== undefined; at = framer.nextDeadline())
    events.push(...framer.push(NOTHING, Math.max(at, now)));
  return events;
}

describe.each([1, 2] as const)('the XBee envelope in API mode %i', (mode) => {
  const create = (): XbeeFramer => createXbeeFramer(mode, TIMEOUT_MS);

  it('gives back what was encoded, one frame after the other', () => {
    fc.assert(
      fc.property(fc.array(frames, { maxLength: 5 }), (sent) => {
        const line = Uint8Array.from(sent.flatMap((data) => [...encodeXbeeFrame(data, mode)]));
        const events = create().push(line, 0);
        expect(framesIn(events)).toEqual(sent.map((data) => toHex(data)));
        expect(bytesIn(events)).toBe(line.length);
        expect(events.some((event) => event.kind === 'frame' && event.unescaped)).toBe(false);
      }),
    );
  });

  it('takes chunks of any size for the same', () => {
    const part = fc.oneof(
      noise,
      frames.map((data) => [...encodeXbeeFrame(data, mode)]),
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 6 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 400 })),
        (parts, sizes) => {
          const line = Uint8Array.from(parts.flat());
          const whole = create();
          const cut = create();
          const expected = [...whole.push(line, 0), ...whole.flush()];
          const events: XbeeFramed[] = [];
          for (let at = 0; at < line.length; ) {
            const size = Number(sizes.next().value);
            events.push(...cut.push(line.subarray(at, at + size), 0));
            at += size;
          }
          events.push(...cut.flush());
          expect(merged(events)).toEqual(merged(expected));
        },
      ),
    );
  });

  it('accounts for every octet', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(noise, fc.nat(700)), { maxLength: 6 }), (chunks) => {
        const framer = create();
        let now = 0;
        let pushed = 0;
        let accounted = 0;
        for (const [chunk, pauseMs] of chunks) {
          now += pauseMs;
          accounted += bytesIn(framer.push(NOTHING, now));
          accounted += bytesIn(framer.push(Uint8Array.from(chunk), now));
          pushed += chunk.length;
          expect(accounted + framer.pendingBytes).toBe(pushed);
        }
        expect(accounted + bytesIn(framer.flush())).toBe(pushed);
        expect(framer.pendingBytes).toBe(0);
        expect(framer.nextDeadline()).toBeUndefined();
      }),
    );
  });

  it('recognises the next frame after any noise and a pause', () => {
    fc.assert(
      fc.property(noise, frames, (before, data) => {
        const framer = create();
        framer.push(Uint8Array.from(before), 0);
        settle(framer, 0);
        expect(framesIn(framer.push(encodeXbeeFrame(data, mode), 10_000))).toEqual([toHex(data)]);
      }),
    );
  });

  it('gives frames that do not change with the chunk that they came in', () => {
    const chunk = encodeXbeeFrame(fromHex('90aabb'), mode);
    const events = create().push(chunk, 0);
    chunk.fill(0);
    expect(framesIn(events)).toEqual(['90aabb']);
  });
});

describe('the XBee envelope in API mode 1', () => {
  const good = encodeXbeeFrame(fromHex('90aabb'), 1);

  it('a frame cut short holds the good one behind it no longer than its time', () => {
    const framer = createXbeeFramer(1, TIMEOUT_MS);
    expect(framer.push(fromHex('7e005090'), 0)).toEqual([]);
    expect(framer.push(good, 10)).toEqual([]);
    expect(framer.nextDeadline()).toBe(TIMEOUT_MS);
    expect(merged(framer.push(NOTHING, TIMEOUT_MS))).toEqual([
      { kind: 'discarded', bytes: 4, why: 'truncated' },
      { kind: 'frame', data: '90aabb', lineBytes: good.length, unescaped: false },
    ]);
  });

  it('a good frame within a false one is found once that has failed', () => {
    const framer = createXbeeFramer(1, TIMEOUT_MS);
    const events = framer.push(Uint8Array.of(0x7e, 0x00, 0x05, ...good, 0x00, 0x01), 0);
    expect(framesIn(events)).toEqual(['90aabb']);
  });
});

describe('the XBee envelope in API mode 2', () => {
  it('a start delimiter begins a frame wherever it comes, behind an escape as well', () => {
    const framer = createXbeeFramer(2, TIMEOUT_MS);
    const good = encodeXbeeFrame(fromHex('90aabb'), 2);
    expect(merged(framer.push(Uint8Array.of(0x7e, 0x00, 0x05, 0x90, 0x7d, ...good), 0))).toEqual([
      { kind: 'discarded', bytes: 5, why: 'truncated' },
      { kind: 'frame', data: '90aabb', lineBytes: good.length, unescaped: false },
    ]);
  });

  it('octets that should have been escaped are taken, and told', () => {
    const framer = createXbeeFramer(2, TIMEOUT_MS);
    const [event] = framer.push(encodeXbeeFrame(fromHex('9013'), 1), 0);
    expect(event).toMatchObject({ kind: 'frame', unescaped: true });
  });
});
