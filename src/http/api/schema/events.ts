/** What `/api/events` sends: each event has a name and JSON. */
import { z } from 'zod';
import { flag, named } from './kinds.js';
import { logEntry } from './log.js';
import { overview } from './overview.js';

export const devicesEvent = named(
  'DevicesEvent',
  z
    .strictObject({
      changed: z.array(z.string()).describe('Client ids whose row is another one.'),
      gone: z.array(z.string()).describe('Client ids that are not known any more.'),
      isAll: flag('So many have changed, or with so long names, that none is named: ask for all.'),
    })
    .describe('Devices whose rows have changed since the last event of this name.'),
);

export type DevicesEvent = z.output<typeof devicesEvent>;

export const EVENTS = {
  overview: { schema: overview, summary: 'First, and once a second at most when it has changed.' },
  devices: { schema: devicesEvent, summary: 'Once a second at most.' },
  notice: {
    schema: logEntry,
    summary:
      'As it happens, from level `info` on. What more than 100 in a second would be is left out: their numbers tell.',
  },
} as const;
