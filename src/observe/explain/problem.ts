/** What is wrong with a frame that the codec refused, in words, and at which octet. */
import type { DecodeError, Malformed, MessageType } from '../../codec/index.js';
import { layouts } from './layout.js';
import type { Parts } from './parts.js';
import { count, hexNumber, invalidUtf8At } from './text.js';

export interface Problem {
  error: DecodeError;
  text: string;
  /** The octet at which the mistake shows, where it can be told. */
  octet?: number;
}

/** `start`: where the message begins, behind the header of a forwarder. */
export function problemOf(
  malformed: Malformed,
  frame: Uint8Array,
  start: number,
  parts: Parts,
): Problem {
  return { error: malformed.error, ...mistake(malformed, frame, start, parts) };
}

type Mistake = Omit<Problem, 'error'>;

function mistake(
  { error, messageType }: Malformed,
  frame: Uint8Array,
  start: number,
  parts: Parts,
): Mistake {
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

function bodyLength(type: MessageType, { bodyAt, bodyEnd }: Parts): Mistake {
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
