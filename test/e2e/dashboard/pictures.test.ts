/** The pictures of the README, taken anew with each run: `build/pictures`. A person looks at them, and copies them. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions } from 'playwright-core';
import { expect, it } from 'vitest';
import type { PretendedGateway } from '../../support/dashboard/pretended-gateway.js';
import { stage } from '../../support/dashboard/stage.js';
import {
  bufferedOf,
  entryOf,
  frameOf,
  linkOf,
  overviewOf,
  rowOf,
} from '../../support/dashboard/world.js';

const { open, pretended } = stage();
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MINUTE_MS = 60_000;

interface Picture {
  name: string;
  view: string;
  /** What is seen when all is there. */
  shows: string;
  options: BrowserContextOptions;
}

const PICTURES: readonly Picture[] = [
  {
    name: 'overview',
    view: 'overview',
    shows: 'The duty cycle is nearly exhausted',
    options: { viewport: { width: 960, height: 640 } },
  },
  {
    name: 'devices',
    view: 'devices',
    shows: 'late by 6 min',
    options: { viewport: { width: 375, height: 640 } },
  },
  {
    name: 'device',
    view: 'devices/node-17',
    shows: 'It sleeps too long',
    options: { viewport: { width: 375, height: 640 }, colorScheme: 'dark' },
  },
];

it.for(PICTURES)(
  '$name is in the README as it is',
  async ({ name, view, shows, options }, context) => {
    const gateway = await pretended();
    farm(gateway);
    const { page } = await open(context, `${gateway.url}#/${view}`, options);
    await page.getByText(shows).first().waitFor();
    await page.screenshot({ path: `${ROOT}build/pictures/${name}.png` });
    expect(readFileSync(`${ROOT}README.md`, 'utf8')).toContain(
      `(src/dashboard/pictures/${name}.png)`,
    );
    expect(existsSync(`${ROOT}src/dashboard/pictures/${name}.png`)).toBe(true);
  },
);

/** A site with something to see. */
function farm(gateway: PretendedGateway): void {
  const now = Date.now();
  const [link] = gateway.overview.links;
  if (link === undefined || link.airTime === null) return;
  gateway.overview = overviewOf({
    links: [
      linkOf({ devices: 38, airTime: { ...link.airTime, usedSec: 33.1 } }),
      linkOf({
        name: 'lan',
        type: 'udp',
        description: 'lan udp 0.0.0.0:1883',
        modem: null,
        airTime: null,
        signal: null,
        devices: 4,
        received: { frames: 48_211, bytes: 1_204_330, framesPerSec: 3.2, malformed: 0 },
      }),
    ],
    sessions: { ...gateway.overview.sessions, ACTIVE: 4, ASLEEP: 38, LOST: 1 },
    buffered: { messages: 3, bytes: 231 },
  });
  const late = { dueAtMs: now - 6.5 * MINUTE_MS, givenUpAtMs: now + 3 * MINUTE_MS };
  gateway.add(
    rowOf({
      client: 'node-17',
      state: 'ASLEEP',
      heardAtMs: now - 66 * MINUTE_MS,
      buffered: { messages: 2, bytes: 154, oldestAtMs: now - 40 * MINUTE_MS },
      ...late,
    }),
    { sleepSec: 3600, notices: [entryOf({ client: 'node-17' })] },
  );
  gateway.buffers.set('node-17', [bufferedOf(1, 'valves/17/set', 'open')]);
  gateway.frames = [frameOf(1)];
  gateway.add(
    rowOf({
      client: 'pump-2',
      state: 'LOST',
      why: 'keep alive over',
      heardAtMs: now - 19 * MINUTE_MS,
      sinceMs: now - 18 * MINUTE_MS,
      dueAtMs: null,
    }),
  );
  const states = ['ASLEEP', 'ASLEEP', 'ACTIVE', 'ASLEEP'] as const;
  for (const [index, state] of states.entries()) {
    const heardAtMs = now - (index + 1) * 37_000;
    gateway.add(rowOf({ client: `node-${index + 1}`, state, heardAtMs }));
  }
}
