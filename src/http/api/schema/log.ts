import { z } from 'zod';
import { count, moment, named, text } from './kinds.js';

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export const logEntry = named(
  'LogEntry',
  z
    .strictObject({
      number: count('Counts the entries of this run; later ones have higher numbers.'),
      atMs: moment('When it happened.'),
      level: z.enum(LEVELS),
      code: text('Stable; the documentation has its cause and remedy.'),
      message: text('For people.'),
      client: z.string().nullable().describe('The device that it is about.'),
      link: z.string().nullable().describe('The link that it is about.'),
      address: z.string().nullable().describe('The address on that link.'),
      details: z.record(z.string(), z.unknown()).describe('What else the log line has.'),
    })
    .describe('One line of the log.'),
);

export type LogEntry = z.output<typeof logEntry>;

export const log = named(
  'Log',
  z.strictObject({
    entries: z.array(logEntry).describe('The oldest first.'),
    lastNumber: count('Of the latest entry of the run: `after` of the next question.'),
  }),
);

export type Log = z.output<typeof log>;

export const logQuery = z.strictObject({
  level: z.enum(LEVELS).default('info').describe('The least important entries to show.'),
  device: z.string().optional().describe('Only entries about this client id.'),
  link: z.string().optional().describe('Only entries about this link.'),
  code: z.string().optional().describe('Only entries with this code.'),
  after: z.coerce.number().int().min(0).default(0).describe('Only entries with higher numbers.'),
  limit: z.coerce.number().int().min(1).max(1000).default(200).describe('The latest so many.'),
});

export type LogQuery = z.output<typeof logQuery>;
