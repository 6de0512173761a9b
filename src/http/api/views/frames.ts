import type { FrameWish, NumberedFrame } from '../../../observe/capture/ring.js';
import { explain, type Row } from '../../../observe/explain/explain.js';
import { lineOf } from '../../../observe/explain/format.js';
import type { Watch } from '../../../observe/watch.js';
import type { Frame, Frames, FramesQuery } from '../schema/frames.js';
import { signalView } from './payload.js';

/** Octets of a frame, and of one of its fields, that are shown. */
const FRAME_BYTES_MAX = 256;
const FIELD_BYTES_MAX = 64;

/** The latest frames of `place` that `isWanted`, taken apart. */
export function framesView(
  { capture }: { capture: Pick<Watch['capture'], 'latest' | 'lastNumber'> },
  { after, limit }: FramesQuery,
  place: Omit<FrameWish, 'after'>,
  isWanted: (frame: NumberedFrame) => boolean = () => true,
): Frames {
  const wanted: NumberedFrame[] = [];
  for (const frame of capture.latest({ ...place, after })) {
    if (!isWanted(frame)) continue;
    wanted.push(frame);
    if (wanted.length >= limit) break;
  }
  return { frames: wanted.reverse().map(frameView), lastNumber: capture.lastNumber };
}

function frameView({ number, wallMs, data, signal, ...frame }: NumberedFrame): Frame {
  const { name, header, fields, problem } = explain(data);
  return {
    number,
    atMs: wallMs,
    ...frame,
    signal: signalView(signal),
    bytes: data.length,
    hex: hex(data, FRAME_BYTES_MAX),
    name,
    summary: lineOf(data),
    fields: [...header, ...fields].map(fieldView),
    problem: problem === undefined ? null : { ...problem, octet: problem.octet ?? null },
  };
}

const fieldView = ({ at, octets, label, text }: Row): Frame['fields'][number] => ({
  at,
  hex: hex(octets, FIELD_BYTES_MAX),
  label,
  text,
});

const hex = (octets: Uint8Array, max: number): string =>
  Buffer.from(octets.subarray(0, max)).toString('hex');
