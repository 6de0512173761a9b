/** Whether the gateway grows: what was measured in its last life, behind the warm-up, against limits. */
import type { InsideLook, Look } from './probe.js';
import { type Trend, type TrendLimit, trendOf } from './trend.js';

const MIB = 1024 * 1024;

/** The journal's caches, the compiler's output and each device's first messages come in this time. */
const WARM_UP_MS = 60_000;
/** Or, of a long life, in this share of it. */
const WARM_UP_SHARE = 0.2;

/**
 * Well above the noise of a sound gateway, and well below what matters in a month: a hundred octets
 * forgotten with each message would be some 4 MiB a minute.
 */
export const LIMITS = {
  heap: { perMinute: 0.25 * MIB, total: 3 * MIB },
  external: { perMinute: 0.25 * MIB, total: 4 * MIB },
  resident: { perMinute: 1 * MIB, total: 24 * MIB },
  handles: { perMinute: 0.15, total: 4 },
  files: { perMinute: 0.15, total: 4 },
  journal: { perMinute: 1 * MIB, total: 32 * MIB },
} as const satisfies Record<string, TrendLimit>;

/** The latest that was told of each device is remembered, and so much it becomes: the heap may grow by that and no more. */
const REMEMBERED_OF_A_DEVICE = 12 * 1024;

export type Grower = keyof typeof LIMITS;

/** By what grows; without what there are too few samples of. */
export type Growth = Partial<Record<Grower, Trend>>;

export function growthOf(
  looks: readonly Look[],
  insideLooks: readonly InsideLook[],
  devices: number,
): Growth {
  const warm = <T extends Look | InsideLook>(all: readonly T[]): T[] => lastLife(all);
  const samples: Record<Grower, { at: number; value: number }[]> = {
    heap: warm(insideLooks).map(({ at, heapBytes: value }) => ({ at, value })),
    external: warm(insideLooks).map(({ at, externalBytes: value }) => ({ at, value })),
    handles: warm(insideLooks).map(({ at, handles: value }) => ({ at, value })),
    resident: warm(looks).map(({ at, residentBytes: value }) => ({ at, value })),
    files: warm(looks).map(({ at, files: value }) => ({ at, value })),
    journal: warm(looks).map(({ at, journalBytes: value }) => ({ at, value })),
  };
  const growth: Growth = {};
  for (const grower of Object.keys(LIMITS) as Grower[]) {
    const { perMinute, total } = LIMITS[grower];
    const remembered = grower === 'heap' ? devices * REMEMBERED_OF_A_DEVICE : 0;
    const trend = trendOf(samples[grower], { perMinute, total: total + remembered });
    if (trend !== undefined) growth[grower] = trend;
  }
  return growth;
}

export function growthBreaches(growth: Growth): string[] {
  return Object.entries(growth)
    .filter(([, { isBreach }]) => isBreach)
    .map(([grower, trend]) => `${grower} grows: ${tellTrend(grower as Grower, trend)}`);
}

export function tellTrend(grower: Grower, { perMinute, total, minutes }: Trend): string {
  const isCount = grower === 'handles' || grower === 'files';
  const tell = (value: number): string =>
    isCount ? value.toFixed(2) : `${(value / MIB).toFixed(2)} MiB`;
  return `${tell(perMinute)} a minute, ${tell(total)} in ${minutes.toFixed(1)} minutes`;
}

function lastLife<T extends { at: number; life: number }>(all: readonly T[]): T[] {
  const life = all.at(-1)?.life;
  const own = all.filter((one) => one.life === life);
  const [first, last] = [own.at(0), own.at(-1)];
  if (first === undefined || last === undefined) return [];
  const warmFrom = first.at + Math.max(WARM_UP_MS, (last.at - first.at) * WARM_UP_SHARE);
  return own.filter(({ at }) => at >= warmFrom);
}
