/** Takes a frame apart: which octets are which field, and where a malformed one goes wrong. */
import { type Decoded, decode, type Malformed, type MessageType } from '../../codec/index.js';
import type { DecodeError } from '../../codec/codec.js';
import { ENCAPSULATION } from '../../codec/encapsulated.js';
import { codecByCode } from '../../codec/table.js';
import { uint16 } from '../../codec/wire.js';
import { type Field, layouts } from './layout.js';
import { count, hexNumber, hexText, invalidUtf8At } from './text.js';

export interface Row {
  /** Position of the first octet in the frame. */
  at: number;
  octets: Uint8Array;
  label: string;
  text: string;
  /** What a one-line summary says of it; absent: label and text. */
  brief?: string;
}

export interface Problem {
  error: DecodeError;
  text: string;
  /** The octet at which the mistake shows, where it can be told. */
  octet?: number;
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

interface Parts {
  /** What the length field says; undefined when it is cut off. */
  length: number | undefined;
  lengthOctets: 1 | 3;
  typeAt: number;
  type: MessageType | undefined;
  bodyAt: number;
  bodyEnd: number;
}

function messageParts(frame: Uint8Array, start: number): Parts {
  const lengthOctets = frame[start] === 0x01 ? 3 : 1;
  const isThere = frame.length >= start + lengthOctets;
  const length = lengthOctets === 3 ? uint16(frame, start + 1) : frame[start];
  const typeAt = start + lengthOctets;
  const bodyAt = typeAt + 1;
  return {
    length: isThere ? length : undefined,
    lengthOctets,
    typeAt,
    type: codecByCode[frame[typeAt] ?? -1]?.type,
    bodyAt,
    bodyEnd: Math.max(bodyAt, Math.min(frame.length, start + (isThere ? (length ?? 0) : 0))),
  };
}

function row(frame: Uint8Array, at: number, end: number, label: string, text: string): Row {
  return { at, octets: frame.subarray(at, end), label, text };
}

/** The header in front of a forwarded message (SN 1.2, 5.5). */
function forwarderRows(frame: Uint8Array): Row[] {
  if (frame[1] !== ENCAPSULATION || frame[0] === 0x01) return [];
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

function problemOf(decoded: Malformed, frame: Uint8Array, start: number, parts: Parts): Problem {
  const { error } = decoded;
  const found = describeProblem(decoded, frame, start, parts);
  return { error, ...found };
}

function describeProblem(
  { error, messageType }: Malformed,
  frame: Uint8Array,
  start: number,
  parts: Parts,
): Omit<Problem, 'error'> {
  const { length, typeAt, bodyAt } = parts;
  switch (error) {
    case 'empty-datagram':
      return { text: 'the frame has no octets at all' };
    case 'truncated':
      return { text: truncation(frame, start, parts), octet: frame.length };
    case 'length-too-small':
      return { text: `length ${length} is less than the header itself takes`, octet: start };
    case 'trailing-bytes':
      return {
        text:
          `${count(frame.length - start - (length ?? 0), 'octet')} too many: ` +
          `the length says ${length}, ${frame.length - start} came`,
        octet: start + (length ?? 0),
      };
    case 'bad-encapsulation':
      return { text: "a forwarder's header has no long form", octet: typeAt };
    case 'nested-encapsulation':
      return { text: 'a forwarded message inside a forwarded message', octet: typeAt };
    case 'reserved-type':
      return { text: `message type ${hexNumber(frame[typeAt] ?? 0)} is reserved`, octet: typeAt };
    case 'bad-body-length':
      return messageType === undefined
        ? { text: "a forwarder's header has at least 3 octets", octet: 0 }
        : bodyLength(messageType, parts);
    case 'reserved-topic-id-type':
      return { text: 'topic id type 3 (the two low bits of the flags) is reserved', octet: bodyAt };
    case 'invalid-utf8':
      return { text: 'a text field is not valid UTF-8', ...textMistake(frame, parts) };
    default:
      return error satisfies never;
  }
}

function truncation(frame: Uint8Array, start: number, { length }: Parts): string {
  if (start > 0 && (frame[0] ?? 0) > frame.length) {
    return `the forwarder's header should have ${frame[0]} octets, ${frame.length} came`;
  }
  if (start >= frame.length) return 'nothing follows the header of the forwarder';
  if (length === undefined) return 'the long form needs two more length octets';
  return `the length says ${length}, ${frame.length - start} came`;
}

function bodyLength(type: MessageType, { bodyAt, bodyEnd }: Parts): Omit<Problem, 'error'> {
  const { fields, mayBeEmpty } = layouts[type];
  const sizes = fields.map(({ size }) => (size === 'rest' ? 0 : size));
  const least = sizes.reduce<number>((sum, size) => sum + size, 0);
  const isOpen = fields.some(({ size }) => size === 'rest');
  const wanted = `${isOpen ? 'at least ' : ''}${least}${mayBeEmpty ? ' or 0' : ''}`;
  const got = bodyEnd - bodyAt;
  if (isOpen && got >= least) {
    // SUBSCRIBE and UNSUBSCRIBE: the topic id type fixes the size of the open field.
    const text = `a predefined or short topic has 2 octets, here are ${got - least}`;
    return { text, octet: bodyAt + least };
  }
  return {
    text: `${type} takes ${wanted} octets after its type, here are ${got}`,
    octet: bodyAt + Math.min(got, least),
  };
}

function textMistake(frame: Uint8Array, { type, bodyAt, bodyEnd }: Parts): { octet?: number } {
  const body = frame.subarray(bodyAt, bodyEnd);
  let at = 0;
  for (const field of type === undefined ? [] : layouts[type].fields) {
    const size = field.size === 'rest' ? body.length - at : field.size;
    if (field.utf8?.(body)) {
      return { octet: bodyAt + at + invalidUtf8At(body.subarray(at, at + size)) };
    }
    at += size;
  }
  return {};
}
