/** Shrinks a story and keeps what came of it: a file that can be moved to `regressions/` as it is. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Story } from '../story.js';
import type { WatcherFactory } from '../watcher.js';
import { type Patience, shrink, sizeOf } from './shrink.js';

/** Where it goes when nobody says anything else. */
export const fileOf = ({ seed }: Story): string => `build/sim/seed-${seed}.json`;

export function save(story: Story, file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(story, null, 2)}\n`);
}

/** Returns what there is to say, in a line; undefined: nothing is wrong with the story. */
export async function shrinkToFile(
  story: Story,
  file: string,
  checkers: readonly WatcherFactory[],
  patience: Patience,
): Promise<string | undefined> {
  const shrunk = await shrink(story, checkers, patience);
  if (shrunk === undefined) return undefined;
  save(shrunk.story, file);
  const { runs, isMinimal } = shrunk;
  const end = isMinimal ? 'nothing more can be taken out' : 'it may get smaller yet';
  return `${file}: ${sizeOf(shrunk.story)} after ${runs} runs, ${end}`;
}
