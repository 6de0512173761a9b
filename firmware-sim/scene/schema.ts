/** What may stand in a scene: every key. The rules between keys stand in rules.ts. */
import { z } from 'zod';
import { modemSchema } from './modem-settings.js';
import {
  address,
  codingRate,
  duration,
  frequency,
  number,
  octets,
  oneOf,
  qos,
  rate,
  text,
  topic,
  whole,
  word,
} from './values.js';

/** More of one kind than a laptop simulates in real time. */
const COUNT_MAX = 1000;

/** More addresses than it takes to be several strangers. */
const SOCKETS_MAX = 20;

const airTime = z
  .strictObject({
    lora: z
      .strictObject({
        spreading_factor: whole(7, 12),
        bandwidth: frequency,
        coding_rate: codingRate.prefault('4/5'),
        preamble: whole(5, 65_535).default(8),
      })
      .optional(),
    bit_rate: z
      .strictObject({ bits_per_second: number(1, 1e8), overhead: whole(0, 255).default(0) })
      .optional(),
    fixed: duration.optional(),
  })
  .refine((one) => Object.values(one).filter((value) => value !== undefined).length === 1, {
    error: 'must be one of lora, bit_rate, fixed',
  });

const radio = z.strictObject({
  air_time: airTime,
  /** dBm, of every station. */
  power: number(-30, 36).default(14),
  /** Absent: everybody hears everybody, but for what `links` says. */
  path_loss: z
    .strictObject({
      exponent: number(1.5, 6).default(3),
      at_1m: number(0, 100).default(31),
      shadowing: number(0, 20).default(0),
    })
    .optional(),
  links: z
    .array(
      z.strictObject({
        from: text,
        to: text,
        loss: rate.default(0),
        attenuation: number(0, 200).optional(),
        one_way: z.boolean().default(false),
      }),
    )
    .default([]),
  faults: z
    .strictObject({
      loss: rate.optional(),
      duplication: rate.optional(),
      corruption: rate.optional(),
    })
    .default({}),
  acknowledge: z
    .strictObject({
      retries: whole(0, 20).default(3),
      ack: duration.prefault('1ms'),
      timeout: duration.prefault('5ms'),
    })
    .optional(),
  listen_before_talk: z
    .strictObject({ backoff: duration.prefault('200ms'), attempts: whole(1, 100).default(10) })
    .optional(),
});

const position = z.union(
  [z.tuple([z.number(), z.number()]), z.strictObject({ within: number(0, 1e6) })],
  {
    error: 'must be a position in metres, [X, Y], or { within: METRES } for any',
  },
);

const port = z
  .strictObject({ pty: text.optional(), stable: text.optional(), tcp: address.optional() })
  .refine(({ pty, tcp }) => (pty === undefined) !== (tcp === undefined), {
    error: 'must be { pty: PATH } or { tcp: HOST:PORT }',
  });

const modem = modemSchema({
  id: text,
  radio: text,
  port,
  baudrate: whole(300, 4_000_000).default(115_200),
  /** Its link address, where the dialect has them. */
  address: word.optional(),
  /** What nodes write into TO, with `header: radiohead`. */
  node: whole(0, 254).default(1),
  at: position.optional(),
});

const retry = z
  .strictObject({
    interval: duration.optional(),
    count: whole(0, 20).optional(),
    jitter: rate.optional(),
  })
  .default({});

const common = {
  /** `{n}` is its number from 1 with `count`; `{n:3}` with zeros before it, `{n:4x}` or `{n:4X}` in hexadecimal. */
  id: text,
  count: whole(1, COUNT_MAX).default(1),
  /** The radio that it has; absent: it is on the network, see `udp`. */
  radio: text.optional(),
  /** The modem that it speaks to. */
  via: text.optional(),
  udp: address.optional(),
  header: oneOf(['none', 'hex', 'fe', 'radiohead']).default('none'),
  /** With `header: radiohead`: RHReliableDatagram, which repeats until the gateway's link acknowledges. */
  reliable: z
    .strictObject({ timeout: duration.prefault('200ms'), retries: whole(0, 20).default(3) })
    .optional(),
  /** Its number in the header: decimal for radiohead, octets in hexadecimal for fe. */
  node: word.optional(),
  /** Its link address, where radios have them. */
  address: word.optional(),
  /** Octets that its radio module adds on the air. */
  overhead: whole(0, 64).default(0),
  at: position.optional(),
  reboots: z.strictObject({ every: duration, off: duration.prefault('5s') }).optional(),
  /** It has this radio, too, and changes from one place to the other; `every` absent: when a story says so. */
  roams: z.strictObject({ radio: text, via: text, every: duration.optional() }).optional(),
};

