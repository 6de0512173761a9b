/** Makes a failing story as small as it gets while the same checker still complains of the same. */
import { count } from '../../../src/observe/explain/text.js';
import type { Story } from '../story.js';
import type { WatcherFactory } from '../watcher.js';
import { complaintOf, isHeard } from './complaint.js';
import { CUTS, isSame } from './cuts.js';

export interface Shrunk {
  story: Story;
  /** Of the same kind as every story that was tried. */
  kind: string;
  runs: number;
  /** Nothing more can be taken out; else the runs have been used up, or the time. */
  isMinimal: boolean;
}

export interface Patience {
  /** Stories that are played at most. */
  runsMax: number;
  mayGoOn: () => boolean;
  /** Hears what is wrong, and then how far it is. */
  tell: (what: string) => void;
}

/** Most stories need a hundred or two; a run takes a fraction of a second. */
export const RUNS_MAX = 500;

/** Undefined: there is nothing wrong with the story. The same story becomes the same, as far as time does not end it. */
export async function shrink(
  story: Story,
  checkers: readonly WatcherFactory[],
  { runsMax, mayGoOn, tell }: Patience,
): Promise<Shrunk | undefined> {
  const complaint = await complaintOf(story, checkers);
  if (complaint === undefined) return undefined;
  tell(complaint.breach);
  /** By story, what came of it. */
  const known = new Map<string, boolean>([[JSON.stringify(story), true]]);
  let isMinimal = true;
  let runs = 0;
  const fails = async (shorter: Story): Promise<boolean> => {
    const text = JSON.stringify(shorter);
    const before = known.get(text);
    if (before !== undefined) return before;
    if (runs >= runsMax || !mayGoOn()) {
      isMinimal = false;
      return false;
    }
    runs += 1;
    const result = await isHeard(complaint, shorter);
    known.set(text, result);
    return result;
  };
  let shrunk = story;
  let before: Story | undefined;
  while (shrunk !== before && isMinimal) {
    before = shrunk;
    for (const [name, cut] of Object.entries(CUTS)) {
      const smaller = await cut(shrunk, fails);
      if (isSame(smaller, shrunk)) continue;
      shrunk = smaller;
      tell(`${name}: ${sizeOf(shrunk)} after ${runs} runs`);
    }
  }
  return { story: shrunk, kind: complaint.kind, runs, isMinimal };
}

/** In words. */
export function sizeOf({ faults, scene, messages, minutes }: Story): string {
  return [
    count(faults.length, 'fault'),
    count(scene.devices.length, 'device'),
    count(messages.length, 'message'),
    count(minutes, 'minute'),
  ].join(', ');
}
