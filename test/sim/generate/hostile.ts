/** Who means no good in a world: strangers with names of their own, and impostors who speak for a device of good will. */
import type { Random } from '../../../firmware-sim/random.js';
import { isHonest } from '../checkers/support.js';
import type { DeviceText } from './devices.js';
import { MINUTE_MS, pick } from './pick.js';
import { type Field, MODEM } from './radios.js';

export interface Siege {
  devices: DeviceText[];
  /** What the gateway's configuration says against it. */
  limits: Record<string, unknown>;
  /** Who does not hear whom on the radio. */
  deaf: { from: string; to: string; loss: number; one_way: boolean }[];
}

/** Names of nodes on a radio that no other device has. */
const FIRST_NODE = 7;

/** Beside its own, sockets of an impostor stand in the place of its victim. */
const SOCKETS = 3;

const BLOWS = { min: 5, max: 40 };

const NUMBER_MAX = 0xffffffff;

/** Filters that take what is meant for others are no crime; what is published stays among themselves. */
const TOPICS = ['evil/a', 'evil/b', 'evil/+', 'evil/#', 'down/#', 'up/+'];

/** Undefined: they leave this world alone. `others`: the devices that live in it. */
export function siegeOf(
  random: Random,
  others: readonly DeviceText[],
  field: Field | undefined,
  minutes: number,
): Siege | undefined {
  if (!random.chance(0.25)) return undefined;
  const devices = Array.from({ length: random.integer(1, 2) }, (_, index) =>
    hostileOf(random.branch(`hostile ${index}`), index, others, field, minutes),
  );
  const limits = {
    datagrams_per_second_per_device: pick(random, [8, 50]),
    ...(random.chance(0.3) ? { devices: others.length + random.integer(3, 10) } : {}),
  };
  // What they say to other devices themselves is none of the gateway's business.
  const deaf = devices
    .filter(({ radio }) => radio !== undefined)
    .flatMap(({ id: from }) =>
      others.flatMap(stationOf).map((to) => ({ from, to, loss: 1, one_way: true })),
    );
  return { devices, limits, deaf };
}

/** Of those on the radio; of one with two links as the simulation names its second. */
function stationOf({ id, radio, roams }: DeviceText): string[] {
  if (radio !== undefined) return [id];
  return roams === undefined ? [] : [`${id}@${MODEM}`];
}

function hostileOf(
  random: Random,
  index: number,
  others: readonly DeviceText[],
  field: Field | undefined,
  minutes: number,
): DeviceText {
  const id = `evil${index}`;
  const honest = others.filter(isHonest);
  const victim = honest.length > 0 && random.chance(0.4) ? pick(random, honest) : undefined;
  const isRadio = field !== undefined && random.chance(0.6);
  const blows = Array.from({ length: random.integer(BLOWS.min, BLOWS.max) }, () =>
    random.integer(0, NUMBER_MAX),
  );
  return {
    id,
    kind: 'hostile',
    ...(isRadio
      ? onRadio(random, index, victim, field)
      : { udp: '127.0.0.1:1883', sockets: SOCKETS }),
    claims: victim === undefined ? [id, `${id}-2`] : [victim.id, id],
    topics: TOPICS,
    forwards: ['', `0f0${index}`, 'ffff'],
    every: `${Math.ceil((minutes * MINUTE_MS) / 1000 / blows.length)}s`,
    blows,
  };
}

/** With a node of its own, or that of its victim; now and then without the header that the link wants. */
function onRadio(
  random: Random,
  index: number,
  victim: DeviceText | undefined,
  field: Field,
): Record<string, unknown> {
  const own = field.device(FIRST_NODE + index);
  if (victim?.['radio'] !== undefined && random.chance(0.5)) {
    const { header, node, address } = { ...own, ...victim };
    return { ...own, ...defined({ header, node, address }) };
  }
  return random.chance(0.8) ? own : { ...own, header: 'none' };
}

const defined = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
