import { describe, expect, it } from 'vitest';
import { Chance } from '../../support/crash/chance.js';
import { growthBreaches, growthOf } from '../../support/soak/growth.js';
import type { InsideLook, Look } from '../../support/soak/probe.js';
import { slopeOf, trendOf } from '../../support/soak/trend.js';

const MIB = 1024 * 1024;
const MINUTE_MS = 60_000;
const LOOKS_PER_MINUTE = 12;
const COLLECTIONS_PER_MINUTE = 3;

interface Figures {
  look?: (minute: number) => Partial<Look>;
  inside?: (minute: number) => Partial<InsideLook>;
  minutes?: number;
  life?: number;
  devices?: number;
}

/** A gateway as it is looked at, sound but for what is said. */
function gateway({ look, inside, minutes = 5, life = 1 }: Figures) {
  const times = (perMinute: number): number[] =>
    Array.from({ length: minutes * perMinute }, (_one, index) => index / perMinute);
  return {
    looks: times(LOOKS_PER_MINUTE).map(
      (minute): Look => ({
        at: minute * MINUTE_MS,
        life,
        cpuMs: 0,
        residentBytes: 120 * MIB,
        files: 27,
        journalBytes: 10 * MIB,
        overflows: 0,
        heapBytes: 40 * MIB,
        loopDelayP99Ms: 12,
        loopDelayMaxMs: 20,
        ...look?.(minute),
      }),
    ),
    insideLooks: times(COLLECTIONS_PER_MINUTE).map(
      (minute): InsideLook => ({
        at: minute * MINUTE_MS,
        life,
        heapBytes: 30 * MIB,
        externalBytes: 5 * MIB,
        handles: 12,
        byKind: {},
        ...inside?.(minute),
      }),
    ),
  };
}

const verdict = (figures: Figures): string[] => {
  const { looks, insideLooks } = gateway(figures);
  return growthBreaches(growthOf(looks, insideLooks, figures.devices ?? 0)).map(
    (breach) => breach.split(':')[0] ?? '',
  );
};

describe('what grows', () => {
  it.each<[string, Figures]>([
    ['heap grows', { inside: (minute) => ({ heapBytes: (30 + minute) * MIB }) }],
    ['external grows', { inside: (minute) => ({ externalBytes: (5 + 2 * minute) * MIB }) }],
    ['resident grows', { look: (minute) => ({ residentBytes: (120 + 8 * minute) * MIB }) }],
    ['journal grows', { look: (minute) => ({ journalBytes: (10 + 10 * minute) * MIB }) }],
    ['files grows', { look: (minute) => ({ files: 27 + Math.floor(minute * 1.5) }) }],
    ['handles grows', { inside: (minute) => ({ handles: 12 + Math.floor(minute * 1.5) }) }],
  ])('is found out: %s', (expected, figures) => {
    expect(verdict(figures)).toEqual([expected]);
  });

  it('slowly is found out in an hour: one handle in five minutes, half a MiB of heap a minute', () => {
    const inside = (minute: number) => ({
      handles: 12 + Math.floor(minute / 5),
      heapBytes: (30 + minute / 2) * MIB,
    });
    expect(verdict({ inside, minutes: 60 })).toEqual(['heap grows', 'handles grows']);
  });
});

describe('what is sound', () => {
  it('is not blamed for noise, single peaks or what went up and came down', () => {
    const chance = new Chance(7);
    const noise = (size: number): number => (chance.integer(0, 1000) / 1000) * size;
    const found = verdict({
      look: (minute) => ({
        residentBytes: (120 + noise(30)) * MIB,
        files: 27 + (minute === 4 ? 300 : chance.integer(0, 2)),
        journalBytes: (10 + ((minute * 9) % 20)) * MIB,
      }),
      inside: () => ({ heapBytes: (30 + noise(4)) * MIB, handles: 12 + chance.integer(0, 3) }),
    });
    expect(found).toEqual([]);
  });

  it('may grow while it warms up', () => {
    const inside = (minute: number) => ({ heapBytes: (30 + 20 * Math.min(minute, 0.9)) * MIB });
    expect(verdict({ inside })).toEqual([]);
  });

  it('may remember the latest of each device, and no more', () => {
    const inside = (minute: number) => ({ heapBytes: (30 + minute / 2) * MIB });
    expect(verdict({ inside, minutes: 30, devices: 1000 })).toEqual([]);
    expect(verdict({ inside, minutes: 60, devices: 1000 })).toEqual(['heap grows']);
  });

  it('is judged by its last life only', () => {
    const earlier = gateway({
      inside: (minute) => ({ heapBytes: (30 + 9 * minute) * MIB }),
      life: 1,
    });
    const last = gateway({ life: 2 });
    const growth = growthOf(
      [...earlier.looks, ...last.looks],
      [...earlier.insideLooks, ...last.insideLooks],
      0,
    );
    expect(growth.heap?.perMinute).toBe(0);
  });
});

it('the slope is that of most samples, whatever single ones say', () => {
  const samples = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((at) => ({ at, value: at === 4 ? 900 : 2 * at }));
  expect(slopeOf(samples)).toBe(2);
});

it('few samples say nothing', () => {
  const samples = [0, 1, 2].map((at) => ({ at, value: at }));
  expect(trendOf(samples, { perMinute: 0, total: 0 })).toBeUndefined();
});
