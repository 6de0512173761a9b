/** Who complains of a story, and of what: a shorter story is of use when it makes the same one say the same. */
import type { Story } from '../story.js';
import type { Scene, WatcherFactory } from '../watcher.js';
import { play, StoryError } from '../world.js';

export interface Complaint {
  /** Nobody: the gateway has thrown something. */
  checkers: readonly WatcherFactory[];
  /** What it says, without what differs from run to run. */
  kind: string;
  /** What it says. */
  breach: string;
}

/** What it says first is enough: lists of messages follow. */
const WORDS_MAX = 8;

/** The first complaint of a run; undefined: nothing is wrong. */
export async function complaintOf(
  story: Story,
  checkers: readonly WatcherFactory[],
): Promise<Complaint | undefined> {
  let first: { checker: WatcherFactory; text: string } | undefined;
  const overheard = checkers.map(
    (checker): WatcherFactory =>
      (scene) => {
        const report = (text: string): void => {
          first ??= { checker, text };
          scene.report(text);
        };
        // Everything else of the scene is the scene's own, and changes as it does.
        return checker(Object.create(scene, { report: { value: report } }) as Scene);
      },
  );
  const [breach] = (await play(story, overheard, { isEnough: () => true })).breaches;
  if (breach === undefined) return undefined;
  const kind = kindOf(breach);
  const culprits =
    first !== undefined && breach.endsWith(` s: ${first.text}`) ? [first.checker] : [];
  return { checkers: culprits, kind, breach };
}

/** Whether the same is complained of in this story too; it is not in one that cannot be played. */
export async function isHeard(complaint: Complaint, story: Story): Promise<boolean> {
  try {
    const isSame = (breach: string): boolean => kindOf(breach) === complaint.kind;
    const { breaches } = await play(story, complaint.checkers, { isEnough: isSame });
    return breaches.some(isSame);
  } catch (error) {
    if (error instanceof StoryError) return false;
    throw error;
  }
}

/** What a breach says of every run like it. Names, numbers and topics have a digit or a slash in them, or quotes around them; words have not. */
export function kindOf(breach: string): string {
  const [first = ''] = breach.split('\n');
  const text = first.replace(/^\S+ s: /, '').replaceAll(/"[^"]*"/g, '');
  const words = text.split(' ').filter((word) => /^[a-z][a-z,:'-]*$/i.test(word));
  return words.slice(0, WORDS_MAX).join(' ');
}
