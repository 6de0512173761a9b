/** Whether something grows that should not: robust against single odd samples, and silent about noise. */

export interface Sample {
  /** Milliseconds. */
  at: number;
  value: number;
}

/** Growth is a breach when it is both steeper than one and more than the other: short runs are noisy, long ones are not. */
export interface TrendLimit {
  perMinute: number;
  total: number;
}

export interface Trend {
  perMinute: number;
  /** By the slope, over the time that was looked at. */
  total: number;
  minutes: number;
  isBreach: boolean;
}

const MINUTE_MS = 60_000;
/** With fewer there is nothing to see. */
const SAMPLES_MIN = 6;

/** Undefined: too few samples to say anything. */
export function trendOf(samples: readonly Sample[], limit: TrendLimit): Trend | undefined {
  const [first, last] = [samples.at(0), samples.at(-1)];
  if (first === undefined || last === undefined || samples.length < SAMPLES_MIN) return undefined;
  const minutes = (last.at - first.at) / MINUTE_MS;
  const perMinute = slopeOf(samples) * MINUTE_MS;
  const total = perMinute * minutes;
  const isBreach = perMinute > limit.perMinute && total > limit.total;
  return { perMinute, total, minutes, isBreach };
}

/** The median of the slopes between all pairs (Theil and Sen). */
export function slopeOf(samples: readonly Sample[]): number {
  const slopes: number[] = [];
  for (const [index, { at, value }] of samples.entries()) {
    for (const later of samples.slice(index + 1)) {
      if (later.at > at) slopes.push((later.value - value) / (later.at - at));
    }
  }
  slopes.sort((a, b) => a - b);
  return slopes[Math.floor(slopes.length / 2)] ?? 0;
}
