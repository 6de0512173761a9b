/** What holds for every framer, whatever comes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CobsFramer, encodeCobs } from '../../../src/framing/cobs.js';
import type { Framed, Framer } from '../../../src/framing/framed.js';
import { encodeHdlc, HdlcFramer } from '../../../src/framing/hdlc.js';
import { encodeLoralink, LoralinkFramer } from '../../../src/framing/loralink-frame.js';
import { RawFramer } from '../../../src/framing/raw.js';
import { encodeSlip, SlipFramer } from '../../../src/framing/slip.js';
import { MESSAGES, toHex } from '../../support/modems/vectors.js';

interface Subject {
  create: () => Framer;
  encode: (frame: Uint8Array) => Uint8Array;
  /** What may be in a frame. */
  frames: fc.Arbitrary<Uint8Array>;
  /** How long the line has to be silent before a frame is surely recognised; 0: not at all. */
  gapMs: number;
  /** What has to come at the end of noise for the next frame to be recognised. */
  separator?: number[];
  /** Noise may leave it owing the trailer of a message: one octet of what follows. */
  owesTrailer?: boolean;
  /** In front of a message. */
  prefix?: number[];
}

const BYTES_MAX = 300;
const anything = fc.uint8Array({ minLength: 1, maxLength: BYTES_MAX });
/** PUBLISH of any length, for a framer that looks into the message. */
const publish = fc.uint8Array({ minLength: 5, maxLength: BYTES_MAX - 4 }).map((body) => {
  const short = body.length + 2;
  const long = body.length + 4;
  return short <= 0xff
    ? Uint8Array.of(short, 0x0c, ...body)
    : Uint8Array.of(0x01, long >> 8, long & 0xff, 0x0c, ...body);
});
const GAP_MS = 100;
const RADIOHEAD = [1, 7, 0, 0];

const raw = (options: Partial<ConstructorParameters<typeof RawFramer>[0]> = {}): RawFramer =>
  new RawFramer({
    messageBytesMax: BYTES_MAX,
    gapMs: GAP_MS,
    prefix: 'none',
    hasTrailer: false,
    ...options,
  });

const subjects: Record<string, Subject> = {
  slip: {
    create: () => new SlipFramer(BYTES_MAX),
    encode: encodeSlip,
    frames: anything,
    gapMs: 0,
  },
  cobs: {
    create: () => new CobsFramer(BYTES_MAX),
    encode: encodeCobs,
    frames: anything,
    gapMs: 0,
    separator: [0],
  },
  hdlc: {
    create: () => new HdlcFramer(BYTES_MAX),
    encode: encodeHdlc,
    frames: anything,
    gapMs: 0,
  },
  loralink: {
    create: () => new LoralinkFramer(BYTES_MAX),
    encode: encodeLoralink,
    frames: anything,
    gapMs: 0,
  },
  raw: { create: raw, encode: (frame) => frame, frames: publish, gapMs: GAP_MS },
  'raw with a trailer': {
    create: () => raw({ hasTrailer: true }),
    encode: (frame) => Uint8Array.of(...frame, 0xc4),
    owesTrailer: true,
    frames: publish,
    gapMs: GAP_MS,
  },
  'raw behind RadioHead': {
    create: () => raw({ prefix: 'radiohead' }),
    encode: (frame) => frame,
    frames: publish.map((message) => Uint8Array.of(...RADIOHEAD, ...message)),
    prefix: RADIOHEAD,
    gapMs: GAP_MS,
  },
};

/** Neighbouring discards for one reason are one. */
function merged(framed: readonly Framed[]): unknown[] {
  return framed.reduce<Record<string, unknown>[]>((list, part) => {
    const last = list.at(-1);
    if (part.kind === 'discarded' && last?.['why'] === part.why) {
      last['bytes'] = (last['bytes'] as number) + part.bytes;
    } else {
      list.push(part.kind === 'frame' ? { ...part, data: toHex(part.data) } : { ...part });
    }
    return list;
  }, []);
}

const bytesIn = (framed: readonly Framed[]): number =>
  framed.reduce((sum, part) => sum + (part.kind === 'frame' ? part.lineBytes : part.bytes), 0);

const framesIn = (framed: readonly Framed[]): string[] =>
  framed.flatMap((part) => (part.kind === 'frame' ? [toHex(part.data)] : []));

