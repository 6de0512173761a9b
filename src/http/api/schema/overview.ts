/** What the page shows first: the gateway, its broker, its journal, its links. */
import { z } from 'zod';
import { count, flag, moment, named, octets, seconds, signal, STATES, text } from './kinds.js';

const traffic = z.strictObject({
  frames: count('MQTT-SN messages since the start.'),
  bytes: octets('Of them.'),
  framesPerSec: z.number().min(0).describe('Over the latest seconds.'),
});

const airTime = named(
  'AirTime',
  z
    .strictObject({
      usedSec: seconds('On the air in the latest hour, as the law counts it.'),
      allowedSec: z
        .number()
        .nullable()
        .describe('What the law allows in any hour; null: it does not say. Seconds.'),
      assumedSec: seconds('Of the used: what an earlier run may have sent, because nobody knows.'),
      isReduced: flag('The store fails, and only a part of the allowed air time is used.'),
      queuedFrames: count('Frames that wait for the modem.'),
      queuedSec: seconds('Their time on air.'),
    })
    .describe('The allowance of an hour.'),
);

export const link = named(
  'Link',
  z.strictObject({
    name: text('As in the configuration.'),
    type: z.enum(['udp', 'serial']),
    description: text('Where and how: address and port, or modem, port and settings.'),
    modem: z.string().nullable().describe('Kind of modem.'),
    state: z
      .enum(['starting', 'up', 'down'])
      .describe('`down`: nothing can come in or go out; `trouble` says why.'),
    sinceMs: moment('When it came into this state.'),
    trouble: z
      .strictObject({
        code: text('Stable; the same as in the log.'),
        message: text('What is wrong, and what to do.'),
        atMs: moment('When it was last told.'),
      })
      .nullable()
      .describe('What is wrong with the link now.'),
    isCongested: flag('Its air has room for answers only: new connections are told to wait.'),
    received: traffic.extend({
      malformed: count('Of them those that were no MQTT-SN.'),
    }),
    sent: traffic,
    signal: signal.nullable().describe('Of the latest frame.'),
    heardAtMs: moment('When the latest frame came.').nullable(),
    airTime: airTime.nullable().describe('Of links with a modem.'),
    devices: count('Devices that are connected on it, asleep or awake.'),
    missing: count('Devices that were lost, or are late, since it heard its latest frame.'),
  }),
);

const sessions = z
  .strictObject(
    Object.fromEntries(
      STATES.map((state) => [state, count(`Devices that are ${state}.`)]),
    ) as Record<(typeof STATES)[number], z.ZodNumber>,
  )
  .describe('Devices by state.');

export const overview = named(
  'Overview',
  z.strictObject({
    nowMs: moment('The clock of the gateway, when it answered.'),
    gateway: z.strictObject({
      name: text('As in the configuration.'),
      version: text('Of the program.'),
      gwId: z.number().int().describe('Gateway id of MQTT-SN, 1 to 255.'),
      startedAtMs: moment('When this run began.'),
      admitsStrangers: flag(
        'Devices that no rule matches may connect (access.unknown_devices: allow).',
      ),
      isReady: flag('Devices are served, and what they say is kept and reaches the broker.'),
      reasons: z
        .array(z.enum(['starting', 'stopping', 'store-failing', 'broker-away']))
        .describe('Why it is not ready.'),
    }),
    broker: z.strictObject({
      server: text('Where it is, without secrets; `embedded`: in this process.'),
      mode: z.enum(['aggregating', 'transparent']),
      isUp: flag("The gateway's own connection is up."),
      sinceMs: moment('Since when.'),
      detail: z.string().nullable().describe('Why it is away, or which broker answers.'),
    }),
    store: z.strictObject({
      state: z
        .enum(['working', 'failing', 'memory'])
        .describe('`memory`: the configuration wants no disk. `failing`: the disk takes nothing.'),
      sinceMs: moment('Since when.'),
      detail: z.string().nullable().describe('Why it fails.'),
    }),
    links: z.array(link).describe('In the order of the configuration.'),
    sessions,
    buffered: z
      .strictObject({ messages: count('Of all devices.'), bytes: octets('Of them.') })
      .describe('What waits for devices.'),
    outbox: z
      .strictObject({ messages: count('Of all devices.'), bytes: octets('Of them.') })
      .describe('What waits for the broker.'),
  }),
);

export type Overview = z.output<typeof overview>;
export type LinkOverview = z.output<typeof link>;
