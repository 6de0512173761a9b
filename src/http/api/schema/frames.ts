/** Frames of the capture ring, taken apart. */
import { z } from 'zod';
import { count, moment, named, octets, signal, text } from './kinds.js';

const field = z.strictObject({
  at: count('Position of its first octet in the frame.'),
  hex: text('Its octets, the first 64 of them.'),
  label: text('What it is.'),
  text: text('What it says.'),
});

export const frame = named(
  'Frame',
  z
    .strictObject({
      number: count('Counts the frames of this run; later ones have higher numbers.'),
      atMs: moment('When the gateway took it, or gave it to the link.'),
      link: text('Name of the link.'),
      direction: z.enum(['in', 'out']).describe('`in`: from a device.'),
      address: z.string().nullable().describe('As the link writes it; null: to everybody.'),
      verdict: text(
        'What became of it: `accepted`, `malformed (…)`, `dropped, REASON: …`, `refused, CODE: …`, `sent`, `not sent, REASON: …`.',
      ),
      signal: signal.nullable(),
      bytes: octets('Of the frame.'),
      hex: text('Its octets, the first 256 of them.'),
      name: text('Of the message, as far as the frame tells.'),
      summary: text('The whole frame in one line.'),
      fields: z.array(field).describe('In the order of their octets.'),
      problem: z
        .strictObject({
          error: text('Stable.'),
          text: text('What is wrong.'),
          octet: z.number().int().nullable().describe('Where it shows.'),
        })
        .nullable()
        .describe('Of a malformed frame.'),
    })
    .describe('A frame, field by field.'),
);

export type Frame = z.output<typeof frame>;

export const frames = named(
  'Frames',
  z.strictObject({
    frames: z.array(frame).describe('The oldest first.'),
    lastNumber: count('Of the latest frame of the run: `after` of the next question.'),
  }),
);

export type Frames = z.output<typeof frames>;

export const framesQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0).describe('Only frames with higher numbers.'),
  limit: z.coerce.number().int().min(1).max(500).default(100).describe('The latest so many.'),
});

export type FramesQuery = z.output<typeof framesQuery>;
