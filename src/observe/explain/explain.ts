/** Takes a frame apart: which octets are which field, and where a malformed one goes wrong. */
import { type Decoded, decode, type MessageType } from '../../codec/index.js';
import { type Field, layouts } from './layout.js';
import { ENCAPSULATION, messageParts, type Parts } from './parts.js';
import { type Problem, problemOf } from './problem.js';
import { count, hexText } from './text.js';

export interface Row {
  /** Position of the first octet in the frame. */
  at: number;
  octets: Uint8Array;
  label: string;
  text: string;
  /** What a one-line summary says of it; absent: label and text. */
  brief?: string;
}

export interface Explanation {
  decoded: Decoded;
  /** The message's name, as far as the frame tells. */
  name: string;
  /** The frame's header: lengths, types, forwarder. */
  header: Row[];
  /** The message's fields. */
  fields: Row[];
  problem?: Problem;
}

/** Never throws, whatever the octets. */
export function explain(frame: Uint8Array): Explanation {
  const decoded = decode(frame);
  const forwarder = forwarderRows(frame);
  const start = forwarder.length > 0 ? Math.min(frame[0] ?? 0, frame.length) : 0;
  const parts = messageParts(frame, start);
  const fields = parts.type === undefined ? [] : fieldRows(frame, parts, parts.type);
  const explanation: Explanation = {
    decoded,
    name: (forwarder.length > 0 ? 'forwarded ' : '') + (parts.type ?? 'unknown message'),
    header: [...forwarder, ...headerRows(frame, start, parts)],
    fields,
  };
  if (decoded.type === 'MALFORMED') explanation.problem = problemOf(decoded, frame, start, parts);
  return explanation;
}

function row(frame: Uint8Array, at: number, end: number, label: string, text: string): Row {
  return { at, octets: frame.subarray(at, end), label, text };
}

/** The header in front of a forwarded message (SN 1.2, 5.5). */
function forwarderRows(frame: Uint8Array): Row[] {
  if (frame[1] !== ENCAPSULATION || (frame[0] ?? 0) < 2) return [];
  const end = Math.max(2, Math.min(frame[0] ?? 0, frame.length));
  const rows = [
    row(frame, 0, 1, 'length', `${frame[0]}, of the forwarder's header`),
    row(frame, 1, 2, 'type', 'forwarded message'),
  ];
  if (end > 2) rows.push(row(frame, 2, 3, 'control', `radius ${(frame[2] ?? 0) & 3}`));
  if (end > 3) {
    const text = count(end - 3, 'octet');
    rows.push({
      ...row(frame, 3, end, 'wireless node', text),
      brief: `node ${hexText(frame.subarray(3, end))}`,
    });
  }
  return rows;
}

function headerRows(frame: Uint8Array, start: number, parts: Parts): Row[] {
  const { length, lengthOctets, typeAt, type } = parts;
  if (start >= frame.length) return [];
  const form = lengthOctets === 3 ? 'long form' : 'short form';
  const rows = [row(frame, start, typeAt, 'length', `${length ?? 'cut off'}, ${form}`)];
  if (typeAt < frame.length) rows.push(typeRow(frame, typeAt, type));
  return rows;
}

function typeRow(frame: Uint8Array, at: number, type: MessageType | undefined): Row {
  const other = frame[at] === ENCAPSULATION ? 'forwarded message' : 'reserved';
  return row(frame, at, at + 1, 'type', type ?? other);
}

function fieldRows(frame: Uint8Array, parts: Parts, type: MessageType): Row[] {
  const body = frame.subarray(parts.bodyAt, parts.bodyEnd);
  const rows: Row[] = [];
  let at = 0;
  for (const field of layouts[type].fields) {
    const size = field.size === 'rest' ? body.length - at : field.size;
    if (at + size > body.length) break;
    if (size > 0 || field.label.endsWith('payload')) {
      rows.push(fieldRow(field, body, at, size, parts.bodyAt));
    }
    at += size;
  }
  return rows;
}

function fieldRow(field: Field, body: Uint8Array, at: number, size: number, bodyAt: number): Row {
  const octets = body.subarray(at, at + size);
  const plain = { at: bodyAt + at, octets, label: field.label, text: field.text(octets, body) };
  if (field.flags === undefined) return plain;
  return { ...plain, brief: field.flags(octets[0] ?? 0).set.join(', ') };
}
