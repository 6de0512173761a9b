/**
 * The kinds of values that keys can have. Each takes the key's sentence and adds its range and unit
 * to it, so that editors, the default file and the error messages say the same.
 */
import { z } from 'zod';
import {
  DURATION,
  type ListenAddress,
  type Milliseconds,
  type Octets,
  parseDuration,
  parseListenAddress,
  parseSize,
  SIZE,
} from './values.js';

/** What stands for a device's client id in topics and user names. */
export const CLIENT_ID_TEMPLATE = '${clientId}';

const NOT_EMPTY = 'must not be empty';

/** Says what is wrong with a text; undefined: nothing. */
export type TextCheck = (value: string) => string | undefined;

interface TextOptions {
  check?: TextCheck;
  /** Whether `${clientId}` may stand in it. */
  template?: boolean;
}

export function integer(sentence: string, min: number, max: number) {
  const error = must(`be a whole number from ${min} to ${max}`);
  return z
    .int({ error })
    .min(min, { error })
    .max(max, { error })
    .describe(`${sentence} From ${min} to ${max}.`);
}

export function flag(sentence: string) {
  return z.boolean({ error: must('be true or false') }).describe(sentence);
}

export function oneOf<const T extends readonly [string, ...string[]]>(sentence: string, values: T) {
  return z
    .enum(values, { error: must(`be one of ${values.join(', ')}`) })
    .describe(`${sentence} One of ${values.join(', ')}.`);
}

export function text(sentence: string, options?: TextOptions) {
  return judged(z.string({ error: mustBeText }).min(1, { error: NOT_EMPTY }), options).describe(
    sentence,
  );
}

/** Text that may be empty. */
export function anyText(sentence: string, options?: TextOptions) {
  return judged(z.string({ error: mustBeText }), options).describe(sentence);
}

function judged(kind: z.ZodString, { check, template = false }: TextOptions = {}): z.ZodString {
  return kind.check((ctx) => {
    const message =
      !template && ctx.value.includes(CLIENT_ID_TEMPLATE)
        ? `cannot contain ${CLIENT_ID_TEMPLATE}: it is the same for all devices`
        : check?.(ctx.value);
    if (message !== undefined) {
      ctx.issues.push({ code: 'custom', message, input: ctx.value, continue: true });
    }
  });
}

/** Text that is never printed. */
export function secret(sentence: string) {
  return z
    .string({ error: mustBeText })
    .min(1, { error: NOT_EMPTY })
    .describe(sentence)
    .meta({ writeOnly: true });
}

/**
 * The path of a file that is read when the configuration is loaded. `secret`: its content becomes
 * the value of the key without `_file`; `pem`: the value of this key.
 */
export function file(sentence: string, content: 'secret' | 'pem') {
  return text(`${sentence} A path, relative to this file.`).meta({ 'x-file': content });
}

/** A duration in milliseconds; `step` `1s`: whole seconds, because the protocol counts in them. */
export function duration(sentence: string, min: string, max: string, step: '1ms' | '1s' = '1ms') {
  const [minMs = 0, maxMs = 0, stepMs = 1] = [min, max, step].map(parseDuration);
  const whole = step === '1s' ? ' in whole seconds' : '';
  const error = must(
    `be a duration from ${min} to ${max}${whole} (500ms, 30s, 15m, 24h, 7d or a number of seconds)`,
  );
  return z
    .union(
      [
        z.string().regex(DURATION, { error }),
        z
          .number()
          .min(minMs / 1000, { error })
          .max(maxMs / 1000, { error }),
      ],
      { error },
    )
    .transform((value, ctx): Milliseconds => {
      const ms = parseDuration(value);
      if (ms !== undefined && ms >= minMs && ms <= maxMs && ms % stepMs === 0) return ms;
      ctx.issues.push({ code: 'custom', message: error({ input: value }), input: value });
      return z.NEVER;
    })
    .describe(`${sentence} A duration from ${min} to ${max}${whole}.`);
}

/** A size in octets. */
export function size(sentence: string, min: string | number, max: string | number) {
  const [minOctets = 0, maxOctets = 0] = [min, max].map(parseSize);
  const error = must(`be a size from ${min} to ${max} (64KiB, 1MiB or a number of bytes)`);
  return z
    .union(
      [
        z.string().regex(SIZE, { error }),
        z.int().min(minOctets, { error }).max(maxOctets, { error }),
      ],
      { error },
    )
    .transform((value, ctx): Octets => {
      const octets = parseSize(value);
      if (octets !== undefined && octets >= minOctets && octets <= maxOctets) return octets;
      ctx.issues.push({ code: 'custom', message: error({ input: value }), input: value });
      return z.NEVER;
    })
    .describe(
      `${sentence} A size from ${min} to ${max}${typeof max === 'number' ? ' bytes' : ''}.`,
    );
}

/** An address of this machine and a port. */
export function listenAddress(sentence: string) {
  const error = must('be an IP address and a port, such as 0.0.0.0:1883 or [::]:1883');
  return z
    .string({ error })
    .transform((value, ctx): ListenAddress => {
      const address = parseListenAddress(value);
      if (address !== undefined) return address;
      ctx.issues.push({ code: 'custom', message: error({ input: value }), input: value });
      return z.NEVER;
    })
    .describe(`${sentence} IP address and port; IPv6 as [::]:1883, port 0 for any free one.`);
}

/** Keys that belong together. Keys that are not in `shape` are errors. */
export function section<S extends z.ZodRawShape>(sentence: string, shape: S) {
  return z
    .strictObject(shape, { error: must('be a mapping (lines of `key: value`)') })
    .describe(sentence);
}

export function list<T extends z.ZodType>(sentence: string, item: T) {
  return z.array(item, { error: must('be a list (lines that begin with `-`)') }).describe(sentence);
}

/** A key whose feature comes later: refused, so that nobody relies on something that is not there. */
export function notYet(what: string) {
  return z
    .never({ error: `is not available yet: ${what}; remove it` })
    .describe(`Not available yet: ${what}.`)
    .optional();
}

/** Never repeats a text: it may have come from a secret. */
function must(what: string) {
  return ({ input }: { input?: unknown }): string => {
    if (input === undefined) return `is missing; it must ${what}`;
    return typeof input === 'string' ? `must ${what}` : `must ${what}, not ${shown(input)}`;
  };
}

function mustBeText({ input }: { input?: unknown }): string {
  if (input === undefined) return 'is missing; it must be text';
  const scalar = typeof input === 'number' || typeof input === 'boolean';
  return scalar ? 'must be text: put it in quotes' : `must be text, not ${shown(input)}`;
}

function shown(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'a mapping';
}
