/**
 * Stories from seeds, by swarm testing: each seed switches a random few of all faults, devices and modes on. What
 * never comes together in a world where everything happens at once comes together here.
 */
import { Random } from '../../firmware-sim/random.js';
import type { BrokerRules, Conditions, Fault, MessagePlan, SceneText, Story } from './story.js';

const MINUTE_MS = 60_000;
const MINUTES = { min: 5, max: 40 };
const DEVICES_MAX = 5;

type DeviceText = SceneText['devices'][number];

export function storyOf(seed: number): Story {
  const random = new Random(seed).branch('story');
  const minutes = random.integer(MINUTES.min, MINUTES.max);
  const devices = devicesOf(random.branch('devices'));
  return {
    seed,
    minutes,
    config: configOf(random.branch('config')),
    broker: brokerOf(random.branch('broker')),
    lan: conditionsOf(random.branch('lan')),
    scene: { devices },
    messages: messagesOf(random.branch('messages'), devices, minutes),
    faults: faultsOf(random.branch('faults'), devices, minutes),
  };
}

function configOf(random: Random): Record<string, unknown> {
  const mode = random.chance(0.5) ? 'aggregating' : 'transparent';
  return {
    gateway: { id: 1, name: 'sim' },
    mqtt: {
      server: 'mqtt://broker:1883',
      mode,
      version: pick(random, [5, 5, '3.1.1']),
      keepalive: pick(random, ['10s', '60s']),
      max_inflight: pick(random, [1, 5, 20]),
    },
    links: [
      {
        name: 'lan',
        type: 'udp',
        listen: '0.0.0.0:1883',
        qos_minus_one: { topics: ['#'] },
      },
    ],
    topics: { predefined: [{ id: 1, topic: 'fixed/${clientId}' }] },
    defaults: {
      retry: { interval: pick(random, ['5s', '10s']), count: 3 },
      sleep: { messages: pick(random, [5, 100]), per_wake: pick(random, [2, 100]) },
    },
    store: { path: '/journal' },
  };
}

function brokerOf(random: Random): BrokerRules {
  return {
    version: random.chance(0.8) ? 5 : 4,
    receiveMaximum: pick(random, [1, 10, 0xffff]),
    inflightMax: pick(random, [1, 20]),
    overlaps: pick(random, ['once', 'each']),
    denies: random.chance(0.2) ? 'denied/#' : null,
  };
}

function conditionsOf(random: Random): Conditions {
  const some = (most: number): number => (random.chance(0.5) ? random.between(0, most) : 0);
  return {
    loss: some(0.3),
    duplication: some(0.2),
    corruption: some(0.05),
    delayMs: [random.between(0, 5), pick(random, [10, 200, 3000])],
  };
}

function devicesOf(random: Random): DeviceText[] {
  const kinds = ['sensor', 'actuator', 'beacon', 'careless'].filter(() => random.chance(0.6));
  if (kinds.length === 0) kinds.push('sensor');
  const count = random.integer(1, DEVICES_MAX);
  return Array.from({ length: count }, (_, index) => {
    const own = random.branch(`device ${index}`);
    return deviceOf(own, `dev${index}`, pick(own, kinds));
  });
}

function deviceOf(random: Random, id: string, kind: string): DeviceText {
  const common = { id, udp: '127.0.0.1:1883' };
  const reboots = random.chance(0.2) ? { reboots: { every: pick(random, ['4m', '15m']) } } : {};
  const will = random.chance(0.4)
    ? { will: { topic: `wills/${id}`, payload: `${id} is lost`, qos: pick(random, [0, 1, 2]) } }
    : {};
  const retry = { interval: '10s', count: random.integer(3, 5) };
  const clean = { clean_session: random.chance(0.2) };
  switch (kind) {
    case 'sensor':
      return {
        ...common,
        ...reboots,
        ...will,
        ...clean,
        kind,
        sleep: pick(random, ['30s', '2m', '7m']),
        start_within: '1m',
        measure_every: random.integer(1, 4),
        topic: pick(random, [`up/${id}`, { predefined: 1 }, `denied/${id}`]),
        qos: pick(random, [0, 1, 1, 2, 2]),
        retain: random.chance(0.2),
        subscribe: [{ topic: `down/${id}`, qos: pick(random, [0, 1, 2]) }],
        retry,
      };
    case 'actuator':
      return {
        ...common,
        ...reboots,
        ...will,
        ...clean,
        kind,
        commands: `down/${id}`,
        command_qos: pick(random, [0, 1, 2]),
        state: `up/${id}`,
        state_qos: pick(random, [0, 1, 2]),
        keep_alive: pick(random, ['20s', '60s', '5m']),
        retry,
      };
    case 'beacon':
      return { ...common, ...reboots, kind, topic: { predefined: 1 }, every: '1m' };
    default:
      return {
        ...common,
        ...reboots,
        kind,
        topic: `careless/${id}`,
        every: pick(random, ['10s', '1m']),
        garbage: random.between(0, 0.3),
      };
  }
}

