import { z } from 'zod';
import { named } from './kinds.js';

export const configuration = named(
  'Configuration',
  z.strictObject({
    config: z
      .record(z.string(), z.unknown())
      .describe('With defaults filled in; durations are milliseconds, sizes octets, secrets ***.'),
  }),
);

export type Configuration = z.output<typeof configuration>;
