/** The kinds of values in a scene. Each says in its error what it wants. */
import { z } from 'zod';
import type { TopicReference } from '../sn/messages.js';

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** `500ms`, `30s`, `5m`, `1h`, or a number of seconds; in milliseconds. */
export const duration = parsed('a duration such as 500ms, 30s, 5m or 1h', (value) => {
  if (typeof value === 'number') return value >= 0 ? value * 1000 : undefined;
  const [, count = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(String(value)) ?? [];
  const unitMs = UNIT_MS[unit];
  return unitMs === undefined ? undefined : Number(count) * unitMs;
});

const UNIT_HZ: Readonly<Record<string, number>> = { Hz: 1, kHz: 1000, MHz: 1_000_000 };

/** `125kHz`, or a number of hertz. */
export const frequency = parsed('a frequency such as 125kHz', (value) => {
  if (typeof value === 'number') return value > 0 ? value : undefined;
  const [, count = '', unit = ''] = /^(\d+(?:\.\d+)?)(Hz|kHz|MHz)$/.exec(String(value)) ?? [];
  const unitHz = UNIT_HZ[unit];
  return unitHz === undefined ? undefined : Number(count) * unitHz;
});

/** `4/5` to `4/8`; the denominator. */
export const codingRate = parsed('a coding rate from 4/5 to 4/8', (value) => {
  const [, denominator] = /^4\/([5-8])$/.exec(String(value)) ?? [];
  return denominator === undefined ? undefined : Number(denominator);
});

export interface Address {
  host: string;
  port: number;
}

/** `127.0.0.1:1883`, or `[::1]:1883`. */
export const address = parsed<Address>('an address such as 127.0.0.1:1883', (value) => {
  const [, six, four, digits] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(String(value)) ?? [];
  const host = six ?? four;
  const port = Number(digits);
  return host === undefined || port > 0xffff ? undefined : { host, port };
});

export const number = (min: number, max: number) => {
  const error = `must be a number from ${min} to ${max}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
};

export const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};

/** 0 to 1. */
export const rate = number(0, 1);

export const text = z.string({ error: 'must be text' }).min(1, { error: 'must not be empty' });

/** Text, or a number that stands for its digits. */
export const word = z
  .union([text, z.number()], { error: 'must be text' })
  .transform((value) => String(value));

export const hexOctets = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** Octets in hexadecimal; none are possible. */
export const octets = parsed('octets in hexadecimal', (value) => {
  const isHex = typeof value === 'string' && /^([0-9a-f]{2})*$/i.test(value);
  return isHex ? hexOctets(value) : undefined;
});

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

export const qos = z.union([z.literal(0), z.literal(1), z.literal(2)], {
  error: 'must be 0, 1 or 2',
});

/** A topic name, `{ predefined: 3 }` or `{ short: ab }`. */
export const topic = parsed<TopicReference>(
  'a topic name, { predefined: ID } or { short: two characters }',
  (value) => {
    if (typeof value === 'string' && value !== '') return { kind: 'normal', name: value };
    const known = REFERENCE.safeParse(value);
    if (!known.success) return undefined;
    const { predefined, short } = known.data;
    if (predefined !== undefined) return { kind: 'predefined', id: predefined };
    return short === undefined ? undefined : { kind: 'short', name: short };
  },
);

const REFERENCE = z.strictObject({
  predefined: z.int().min(1).max(0xfffe).optional(),
  short: z
    .string()
    .regex(/^[\x21-\x7e]{2}$/)
    .optional(),
});

function parsed<T>(wanted: string, read: (value: unknown) => T | undefined) {
  return z.unknown().transform((value, context): T => {
    const result = value === undefined ? undefined : read(value);
    if (result !== undefined) return result;
    context.addIssue(value === undefined ? 'is missing' : `must be ${wanted}`);
    return z.NEVER;
  });
}
