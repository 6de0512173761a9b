/** What is known of devices. */
import { z } from 'zod';
import {
  clientId,
  count,
  flag,
  moment,
  named,
  octets,
  payload,
  qos,
  seconds,
  signal,
  STATES,
  text,
} from './kinds.js';
import { logEntry } from './log.js';
import { topicId } from './topics.js';

const row = {
  client: clientId,
  state: z
    .enum(STATES)
    .describe('REFUSED: it has no session, because its CONNECT was refused; `why` says for what.'),
  sinceMs: moment('When it came into this state, in this run.').nullable(),
  why: z.string().nullable().describe('What brought it into this state; null: an earlier run.'),
  link: z
    .string()
    .nullable()
    .describe('Where it was heard last; null: nowhere, or another one speaks from there.'),
  address: z
    .string()
    .nullable()
    .describe('Its address on that link, with its node behind a forwarder.'),
  heardAtMs: moment('When its latest frame came, in this run.').nullable(),
  dueAtMs: moment(
    'When it has to speak again, by its keep alive or sleep time; past: it is late.',
  ).nullable(),
  givenUpAtMs: moment(
    'When its silence has lasted too long, and its will is published.',
  ).nullable(),
  buffered: z
    .strictObject({
      messages: count('That wait for it.'),
      bytes: octets('Of them, as `sleep.bytes` counts: with 64 more for each.'),
      oldestAtMs: moment('When the oldest came.').nullable(),
    })
    .describe('Messages of the broker that wait for the device.'),
  signal: signal.nullable().describe('Of its latest frame.'),
  retries: count('Frames that were sent to it again, because no answer came, in this run.'),
  paused: z
    .enum(['no-answer', 'congestion'])
    .nullable()
    .describe(
      'Why what waits for it is not sent now: it does not answer, or wants to be left alone.',
    ),
  isApproved: flag('The operator has let it in, though no rule matches.'),
  isApprovable: flag('No rule lets it in, and approving it would.'),
  warning: z
    .strictObject({
      code: text('Stable; the same as in the log.'),
      message: text('For people.'),
      atMs: moment('When it was told.'),
    })
    .nullable()
    .describe('The latest warning about it, in this run.'),
};

export const deviceRow = named('DeviceRow', z.strictObject(row).describe('A device, in brief.'));

export type DeviceRow = z.output<typeof deviceRow>;

export const devices = named(
  'Devices',
  z.strictObject({
    nowMs: moment('The clock of the gateway, when it answered.'),
    total: count('Devices that match, whatever `limit` is.'),
    devices: z.array(deviceRow),
  }),
);

export type Devices = z.output<typeof devices>;

export const devicesQuery = z.strictObject({
  state: z.array(z.enum(STATES)).optional().describe('Only these states.'),
  q: z.string().optional().describe('Only devices with this in client id, link or address.'),
  client: z.array(z.string()).max(500).optional().describe('Only these client ids.'),
  offset: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('Leaves out so many. Who comes or goes between two questions moves the others.'),
  limit: z.coerce.number().int().min(1).max(10_000).default(10_000).describe('So many at most.'),
});

export type DevicesQuery = z.output<typeof devicesQuery>;

const subscription = z.strictObject({
  filter: text('What it is for.'),
  qos,
  topicIdType: z.enum(['normal', 'predefined', 'short']).describe('How the device named it.'),
  isAcknowledged: flag('Its SUBACK has gone out.'),
});

const passedMessage = z.strictObject({
  atMs: moment('When it passed the gateway.'),
  direction: z
    .enum(['up', 'down'])
    .describe('`up`: given to the broker. `down`: come from the broker; it may be waiting still.'),
  topic: text('Its name.'),
  qos,
  isRetained: flag('With the retain flag.'),
  payload,
});

const openExchange = z.strictObject({
  message: z.enum(['REGISTER', 'PUBLISH', 'PUBREL']).describe('What was sent.'),
  topic: z.string().nullable(),
  msgId: z.number().int(),
  retries: count('How often it was sent again.'),
  nextAtMs: moment('When it is sent again.').nullable(),
});

export const device = named(
  'Device',
  z
    .strictObject({
      nowMs: moment('The clock of the gateway, when it answered.'),
      ...row,
      keepAliveSec: seconds('As it announced it; 0: none.').nullable(),
      sleepSec: seconds('As it announced it, while it sleeps.').nullable(),
      announcedSec: seconds(
        'Of a lost device: the longest silence that it had announced, in this run.',
      ).nullable(),
      cleanSession: flag('Of its latest CONNECT.').nullable(),
      will: z
        .strictObject({
          topic: text('Where it goes.'),
          qos,
          isRetained: flag('With the retain flag.'),
          payload,
        })
        .nullable(),
      topicIds: z.array(topicId),
      subscriptions: z.array(subscription),
      exchange: openExchange.nullable().describe('What the device has not answered yet.'),
      signals: z
        .array(z.strictObject({ atMs: moment('When the frame came.'), ...signal.shape }))
        .describe('How its latest frames were received, the oldest first.'),
      messages: z.array(passedMessage).describe('Its latest messages, the oldest first.'),
      notices: z
        .array(logEntry)
        .describe('The latest lines of the log about it, the oldest first.'),
      settings: z
        .strictObject({
          maxMessageBytes: octets('The largest MQTT-SN message it can receive.'),
          retryIntervalSec: seconds('Without an answer until a message is sent again.'),
          retryCount: count('How often.'),
          bufferMessagesMax: count('That are kept for it.'),
          bufferBytesMax: octets('Of them.'),
          bufferAgeSec: seconds('How long they are kept.'),
          bufferPolicy: z.enum(['drop-oldest', 'drop-newest', 'newest-per-topic']),
        })
        .nullable()
        .describe('As configured for it; null: it was not let in.'),
    })
    .describe('All that is known of a device.'),
);

export type Device = z.output<typeof device>;

export const buffer = named(
  'Buffer',
  z
    .strictObject({
      nowMs: moment('The clock of the gateway, when it answered.'),
      messages: z
        .array(
          z.strictObject({
            id: count('Names the message, as long as it waits.'),
            topic: text('Its name.'),
            qos,
            isRetained: flag('With the retain flag.'),
            arrivedAtMs: moment('When it came from the broker.').nullable(),
            expiresAtMs: moment('When it is dropped, if it waits still.').nullable(),
            progress: z
              .enum(['waiting', 'sent', 'received'])
              .describe(
                '`sent`: its answer is awaited. `received`: the device has it, and only the handshake of QoS 2 is open.',
              ),
            payload,
          }),
        )
        .describe('In the order in which the device gets them.'),
    })
    .describe('What waits for a device.'),
);

export type Buffered = z.output<typeof buffer>;
