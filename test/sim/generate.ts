/**
 * Stories from seeds, by swarm testing: each seed switches a random few of all faults, devices and modes on. What
 * never comes together in a world where everything happens at once comes together here.
 */
import { Random } from '../../firmware-sim/random.js';
import { type DeviceText, devicesOf, overlappingOf, PROMISED } from './generate/devices.js';
import { faultsOf, slowDisksOf } from './generate/faults.js';
import { siegeOf } from './generate/hostile.js';
import { MINUTE_MS, moments, pick } from './generate/pick.js';
import { type Field, fieldOf } from './generate/radios.js';
import type { BrokerRules, Conditions, MessagePlan, Story } from './story.js';

const MINUTES = { min: 3, max: 16 };

/** So many worlds are about one thing only, which takes much to come together. */
const OVERLAPS = 0.08;

export function storyOf(seed: number): Story {
  const random = new Random(seed).branch('story');
  const minutes = random.integer(MINUTES.min, MINUTES.max);
  const hasField = random.chance(0.5);
  if (random.branch('overlaps').chance(OVERLAPS)) return overlapsOf(random, seed, minutes);
  const field = hasField ? fieldOf(random.branch('field')) : undefined;
  const devices = devicesOf(random.branch('devices'), field);
  const siege = siegeOf(random.branch('attack'), devices, field, minutes);
  return {
    seed,
    minutes,
    config: {
      ...configOf(random.branch('config'), field),
      ...(siege === undefined ? {} : { limits: siege.limits }),
    },
    broker: brokerOf(random.branch('broker'), devices),
    diskMs: pick(random.branch('disk'), [10, 50, 300]),
    lan: conditionsOf(random.branch('lan')),
    scene: {
      ...field?.scene(siege?.deaf ?? []),
      devices: [...devices, ...(siege?.devices ?? [])],
    },
    messages: messagesOf(random.branch('messages'), devices, minutes),
    faults: faultsOf(random.branch('faults'), devices, minutes, field !== undefined),
  };
}

/** Few devices, each with filters that overlap, and a broker that makes copies of their messages wait. */
function overlapsOf(random: Random, seed: number, minutes: number): Story {
  const devices = overlappingOf(random.branch('devices'));
  const { mqtt, ...config } = configOf(random.branch('config'), undefined);
  const narrow = random.branch('narrow');
  return {
    seed,
    minutes,
    config: { ...config, mqtt: { ...(mqtt as object), mode: 'aggregating' }, devices: [] },
    broker: {
      ...brokerOf(random.branch('broker'), devices),
      receiveMaximum: pick(narrow, [1, 2, 10, 0xffff]),
      inflightMax: pick(narrow, [1, 2, 20]),
    },
    diskMs: pick(random.branch('disk'), [10, 50, 300]),
    lan: conditionsOf(random.branch('lan')),
    scene: { devices },
    messages: messagesOf(random.branch('messages'), devices, minutes, [5000, 15_000]),
    faults: [
      ...faultsOf(random.branch('faults'), devices, minutes, false),
      ...slowDisksOf(random.branch('slow disks'), minutes),
    ].sort((a, b) => a.at - b.at),
  };
}

function configOf(random: Random, field: Field | undefined): Record<string, unknown> {
  const mode = random.chance(0.5) ? 'aggregating' : 'transparent';
  return {
    gateway: { id: 1, name: 'sim' },
    mqtt: {
      server: 'mqtt://broker:1883',
      // What the gateway tells of itself is judged elsewhere; here it would be other people's traffic.
      state_topics: false,
      mode,
      version: pick(random, [5, 5, '3.1.1']),
      connections: mode === 'aggregating' ? pick(random, [1, 1, 3]) : 1,
      keepalive: pick(random, ['10s', '60s']),
      max_inflight: pick(random, [1, 5, 20]),
      offline: {
        ...(random.branch('qos0').chance(0.5) ? { qos0: 'queue' } : {}),
        ...shortagesOf(random.branch('outbox'), [2, 10]),
      },
    },
    links: [
      {
        name: 'lan',
        type: 'udp',
        listen: '0.0.0.0:1883',
        qos_minus_one: { topics: ['#'] },
      },
      ...(field === undefined ? [] : [field.link]),
    ],
    topics: {
      predefined: [
        { id: 1, topic: 'fixed/${clientId}' },
        { id: 2, topic: 'fixed/beacons' },
      ],
    },
    devices: rulesOf(random.branch('rules'), mode),
    defaults: {
      retry: { interval: pick(random, ['5s', '10s']), count: 3 },
      sleep: {
        messages: pick(random, [3, 5, 100]),
        per_wake: pick(random, [2, 100]),
        policy: pick(random, ['drop-oldest', 'drop-newest', 'newest-per-topic']),
        ...shortagesOf(random.branch('sleep')),
      },
    },
    store: { path: '/journal' },
  };
}