/** Noise that looks like the real thing: delimiters, escapes, lengths and types in it. */
const noise = fc.array(
  fc.oneof(
    fc.nat(255),
    fc.constantFrom(0xc0, 0xdb, 0xdc, 0x7e, 0x7d, 0x00, 0x01, 0x02, 0x0b, 0x0c, 0x16, 0xfe, 0xff),
  ),
  { maxLength: 1500 },
);

describe.each(Object.entries(subjects))('the %s framer', (_name, subject) => {
  const sample = Uint8Array.of(...(subject.prefix ?? []), ...MESSAGES.nasty);

  it('gives back what was encoded, one frame after the other', () => {
    fc.assert(
      fc.property(fc.array(subject.frames, { maxLength: 5 }), (frames) => {
        const framer = subject.create();
        const line = frames.flatMap((frame) => [...subject.encode(frame)]);
        const framed = framer.push(Uint8Array.from(line), 0);
        expect(framesIn(framed)).toEqual(frames.map((frame) => toHex(frame)));
        expect(bytesIn(framed) + framer.pendingBytes).toBe(line.length);
      }),
    );
  });

  it('takes chunks of any size for the same', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            noise,
            subject.frames.map((frame) => [...subject.encode(frame)]),
          ),
          {
            maxLength: 6,
          },
        ),
        fc.infiniteStream(fc.integer({ min: 1, max: 400 })),
        (parts, sizes) => {
          const line = Uint8Array.from(parts.flat());
          const whole = subject.create();
          const cut = subject.create();
          const expected = [...whole.push(line, 0), ...whole.flush()];
          const framed: Framed[] = [];
          for (let at = 0; at < line.length; ) {
            const size = sizes.next().value as number;
            framed.push(...cut.push(line.subarray(at, at + size), 0));
            at += size;
          }
          framed.push(...cut.flush());
          expect(merged(framed)).toEqual(merged(expected));
        },
      ),
    );
  });

  it('accounts for every octet, and keeps no more than a frame', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(noise, fc.nat(200)), { maxLength: 8 }), (chunks) => {
        const framer = subject.create();
        let now = 0;
        let pushed = 0;
        let accounted = 0;
        for (const [chunk, pauseMs] of chunks) {
          now += pauseMs;
          accounted += bytesIn(framer.push(Uint8Array.from(chunk), now));
          pushed += chunk.length;
          expect(accounted + framer.pendingBytes).toBe(pushed);
        }
        accounted += bytesIn(framer.flush());
        expect(accounted).toBe(pushed);
        expect(framer.pendingBytes).toBe(0);
        expect(framer.nextDeadline()).toBeUndefined();
      }),
    );
  });

  it('recognises the next frame after any noise', () => {
    fc.assert(
      fc.property(noise, subject.frames, (before, frame) => {
        const framer = subject.create();
        framer.push(Uint8Array.from([...before, ...(subject.separator ?? [])]), 0);
        framer.push(new Uint8Array(0), subject.gapMs);
        if (subject.owesTrailer) framer.flush();
        const framed = framer.push(subject.encode(frame), subject.gapMs);
        expect(framesIn(framed)).toContain(toHex(frame));
      }),
    );
  });

  it('gives frames that do not change with the chunk that they came in', () => {
    const chunk = Uint8Array.from(subject.encode(sample));
    const framed = subject.create().push(chunk, 0);
    chunk.fill(0);
    expect(framesIn(framed)).toEqual([toHex(sample)]);
  });

  it('begins anew when the line has ended within a frame', () => {
    const framer = subject.create();
    const line = subject.encode(sample);
    framer.push(line.subarray(0, line.length - 2), 0);
    expect(bytesIn(framer.flush())).toBe(line.length - 2);
    expect(framesIn(framer.push(line, 0))).toEqual([toHex(sample)]);
  });
});

describe('the hdlc framer', () => {
  it('what comes before the first flag is noise, again when the line has begun anew', () => {
    const framer = new HdlcFramer(BYTES_MAX);
    const noise = Uint8Array.of(0x41, 0x42, 0x43, 0x44, 0x7e);
    const whys = () =>
      framer.push(noise).map((framed) => framed.kind === 'discarded' && framed.why);
    expect(whys()).toEqual(['noise']);
    expect(whys()).toEqual(['checksum']);
    framer.flush();
    expect(whys()).toEqual(['noise']);
  });
});
