import { z } from 'zod';
import { clientId, count, flag, named, text } from './kinds.js';

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

export const topicId = z.strictObject({
  id: z.number().int(),
  topic: text('Its name.'),
  kind: z.enum(['registered', 'predefined']).describe('predefined: one that the device has used.'),
  isConfirmed: flag('The device has agreed on it since it connected.'),
  isRefused: flag('The device has refused it since it connected.'),
});

export type TopicId = z.output<typeof topicId>;

export const topicIdsQuery = z.strictObject({
  q: z.string().optional().describe('Only those with this in topic or client id.'),
  offset: z.coerce.number().int().min(0).default(0).describe('Leaves out so many.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('So many at most.'),
});

export type TopicIdsQuery = z.output<typeof topicIdsQuery>;

export const topicIds = named(
  'TopicIds',
  z
    .strictObject({
      total: count('That match, whatever `limit` is.'),
      topicIds: z.array(z.strictObject({ client: clientId, ...topicId.shape })),
    })
    .describe('What devices have registered, device by device.'),
);

export type TopicIds = z.output<typeof topicIds>;
