/** Who lives in a world. */
import type { Random } from '../../../firmware-sim/random.js';
import type { SceneText } from '../story.js';
import { pick } from './pick.js';
import type { Field } from './radios.js';

/** Whoever has it gets one of so many commands to all, its own among them. */
export const TEAM = '$share/team/down/+';

export type DeviceText = SceneText['devices'][number];

const DEVICES_MAX = 5;

/** Kinds to which something is promised: each world has one of them at least. */
export const PROMISED: readonly string[] = ['sensor', 'actuator'];

const MESSAGE_ID_MAX = 0xffff;

/** `field`: a radio, on which some of them are; the others are on the network. */
export function devicesOf(random: Random, field: Field | undefined): DeviceText[] {
  const kinds = ['sensor', 'actuator', 'beacon', 'careless'].filter(() => random.chance(0.6));
  if (kinds.length === 0) kinds.push('sensor');
  const count = random.integer(1, DEVICES_MAX);
  const devices = Array.from({ length: count }, (_, index) => {
    const own = random.branch(`device ${index}`);
    const place = placeOf(own, index + 1, field);
    return deviceOf(own, `dev${index}`, pick(own, kinds), place);
  });
  if (!devices.some(({ kind }) => PROMISED.includes(kind))) {
    const own = random.branch('promised');
    devices[0] = deviceOf(own, 'dev0', pick(own, PROMISED), placeOf(own, 1, field));
  }
  const wraps = random.branch('message ids');
  return wraps.chance(0.15) ? devices.map((one) => nearTheEnd(wraps, one)) : devices;
}

/** Its message ids begin anew after a few requests. */
const nearTheEnd = (random: Random, device: DeviceText): DeviceText =>
  PROMISED.includes(device.kind)
    ? { ...device, first_message_id: MESSAGE_ID_MAX - random.integer(0, 8) }
    : device;

/** Sensors with two filters for the same, in any order and with any QoS, which most give up and ask for again. */
export function overlappingOf(random: Random): DeviceText[] {
  return Array.from({ length: random.integer(1, 2) }, (_, index) => {
    const own = random.branch(`device ${index}`);
    const id = `dev${index}`;
    const filters = [`down/${id}`, `down/${id}/#`];
    if (own.chance(0.5)) filters.reverse();
    return {
      id,
      udp: '127.0.0.1:1883',
      kind: 'sensor',
      sleep: pick(own, ['30s', '1m', '2m']),
      start_within: '1m',
      measure_every: own.integer(1, 2),
      topic: `up/${id}`,
      subscribe: filters.map((topic) => ({ topic, qos: pick(own, [0, 1, 2]) })),
      ...(own.chance(0.8) ? { unsubscribes_every: pick(own, [1, 2]) } : {}),
    };
  });
}

function placeOf(random: Random, n: number, field: Field | undefined): object {
  const isRadio = field !== undefined && random.chance(0.7);
  return isRadio ? field.device(n) : placeOnNetwork(random, n, field);
}

/** Some have a radio, too, and roam. */
function placeOnNetwork(random: Random, n: number, field: Field | undefined): object {
  const place = { udp: '127.0.0.1:1883' };
  if (field === undefined || !random.branch('roams').chance(0.4)) return place;
  const { radio, via, ...names } = field.device(n);
  return { ...place, ...names, roams: { radio, via } };
}

function deviceOf(random: Random, id: string, kind: string, place: object): DeviceText {
  const common = { id, ...place };
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
        subscribe: subscriptionsOf(random.branch('filters'), id),
        ...changesOf(random.branch('changes')),
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
      return { ...common, ...reboots, kind, topic: { predefined: 2 }, every: '1m' };
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

/** At some reports a sensor changes its will, or gives its subscriptions up until the next one. */
function changesOf(random: Random): Record<string, unknown> {
  const [will, subscriptions] = [random.chance(0.3), random.chance(0.2)];
  return {
    ...(will ? { changes_will_every: pick(random, [3, 1, 2]) } : {}),
    ...(subscriptions ? { unsubscribes_every: pick(random, [1, 2, 4]) } : {}),
  };
}

/** Its commands by name, with a wildcard, so that the gateway has to name their topic (6.10), or both; now and then as a group of one, or those of a team. */
function subscriptionsOf(random: Random, id: string): { topic: string; qos: number }[] {
  const [name, wildcard] = [`down/${id}`, `down/${id}/#`];
  const filters = pick(random, [[name], [name], [wildcard], [wildcard], [name, wildcard]]);
  const own = random.branch('shares');
  if (own.chance(0.2)) filters[0] = pick(own, [TEAM, `$share/${id}/${name}`]);
  return filters.map((topic) => ({ topic, qos: pick(random, [0, 1, 2]) }));
}
