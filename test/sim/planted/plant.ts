/**
 * The world with a fault in it: the gateway is bundled anew, with one place of its source changed on the way. The working
 * tree stays as it is.
 */
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'rolldown';
import type { WatcherFactory } from '../watcher.js';
import { CHECKERS } from '../checkers/index.js';
import { storyOf } from '../generate.js';
import type { play } from '../world.js';
import type { PlantedFault } from './faults.js';

/** Below the project's folder, so that packages are found. */
const FOLDER = 'build/planted';

export type Play = typeof play;

/** Throws when the source does not have the fault's text, or has it twice. */
export async function plant(fault: PlantedFault): Promise<Play> {
  const source = resolve(fault.file);
  const bundle = join(FOLDER, `${fault.name.replaceAll(/[^a-z0-9]+/gi, '-')}.mjs`);
  await build({
    input: 'test/sim/world.ts',
    platform: 'node',
    external: /^[^./]/,
    treeshake: false,
    plugins: [
      {
        name: 'plant',
        transform: (code, id) => (id === source ? { code: mutated(code, fault) } : undefined),
      },
    ],
    output: { file: bundle, format: 'esm' },
  });
  const world = (await import(pathToFileURL(bundle).href)) as { play: Play };
  return world.play;
}

/** What the fault's checker, and nobody else, says of the seed; undefined: nothing of the kind that it has to say. */
export async function complaint(
  world: Play,
  { checker, says }: PlantedFault,
  seed: number,
): Promise<string | undefined> {
  const { breaches } = await world(storyOf(seed), [checkerOf(checker)]);
  return breaches.find((breach) => breach.includes(says));
}

function checkerOf(name: string): WatcherFactory {
  const checker = CHECKERS.find((one) => one.name === name);
  if (checker === undefined) throw new Error(`there is no checker "${name}"`);
  return checker;
}

function mutated(code: string, { name, file, find, put }: PlantedFault): string {
  const parts = code.split(find);
  if (parts.length !== 2) {
    throw new Error(`"${name}": ${file} has this ${parts.length - 1} times, not once: ${find}`);
  }
  return parts.join(put);
}
