/** What goes wrong in a world. */
import type { Random } from '../../../firmware-sim/random.js';
import type { Conditions, Fault } from '../story.js';
import type { DeviceText } from './devices.js';
import { MINUTE_MS, moments, pick } from './pick.js';
import { MODEM, RADIO } from './radios.js';

/** Kills in the moment between a word and what the disk has of it: each meets another word, so they come often. */
const AT_A_WORD = 'kill-at-a-word';

/** Each but the first takes what another move has left, so they come often. */
const MOVE_IN = 'move-in';

const OFTEN: ReadonlySet<string> = new Set([AT_A_WORD, MOVE_IN]);

/** How often each kind of fault comes, when a seed has it: once in so many minutes. */
const FAULTS: Record<string, (random: Random, devices: readonly DeviceText[]) => Unplaced> = {
  kill: (random) => ({
    kind: 'kill',
    afterOutputs: random.integer(0, 12),
    ofPromises: false,
    offMs: pick(random, [100, 3000, 60_000]),
    batchSurvives: random.chance(0.5),
    reboots: random.chance(0.3),
  }),
  [AT_A_WORD]: (random) => ({
    kind: 'kill',
    afterOutputs: random.integer(0, 2),
    ofPromises: true,
    offMs: pick(random, [100, 3000]),
    batchSurvives: random.chance(0.3),
    reboots: false,
  }),
  // Where a QoS 2 message is in two hands at once, which is a moment of it.
  'kill-at-pubrec': (random) => ({
    kind: 'kill',
    afterOutputs: random.integer(0, 1),
    ofPromises: true,
    word: 'PUBREC',
    offMs: pick(random, [100, 3000]),
    batchSurvives: random.chance(0.3),
    reboots: false,
  }),
  restart: (random) => ({ kind: 'restart', offMs: pick(random, [100, 3000, 60_000]) }),
  'broker-down': (random) => ({
    kind: 'broker-down',
    forMs: pick(random, [100, 5000, 60_000, 300_000]),
    forgets: random.chance(0.2),
  }),
  'broker-refuses-connections': (random) => ({
    kind: 'broker-refuses',
    what: 'connect',
    why: pick(random, ['unavailable', 'busy', 'quota', 'unauthorized']),
    forMs: pick(random, [5000, 60_000]),
  }),
  'broker-refuses-messages': (random) => ({
    kind: 'broker-refuses',
    what: 'publish',
    why: pick(random, ['quota', 'unauthorized']),
    forMs: pick(random, [5000, 60_000]),
  }),
  partition: (random) => ({ kind: 'partition', forMs: pick(random, [1000, 20_000, 120_000]) }),
  lan: (random) => ({
    kind: 'lan',
    forMs: pick(random, [10_000, 120_000]),
    conditions: outage(random),
  }),
  echo: (random) => ({
    kind: 'echo',
    forMs: pick(random, [60_000, 300_000]),
    afterMs: pick(random, [1000, 4000, 8000]),
  }),
  reboot: (random, devices) => ({
    kind: 'reboot',
    device: pick(random, devices).id,
    offMs: pick(random, [100, 5000, 90_000, 600_000]),
  }),
  leave: (random, devices) => ({
    kind: 'leave',
    device: pick(random, devices).id,
    offMs: pick(random, [100, 5000, 120_000]),
  }),
  move: (random, devices) => ({ kind: 'move', device: pick(random, devices).id }),
  [MOVE_IN]: (random, devices) => {
    const onNetwork = devices.filter(({ udp }) => udp !== undefined);
    const { id: device } = pick(random, onNetwork.length > 0 ? onNetwork : devices);
    return { kind: 'move', device, reuses: true };
  },
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

export function faultsOf(
  random: Random,
  devices: readonly DeviceText[],
  minutes: number,
  hasField: boolean,
): Fault[] {
  const kinds = { ...FAULTS, ...(hasField ? FIELD_FAULTS : {}) };
  const faults: Fault[] = [];
  for (const [name, create] of Object.entries(kinds)) {
    const own = random.branch(name);
    if (!own.chance(0.3)) continue;
    const everyMs = own.between(1, 10) * (OFTEN.has(name) ? 0.3 : 1) * MINUTE_MS;
    for (const at of moments(own, everyMs, minutes * MINUTE_MS)) {
      faults.push({ ...create(own, devices), at });
    }
  }
  return [
    ...faults,
    ...killsAfter(random.branch('kills after'), faults).filter(
      ({ at }) => at < minutes * MINUTE_MS,
    ),
    ...journeysOf(random.branch('journeys'), devices, minutes),
  ].sort((a, b) => a.at - b.at);
}

/** What is acknowledged late makes the broker's next messages wait. */
export const slowDisksOf = (random: Random, minutes: number): Fault[] =>
  moments(random, pick(random, [2, 5]) * MINUTE_MS, minutes * MINUTE_MS).map((at): Fault => {
    const [forMs, latencyMs] = [pick(random, [30_000, 120_000]), random.integer(500, 40_000)];
    return { kind: 'disk-slow', forMs, latencyMs, at };
  });

/** When the broker is back: over the first of what has waited for it. */
const killsAfter = (random: Random, faults: readonly Fault[]): Fault[] =>
  faults.flatMap((fault): Fault[] => {
    if (fault.kind !== 'broker-down' || random.chance(0.5)) return [];
    const [afterOutputs, batchSurvives] = [random.integer(0, 2), random.chance(0.3)];
    const at = fault.at + fault.forMs;
    const [ofPromises, word, offMs, reboots] = [true, 'PUBLISH' as const, 100, false];
    return [{ at, kind: 'kill', afterOutputs, ofPromises, word, offMs, batchSurvives, reboots }];
  });

/** Of devices with two links. */
function journeysOf(random: Random, devices: readonly DeviceText[], minutes: number): Fault[] {
  return devices
    .filter(({ roams }) => roams !== undefined)
    .flatMap(({ id: device }) => {
      const own = random.branch(device);
      const everyMs = pick(own, [0.3, 1, 4]) * MINUTE_MS;
      return moments(own, everyMs, minutes * MINUTE_MS).map(
        (at): Fault => ({ at, kind: 'roam', device, lingersMs: pick(own, [0, 0, 3000, 20_000]) }),
      );
    });
}

/** With a modem. */
const FIELD_FAULTS: typeof FAULTS = {
  unplug: (random) => ({
    kind: 'unplug',
    modem: MODEM,
    forMs: pick(random, [500, 20_000, 120_000]),
  }),
  modem: (random) => ({
    kind: 'modem',
    modem: MODEM,
    forMs: pick(random, [5000, 60_000]),
    is: pick(random, ['frozen', 'busy', 'mute']),
  }),
  noise: (random) => ({ kind: 'noise', modem: MODEM, bytes: random.integer(1, 60) }),
  radio: (random) => ({
    kind: 'radio',
    radio: RADIO,
    forMs: pick(random, [10_000, 120_000]),
    loss: pick(random, [0.5, 1]),
  }),
  'radio-repeats': (random) => ({
    kind: 'radio',
    radio: RADIO,
    forMs: pick(random, [60_000, 300_000]),
    loss: 0,
    duplication: pick(random, [0.3, 1]),
  }),
};

const outage = (random: Random): Conditions => ({
  loss: pick(random, [0.5, 1]),
  duplication: 0,
  corruption: 0,
  delayMs: [1, 500],
});