const will = z
  .strictObject({
    topic: text,
    payload: z.string(),
    qos: qos.default(0),
    retain: z.boolean().default(false),
  })
  .optional();

const subscription = z.strictObject({ topic, qos: qos.default(0) });

const device = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      ...common,
      kind: z.literal('sensor'),
      sleep: duration,
      measure_every: whole(1, 10_000).default(1),
      topic,
      qos: qos.default(1),
      retain: z.boolean().default(false),
      subscribe: z.array(subscription).default([]),
      start_within: duration.optional(),
      clean_session: z.boolean().default(false),
      congestion: duration.optional(),
      /** At every so many-th report: another will, or no subscriptions until the next one. */
      changes_will_every: whole(1, 10_000).optional(),
      unsubscribes_every: whole(1, 10_000).optional(),
      first_message_id: whole(1, 0xffff).optional(),
      retry,
      will,
    }),
    z.strictObject({
      ...common,
      kind: z.literal('actuator'),
      commands: topic,
      command_qos: qos.default(1),
      state: topic,
      state_qos: qos.default(1),
      keep_alive: duration.prefault('60s'),
      acts_after: duration.optional(),
      clean_session: z.boolean().default(false),
      first_message_id: whole(1, 0xffff).optional(),
      retry,
      will,
    }),
    z.strictObject({ ...common, kind: z.literal('beacon'), topic, every: duration }),
    z.strictObject({
      ...common,
      kind: z.literal('careless'),
      topic: text,
      every: duration,
      garbage: rate.default(0.1),
    }),
    z.strictObject({
      ...common,
      kind: z.literal('hostile'),
      /** Client ids that it takes for its own. */
      claims: z.array(text).min(1, { error: 'must not be empty' }).default(['{id}']),
      topics: z.array(text).min(1, { error: 'must not be empty' }),
      /** Nodes for whom it speaks as a forwarder, as octets in hexadecimal. */
      forwards: z.array(octets).min(1, { error: 'must not be empty' }).prefault(['']),
      /** Between two blows, on average. */
      every: duration,
      /** Its blows by number, in place of endless ones. */
      blows: z.array(whole(0, 0xffffffff)).optional(),
      /** Addresses that it sends from, with `udp`. */
      sockets: whole(1, SOCKETS_MAX).default(1),
    }),
  ],
  { error: 'must be one of sensor, actuator, beacon, careless, hostile' },
);

/** What each fault needs beside its target stands in rules.ts. */
const fault = z.strictObject({
  at: duration.optional(),
  /** Again and again; the first time after one such pause. */
  every: duration.optional(),
  for: duration.optional(),
  /** A radio through which nothing gets. */
  outage: text.optional(),
  /** A radio that loses more. */
  loss: z.strictObject({ radio: text, rate }).optional(),
  /** A modem that is pulled out, and where it comes back (a pty). */
  unplug: text.optional(),
  as: text.optional(),
  /** A modem that starts anew. */
  reset: text.optional(),
  /** A modem that is not in order. */
  modem: z
    .strictObject({ id: text, is: oneOf(['frozen', 'busy', 'mute', 'at-wrong-baud-rate']) })
    .optional(),
  /** Octets without sense on a modem's line. */
  noise: z.strictObject({ modem: text, bytes: whole(1, 10_000) }).optional(),
  /** A device, or several: `sensor-*`. */
  reboot: text.optional(),
});

export const sceneSchema = z.strictObject({
  /** One sentence. */
  about: text.optional(),
  seed: whole(0, 0xffffffff).default(1),
  radios: z.record(z.string(), radio).default({}),
  modems: z.array(modem).default([]),
  devices: z.array(device).min(1, { error: 'must not be empty' }),
  faults: z.array(fault).default([]),
});

export type Scene = z.output<typeof sceneSchema>;
export type RadioPlan = z.output<typeof radio>;
export type ModemPlan = z.output<typeof modem>;
export type DevicePlan = z.output<typeof device>;
export type FaultPlan = z.output<typeof fault>;
export type PositionPlan = z.output<typeof position>;
