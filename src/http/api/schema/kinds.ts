/**
 * The kinds of values that the API speaks in. One rule each: moments are milliseconds since 1970 (`…AtMs`, `sinceMs`),
 * durations are seconds (`…Sec`), sizes are octets (`…Bytes`, `bytes`), and what is not known is null, never absent.
 */
import { z } from 'zod';

/** The schemas that have a name in the OpenAPI description. */
export const NAMES = z.registry<{ id: string }>();

/** Gives a schema its name there. */
export function named<T extends z.ZodType>(id: string, schema: T): T {
  NAMES.add(schema, { id });
  return schema;
}

export const text = (sentence: string) => z.string().describe(sentence);
export const flag = (sentence: string) => z.boolean().describe(sentence);
export const moment = (sentence: string) =>
  z.number().describe(`${sentence} Milliseconds since 1970.`);
export const seconds = (sentence: string) => z.number().min(0).describe(`${sentence} Seconds.`);
export const count = (sentence: string) => z.number().int().min(0).describe(sentence);
export const octets = (sentence: string) => count(`${sentence} Octets.`);

export const qos = z.number().int().min(0).max(2).describe('MQTT quality of service.');

export const clientId = z.string().describe('Client id: the identity of a device.');

/** Of a device. REFUSED: it has no session, because its CONNECT was refused. */
export const STATES = [
  'DISCONNECTED',
  'CONNECTING',
  'ACTIVE',
  'ASLEEP',
  'AWAKE',
  'LOST',
  'REFUSED',
] as const;

export const signal = named(
  'Signal',
  z
    .strictObject({
      rssiDbm: z.number().nullable().describe('Received signal strength, dBm.'),
      snrDb: z.number().nullable().describe('Signal to noise ratio, dB.'),
      lqi: z.number().nullable().describe('Link quality, 0 to 255.'),
    })
    .describe('How well a frame was received, as far as the link tells.'),
);

export const payload = named(
  'Payload',
  z
    .strictObject({
      bytes: octets('Of the whole payload.'),
      hex: text('Its first octets.'),
      text: z.string().nullable().describe('The same as text, where they are printable UTF-8.'),
      isCut: flag('There is more of it than is shown.'),
    })
    .describe('What a message says, or the beginning of it.'),
);

export type Signal = z.output<typeof signal>;
export type Payload = z.output<typeof payload>;
