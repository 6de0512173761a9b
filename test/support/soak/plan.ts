/** When whom what happens to, from a seed. */
import type { Chance } from '../crash/chance.js';
import type { Victim } from './faults.js';

export interface Blow {
  victim: Victim;
  /** Since the traffic began. */
  atMs: number;
  /** How long it is away. */
  awayMs: number;
}

/**
 * Kills of the gateway fill the first part of the run: the process behind the last of them lives to the end, and
 * it is the one whose memory and handles are judged.
 */
const KILLING_SHARE = 0.35;
/** Before the end nothing happens any more, so that what is left over is nobody's excuse. */
const QUIET_SHARE = 0.05;

/** From one blow to the next, and how long each lasts. */
const RHYTHMS: Readonly<Record<Victim, { every: [number, number]; away: [number, number] }>> = {
  gateway: { every: [20_000, 50_000], away: [0, 1500] },
  broker: { every: [45_000, 120_000], away: [100, 5000] },
  dongle: { every: [25_000, 70_000], away: [500, 8000] },
};

/** A run that is shorter than this gets its blows in the same places, closer together. */
const FULL_RHYTHM_MS = 240_000;

export function planBlows(chance: Chance, durationMs: number): Blow[] {
  const pace = Math.min(durationMs / FULL_RHYTHM_MS, 1);
  const blowsOf = (victim: Victim, untilMs: number): Blow[] => {
    const own = chance.branch(victim);
    const { every, away } = RHYTHMS[victim];
    const pause = (): number => own.integer(...every) * pace;
    const blows: Blow[] = [];
    for (let atMs = pause(); atMs < untilMs; atMs += pause()) {
      blows.push({ victim, atMs, awayMs: own.integer(...away) * pace });
    }
    return blows;
  };
  const quietFrom = durationMs * (1 - QUIET_SHARE);
  return [
    ...blowsOf('gateway', durationMs * KILLING_SHARE),
    ...blowsOf('broker', quietFrom),
    ...blowsOf('dongle', quietFrom),
  ].toSorted((a, b) => a.atMs - b.atMs);
}
