import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'rolldown';
import { expect, it } from 'vitest';
import { CHECKERS } from './checkers/index.js';
import { storyOf } from './generate.js';
import type { Story } from './story.js';
import { play } from './world.js';

it.each([1, 2, 3, 4, 5])('seed %i gives the same run twice, byte for byte', async (seed) => {
  const first = await play(storyOf(seed), CHECKERS);
  // As JSON, because that is how a story is kept.
  const again = JSON.parse(JSON.stringify(storyOf(seed))) as Story;
  const second = await play(again, CHECKERS);
  expect(first.events).toBeGreaterThan(100);
  expect(second.digest).toBe(first.digest);
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
  const seeds = [1, 2, 3];
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...seeds.map(String)]);
  const ours: string[] = [];
  for (const seed of seeds) ours.push((await play(storyOf(seed), CHECKERS)).digest);
  expect(stdout.trim().split('\n')).toEqual(ours);
});

it('another seed gives another run', async () => {
  const [one, other] = [await play(storyOf(6), CHECKERS), await play(storyOf(7), CHECKERS)];
  expect(one.digest).not.toBe(other.digest);
});
