import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'rolldown';
import { beforeAll, expect, it } from 'vitest';
import { CHECKERS } from './checkers/index.js';
import { storyOf } from './generate.js';
import type { Story } from './story.js';
import { play } from './world.js';

const SEEDS = [1, 2, 3, 4, 5];

/** Of each seed's first run. */
const digests: string[] = [];
const events: number[] = [];
beforeAll(async () => {
  for (const seed of SEEDS) {
    const first = await play(storyOf(seed), CHECKERS);
    digests.push(first.digest);
    events.push(first.events);
  }
});

it.each(SEEDS)('seed %i gives the same run twice, byte for byte', async (seed) => {
  // As JSON, because that is how a story is kept.
  const again = JSON.parse(JSON.stringify(storyOf(seed))) as Story;
  expect(events[seed - 1]).toBeGreaterThan(100);
  expect((await play(again, CHECKERS)).digest).toBe(digests[seed - 1]);
});

it('another process gives the same runs, byte for byte', async (context) => {
  // Below the project, so that packages are found from there.
  const folder = fileURLToPath(new URL('../../build/digests', import.meta.url));
  context.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'digests.mjs');
  await build({
    input: fileURLToPath(new URL('./digests.ts', import.meta.url)),
    platform: 'node',
    // Packages with native parts: a world has neither ports nor a database.
    external: ['serialport', 'classic-level'],
    output: { file, format: 'esm', codeSplitting: false },
  });
  const few = SEEDS.slice(0, 3);
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...few.map(String)]);
  expect(stdout.trim().split('\n')).toEqual(digests.slice(0, few.length));
});

it('another seed gives another run', () => {
  expect(new Set(digests).size).toBe(SEEDS.length);
});