function messagesOf(
  random: Random,
  devices: readonly DeviceText[],
  minutes: number,
): MessagePlan[] {
  const everyMs = pick(random, [20_000, 60_000, 300_000]);
  const messages: MessagePlan[] = [];
  let serial = 0;
  for (const { id } of devices) {
    const own = random.branch(id);
    for (
      let at = own.between(0, everyMs);
      at < minutes * MINUTE_MS;
      at += own.between(0, 2 * everyMs)
    ) {
      serial += 1;
      messages.push({
        at: Math.round(at),
        topic: `down/${id}`,
        text: `${id} ${serial}`,
        qos: pick(own, [0, 1, 2]),
        retain: own.chance(0.1),
      });
    }
  }
  return messages.sort((a, b) => a.at - b.at);
}

/** How often each kind of fault comes, when a seed has it: once in so many minutes. */
const FAULTS: Record<string, (random: Random, devices: readonly DeviceText[]) => Unplaced> = {
  kill: (random) => ({
    kind: 'kill',
    afterOutputs: random.integer(0, 12),
    offMs: pick(random, [100, 3000, 60_000]),
    batchSurvives: random.chance(0.5),
    reboots: random.chance(0.3),
  }),
  restart: (random) => ({ kind: 'restart', offMs: pick(random, [100, 3000, 60_000]) }),
  'broker-down': (random) => ({
    kind: 'broker-down',
    forMs: pick(random, [100, 5000, 60_000, 300_000]),
    forgets: random.chance(0.2),
  }),
  partition: (random) => ({ kind: 'partition', forMs: pick(random, [1000, 20_000, 120_000]) }),
  lan: (random) => ({
    kind: 'lan',
    forMs: pick(random, [10_000, 120_000]),
    conditions: outage(random),
  }),
  reboot: (random, devices) => ({
    kind: 'reboot',
    device: pick(random, devices).id,
    offMs: pick(random, [100, 5000, 90_000]),
  }),
  move: (random, devices) => ({ kind: 'move', device: pick(random, devices).id }),
  'wall-clock': (random) => ({
    kind: 'wall-clock',
    byMs: pick(random, [-86_400_000, -1000, 5000, 86_400_000]),
  }),
  'disk-error': (random) => ({
    kind: 'disk-error',
    writes: random.integer(1, 5),
    landed: random.chance(0.3),
  }),
  'disk-refuses': (random) => ({ kind: 'disk-refuses', forMs: pick(random, [2000, 60_000]) }),
  'disk-slow': (random) => ({
    kind: 'disk-slow',
    forMs: pick(random, [20_000, 120_000]),
    latencyMs: pick(random, [200, 2000, 40_000]),
  }),
};

type Unplaced = Fault extends infer One ? (One extends Fault ? Omit<One, 'at'> : never) : never;

function faultsOf(random: Random, devices: readonly DeviceText[], minutes: number): Fault[] {
  const faults: Fault[] = [];
  for (const [name, create] of Object.entries(FAULTS)) {
    const own = random.branch(name);
    if (!own.chance(0.3)) continue;
    const everyMs = own.between(1, 10) * MINUTE_MS;
    for (
      let at = own.between(0, everyMs);
      at < minutes * MINUTE_MS;
      at += own.between(0, 2 * everyMs)
    ) {
      faults.push({ ...create(own, devices), at: Math.round(at) });
    }
  }
  return faults.sort((a, b) => a.at - b.at);
}

const outage = (random: Random): Conditions => ({
  loss: pick(random, [0.5, 1]),
  duplication: 0,
  corruption: 0,
  delayMs: [1, 500],
});

function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[random.integer(0, choices.length - 1)] as T;
}
