import type { Random } from '../../../firmware-sim/random.js';

export const MINUTE_MS = 60_000;

/** One of them, each as likely as the others. */
export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[random.integer(0, choices.length - 1)] as T;
}

/** Moments before the end, so far apart on average. */
export function moments(random: Random, everyMs: number, endMs: number): number[] {
  const found: number[] = [];
  for (let at = random.between(0, everyMs); at < endMs; at += random.between(0, 2 * everyMs)) {
    found.push(Math.round(at));
  }
  return found;
}
