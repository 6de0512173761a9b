/** Framers: every octet is accounted for, chunks of any size mean the same, frames come back whole. */
import assert from 'node:assert/strict';
import { CobsFramer, encodeCobs } from '../../../src/framing/cobs.js';
import { encodeHdlc, HdlcFramer } from '../../../src/framing/hdlc.js';
import { encodeLoralink, LoralinkFramer } from '../../../src/framing/loralink-frame.js';
import { RawFramer } from '../../../src/framing/raw.js';
import { RylrLineFramer } from '../../../src/framing/rylr-lines.js';
import { encodeSlip, SlipFramer } from '../../../src/framing/slip.js';
import { TextLineFramer } from '../../../src/framing/text-lines.js';
import { createXbeeFramer, encodeXbeeFrame } from '../../../src/framing/xbee-frame.js';
import { pieces, spliced } from '../lines.js';
import type { Target } from '../target.js';
import { messageFrames, modemLines, words } from '../vectors.js';

/** What any framer says of a line. */
type Event =
  | { kind: 'frame' | 'reception'; data: Uint8Array; lineBytes: number }
  | { kind: 'line'; text: string }
  | { kind: 'discarded'; bytes: number; why: string };

interface AnyFramer {
  push(data: Uint8Array, now: number): Event[];
  flush(): Event[];
  nextDeadline?(): number | undefined;
  readonly pendingBytes: number;
}

interface Subject {
  create: () => AnyFramer;
  /** Line ends belong to no line. */
  isText?: boolean;
  encode?: (frame: Uint8Array) => Uint8Array;
}

const BYTES_MAX = 300;
const GAP_MS = 100;
/** No framer holds more: a reception of RYLR, a frame of XBee, a message behind two headers. */
const PENDING_BYTES_MAX = 1024;

const raw = (prefix: 'none' | 'radiohead', hasTrailer: boolean) => (): AnyFramer =>
  new RawFramer({ messageBytesMax: BYTES_MAX, gapMs: GAP_MS, prefix, hasTrailer });

const SUBJECTS: readonly Subject[] = [
  { create: () => new SlipFramer(BYTES_MAX), encode: encodeSlip },
  {
    create: () => new CobsFramer(BYTES_MAX),
    encode: (frame) => Uint8Array.of(0, ...encodeCobs(frame)),
  },
  { create: () => new HdlcFramer(BYTES_MAX), encode: encodeHdlc },
  { create: () => new LoralinkFramer(BYTES_MAX), encode: encodeLoralink },
  { create: () => createXbeeFramer(1, GAP_MS), encode: (frame) => encodeXbeeFrame(frame, 1) },
  { create: () => createXbeeFramer(2, GAP_MS), encode: (frame) => encodeXbeeFrame(frame, 2) },
  { create: raw('none', false) },
  { create: raw('none', true) },
  { create: raw('radiohead', false) },
  { create: () => new TextLineFramer(BYTES_MAX), isText: true },
  { create: () => new RylrLineFramer(GAP_MS), isText: true },
];

/** Subject, and size of the pieces. */
const HEAD_BYTES = 2;

export const framing: Target = {
  name: 'framing',
  bytesMax: 1200,
  seeds: () =>
    SUBJECTS.flatMap((_, number) =>
      [...modemLines(), ...messageFrames()].map((line) => Uint8Array.of(number, 7, ...line)),
    ),
  dictionary: words('+RCV=', ',', '\r\n', '+RCV=1,5,abcde,-99,40'),
  work: { base: 3000, perOctet: 2500 },
  mutate: (input, random) => spliced(input, modemLines(), HEAD_BYTES, random),
  run: ([number = 0, size = 0, ...octets]) => {
    const subject = SUBJECTS[number % SUBJECTS.length] as Subject;
    const line = Uint8Array.from(octets);
    const whole = take(subject, line, 0);
    assert.deepEqual(take(subject, line, Math.max(1, size)), whole, 'chunks mean the same');
    expectReturn(subject, line);
  },
};

/** What a line means: neighbouring discards are one, whatever their reason and pieces. */
function take(subject: Subject, line: Uint8Array, size: number): unknown[] {
  // Text that is too long is counted, and no longer kept.
  const { isText = false } = subject;
  const framer = subject.create();
  const events: Event[] = [];
  for (const piece of pieces(line, size)) {
    events.push(...framer.push(piece, 0));
    if (!isText) assert.ok(framer.pendingBytes <= PENDING_BYTES_MAX, 'memory is bounded');
  }
  const taken = bytesOf(events) + framer.pendingBytes;
  const lineEnds = isText ? line.filter(isLineEnd).length : 0;
  assert.ok(taken <= line.length, `${taken} of ${line.length} octets are accounted for`);
  assert.ok(taken >= line.length - lineEnds, `${taken} of ${line.length} octets are accounted for`);
  const flushed = framer.flush();
  assert.equal(framer.pendingBytes, 0, 'nothing is left');
  assert.equal(framer.nextDeadline?.(), undefined, 'nothing is waited for');
  return merged([...events, ...flushed]);
}

const isLineEnd = (octet: number): boolean => octet === 0x0a || octet === 0x0d;

const bytesOf = (events: readonly Event[]): number =>
  events.reduce((sum, event) => sum + bytesOfOne(event), 0);

function bytesOfOne(event: Event): number {
  if (event.kind === 'line') return event.text.length;
  return event.kind === 'discarded' ? event.bytes : event.lineBytes;
}

function merged(events: readonly Event[]): unknown[] {
  const list: (Event | number)[] = [];
  for (const event of events) {
    const last = list.at(-1);
    if (event.kind !== 'discarded') list.push(event);
    else if (typeof last === 'number') list.splice(-1, 1, last + event.bytes);
    else list.push(event.bytes);
  }
  return list;
}

/** Behind whatever has come and gone, what is encoded comes back. */
function expectReturn({ create, encode }: Subject, line: Uint8Array): void {
  const frame = line.subarray(0, BYTES_MAX);
  if (encode === undefined || frame.length === 0) return;
  const framer = create();
  framer.push(line, 0);
  framer.flush();
  const [event, ...others] = framer.push(encode(frame), 0);
  assert.equal(others.length, 0, 'one frame is one frame');
  assert.equal(event?.kind, 'frame', 'a frame comes back');
  assert.deepEqual((event as { data: Uint8Array }).data, frame, 'a frame comes back whole');
}
