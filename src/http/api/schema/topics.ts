import { z } from 'zod';
import { named, text } from './kinds.js';

export const topics = named(
  'Topics',
  z.strictObject({
    predefined: z.array(
      z.strictObject({
        id: z.number().int(),
        topic: text('May contain ${clientId}.'),
        clients: z
          .array(z.string())
          .nullable()
          .describe('Client id patterns that it is for; null: all devices, and QoS -1.'),
        constant: text('Its name in the C header.'),
      }),
    ),
  }),
);

export type Topics = z.output<typeof topics>;

export const exportQuery = z.strictObject({
  format: z.enum(['c-header', 'json']).describe('As `topics export` prints it.'),
});

export type ExportQuery = z.output<typeof exportQuery>;
