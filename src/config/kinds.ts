/**
 * The kinds of values that keys can have. Each takes the key's sentence and adds its range and unit
 * to it, so that editors, the default file and the error messages say the same.
 */
import { z } from 'zod';
import {
  DURATION,
  FREQUENCY,
  type Hertz,
  type ListenAddress,
  type Milliseconds,
  type Octets,
  parseDuration,
  parseFrequency,
  parseListenAddress,
  parsePort,
  parseShare,
  parseSize,
  type PortAddress,
  SHARE,
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

/**
 * A secret of hexadecimal digits, in the file or in one of its own: `x-content` says what that file has
 * to hold.
 */
export function hexSecret(sentence: string, digits: readonly number[]) {
  const message = `must be ${digits.join(' or ')} hexadecimal digits`;
  const form = new RegExp(`^(?:${digits.map((count) => `[0-9a-fA-F]{${count}}`).join('|')})$`);
  return z
    .string({ error: mustBeText })
    .regex(form, { error: message })
    .describe(sentence)
    .meta({ writeOnly: true, 'x-content': message });
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

/** A frequency in hertz. */
export function frequency(sentence: string, min: string, max: string) {
  const [minHz = 0, maxHz = 0] = [min, max].map(parseFrequency);
  const error = must(`be a frequency from ${min} to ${max}, with its unit (869.525MHz, 125kHz)`);
  return z
    .union(
      [
        z.string().regex(FREQUENCY, { error }),
        z.number().min(minHz, { error }).max(maxHz, { error }),
      ],
      { error },
    )
    .transform((value, ctx): Hertz => {
      const hertz = parseFrequency(value);
      if (hertz !== undefined && hertz >= minHz && hertz <= maxHz) return hertz;
      ctx.issues.push({ code: 'custom', message: error({ input: value }), input: value });
      return z.NEVER;
    })
    .describe(`${sentence} A frequency from ${min} to ${max}.`);
}

/** A share above 0, up to 1. */
export function share(sentence: string) {
  const error = must('be a percentage above 0% and up to 100% (1%, 0.1%), or a number up to 1');
  return z
    .union([z.string().regex(SHARE, { error }), z.number().positive({ error }).max(1, { error })], {
      error,
    })
    .transform((value, ctx): number => {
      const parsed = parseShare(value);
      if (parsed !== undefined && parsed > 0 && parsed <= 1) return parsed;
      ctx.issues.push({ code: 'custom', message: error({ input: value }), input: value });
      return z.NEVER;
    })
    .describe(`${sentence} A percentage.`);
}

/** How many octets LoRa sends for four: the number behind the slash. */
export function codingRate(sentence: string) {
  const rates = oneOf(sentence, ['4/5', '4/6', '4/7', '4/8']);
  return rates
    .transform((rate): 5 | 6 | 7 | 8 => Number(rate.slice(2)) as 5 | 6 | 7 | 8)
    .describe(rates.description ?? '');
}

/** A serial port. */
export function port(sentence: string) {
  const error = must(
    'be the path of a serial port, such as /dev/serial/by-id/usb-…, or tcp://host:port',
  );
  return z
    .string({ error })
    .transform((value, ctx): PortAddress => {
      const address = parsePort(value);
      if (address !== undefined) return address;
      ctx.issues.push({ code: 'custom', message: error({ input: value }), input: value });
      return z.NEVER;
    })
    .describe(sentence);
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

const mustBeMapping = must('be a mapping (lines of `key: value`)');

/** Keys that belong together. Keys that are not in `shape` are errors. */
export function section<S extends z.ZodRawShape>(sentence: string, shape: S) {
  return z.strictObject(shape, { error: mustBeMapping }).describe(sentence);
}

/** Sections that are told apart by their `type`. `later`: says of a type that it will be there. */
export function sectionsByType<
  const T extends readonly [z.core.$ZodTypeDiscriminable, ...z.core.$ZodTypeDiscriminable[]],
>(sentence: string, sections: T, later: (type: unknown) => string | undefined) {
  return z
    .discriminatedUnion('type', sections, {
      error: ({ code, input, options }) => {
        if (code !== 'invalid_union') return mustBeMapping({ input });
        const { type } = input as { type?: unknown };
        const message = `must be one of ${(options as unknown[]).join(', ')}`;
        return later(type) ?? (type === undefined ? `is missing; it ${message}` : message);
      },
    })
    .describe(sentence);
}

export function list<T extends z.ZodType>(sentence: string, item: T) {
  return z.array(item, { error: must('be a list (lines that begin with `-`)') }).describe(sentence);
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
