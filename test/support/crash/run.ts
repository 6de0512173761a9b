/** A crash test from its seed: short as part of `npm test`, long and in every setup as `npm run test:crash`. */
import type { Setup } from '../site.js';
import { Chance } from './chance.js';
import { planStrikes, tell, type Victim } from './strikes.js';
import { CrashWorld, type WorldOptions } from './world.js';

/** After so many strikes everything is settled and judged, so that a breach is near its cause. */
const STRIKES_PER_ROUND = 10;
/** The gateway waits longer and longer for a broker that comes and goes: a new one begins with short waits. */
const BROKER_STRIKES_PER_ROUND = 4;
/** For one strike with its restart, and for a round with its start and its end: on two busy cores. */
const STRIKE_TIMEOUT_MS = 10_000;
const ROUND_TIMEOUT_MS = 60_000;

const wantedKills = process.env['CRASH_KILLS'];

/** Every way to a broker that keeps its sessions over a restart. */
const SETUPS: readonly Setup[] = [
  { mode: 'aggregating', version: 5 },
  { mode: 'transparent', version: 5 },
  { mode: 'aggregating', version: 4 },
  { mode: 'transparent', version: 4 },
];

/** The setups of this run, with the title of each; in the short version so many of them. */
export function setups(inShort: number): (readonly [string, Setup])[] {
  const chosen = wantedKills === undefined ? SETUPS.slice(0, inShort) : SETUPS;
  return chosen.map((setup) => {
    const { mode, version } = setup;
    return [`${mode}, MQTT ${version === 5 ? '5' : '3.1.1'}`, setup] as const;
  });
}

/** In the short version setups may be struck side by side: each has its own world, and most of it is waiting. */
export const concurrent = wantedKills === undefined;

/** How often to strike; `inShort` says how often in the short version. */
export const strikeCount = (inShort: number): number => Number(wantedKills ?? inShort);

/** `CRASH_SEED` decides who does what and when it is struck; without it each run is the same. */
export const chanceOf = (title: string): Chance =>
  new Chance(Number(process.env['CRASH_SEED'] ?? 1)).branch(title);

/** Long enough for so many strikes. */
export const timeoutFor = (strikes: number): number =>
  strikes * STRIKE_TIMEOUT_MS + Math.ceil(strikes / BROKER_STRIKES_PER_ROUND) * ROUND_TIMEOUT_MS;

interface Run {
  title: string;
  setup: Setup;
  victims: readonly [Victim, ...Victim[]];
  strikes: number;
  devices: Omit<WorldOptions, 'chance'>;
}

/** Strikes under traffic, round by round; fails with everything that was wrong in a round. */
export async function crash({ title, setup, victims, strikes, devices }: Run): Promise<void> {
  const chance = chanceOf(title);
  const isHardOnBroker = victims.includes('broker');
  const size = isHardOnBroker ? BROKER_STRIKES_PER_ROUND : STRIKES_PER_ROUND;
  for (let done = 0; done < strikes; done += size) {
    const own = chance.branch(String(done));
    const plan = planStrikes(own, Math.min(size, strikes - done), victims);
    const world = await CrashWorld.start(setup, { ...devices, chance: own });
    try {
      world.traffic.state = 'flowing';
      for (const strike of plan) await world.strike(strike);
      await world.settle();
      await world.judge([title, ...plan.map(tell)].join('\n'));
    } finally {
      await world.dispose();
    }
  }
}