/** Now and then messages are soon too old, or there is little room. */
function shortagesOf(random: Random, rooms: readonly number[] = []): Record<string, unknown> {
  const [isShort, isSmall] = [random.chance(0.1), random.chance(0.1)];
  return {
    ...(isShort ? { age: pick(random, ['1m', '5m']) } : {}),
    ...(isSmall && rooms.length > 0 ? { messages: pick(random, rooms) } : {}),
  };
}

/** For some devices everything is different. */
function rulesOf(random: Random, mode: 'aggregating' | 'transparent'): Record<string, unknown>[] {
  if (random.chance(0.7)) return [];
  const other = mode === 'aggregating' ? 'transparent' : 'aggregating';
  return [
    {
      match: pick(random, ['dev0', 'dev1', 'dev*']),
      mode: random.chance(0.5) ? other : mode,
      sleep: { gap: pick(random, ['0ms', '700ms']), messages: pick(random, [3, 30]) },
      ...(random.chance(0.3) ? { will_update: 'reject' } : {}),
    },
  ];
}

function brokerOf(random: Random, devices: readonly DeviceText[]): BrokerRules {
  return {
    version: random.chance(0.8) ? 5 : 4,
    receiveMaximum: pick(random, [1, 10, 0xffff]),
    inflightMax: pick(random, [1, 20]),
    answerMs: pick(random.branch('answers'), [0, 0, 0, 300, 9000]),
    overlaps: pick(random, ['once', 'each']),
    denies: deniedOf(random.branch('denied filters'), devices, random.chance(0.2)),
  };
}

/** What nobody may publish to, or the commands of a device: by name, with what is below, or only with a wildcard. */
function deniedOf(
  random: Random,
  devices: readonly DeviceText[],
  deniesTopics: boolean,
): string | null {
  if (!random.chance(0.15)) return deniesTopics ? 'denied/#' : null;
  const asking = devices.filter(({ kind }) => PROMISED.includes(kind));
  const name = `down/${pick(random, asking).id}`;
  return pick(random, [name, `${name}/#`, `${name}/+`]);
}

function conditionsOf(random: Random): Conditions {
  const flips = random.branch('flips');
  const some = (most: number): number => (random.chance(0.5) ? random.between(0, most) : 0);
  return {
    loss: some(0.3),
    duplication: some(0.2),
    corruption: some(0.05),
    ...(flips.chance(0.2) ? { flips: flips.between(0, 0.1) } : {}),
    delayMs: [random.between(0, 5), pick(random, [10, 200, 3000])],
  };
}

function messagesOf(
  random: Random,
  devices: readonly DeviceText[],
  minutes: number,
  intervalsMs: readonly number[] = [20_000, 60_000, 300_000],
): MessagePlan[] {
  const everyMs = pick(random, intervalsMs);
  const messages: MessagePlan[] = [];
  let serial = 0;
  for (const { id } of devices) {
    const own = random.branch(id);
    for (const at of moments(own, everyMs, minutes * MINUTE_MS)) {
      serial += 1;
      messages.push({
        at,
        topic: `down/${id}`,
        text: `${id} ${serial}`,
        qos: pick(own, [0, 1, 2]),
        retain: own.chance(0.1),
      });
    }
  }
  return messages.sort((a, b) => a.at - b.at);
}
