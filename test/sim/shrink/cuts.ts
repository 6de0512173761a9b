/** In what ways a story can be made smaller. Each returns the smallest that still fails, as far as it can see. */
import { placeOnRadio } from '../checkers/support.js';
import { PERFECT } from '../faults.js';
import type { Story } from '../story.js';
import { minimal } from './minimal.js';

export type Fails = (story: Story) => Promise<boolean>;
export type Cut = (story: Story, fails: Fails) => Promise<Story>;

const faults: Cut = async (story, fails) => ({
  ...story,
  faults: await minimal(story.faults, (rest) => fails({ ...story, faults: rest })),
});

/** With the messages for it and the faults of it. */
const devices: Cut = async (story, fails) => {
  const all = story.scene.devices;
  const without = (rest: readonly Device[]): Story => {
    const gone = all.filter((one) => !rest.includes(one)).map(({ id }) => id);
    return {
      ...story,
      scene: { ...story.scene, devices: rest },
      messages: story.messages.filter(({ topic }) => !gone.some((id) => topic === `down/${id}`)),
      faults: story.faults.filter((one) => !('device' in one) || !gone.includes(one.device)),
    };
  };
  return without(await minimal(all, (rest) => fails(without(rest))));
};

/** Of hostile devices. */
const blows: Cut = async (story, fails) => {
  let kept = story;
  for (const { id, blows: struck } of story.scene.devices) {
    if (!Array.isArray(struck)) continue;
    const withBlows = (rest: readonly unknown[]): Story =>
      withDevice(kept, id, (device) => ({ ...device, blows: rest }));
    const before = kept;
    const rest = await minimal<unknown>(struck, (some) => fails(withBlows(some)));
    kept = rest.length < struck.length ? withBlows(rest) : before;
  }
  return kept;
};

const messages: Cut = async (story, fails) => ({
  ...story,
  messages: await minimal(story.messages, (rest) => fails({ ...story, messages: rest })),
});

const length: Cut = async (story, fails) => {
  let kept = story;
  for (;;) {
    const { minutes } = kept;
    const shorter = [1, Math.floor(minutes / 2), Math.floor((3 * minutes) / 4), minutes - 1]
      .filter((one) => one >= 1 && one < minutes)
      .map((one) => ({ ...kept, minutes: one }));
    const next = await firstOf(shorter, fails);
    if (next === undefined) return kept;
    kept = next;
  }
};

/** What a setting of the world is when it does no harm. */
const HARMLESS: readonly ((story: Story) => Story)[] = [
  (story) => ({ ...story, lan: PERFECT }),
  (story) => ({ ...story, lan: { ...story.lan, loss: 0 } }),
  (story) => ({ ...story, lan: { ...story.lan, duplication: 0 } }),
  (story) => ({ ...story, lan: { ...story.lan, corruption: 0 } }),
  ({ lan: { flips: _flips, ...lan }, ...story }) => ({ ...story, lan }),
  (story) => ({ ...story, lan: { ...story.lan, delayMs: PERFECT.delayMs } }),
  (story) => ({ ...story, diskMs: 10 }),
  (story) => ({ ...story, broker: { ...story.broker, denies: null } }),
  (story) => ({ ...story, broker: { ...story.broker, version: 5 } }),
  (story) => ({ ...story, broker: { ...story.broker, overlaps: 'once' } }),
  (story) => ({ ...story, broker: { ...story.broker, receiveMaximum: 0xffff } }),
  (story) => ({ ...story, broker: { ...story.broker, inflightMax: 20 } }),
  (story) => ({ ...story, broker: { ...story.broker, answerMs: 0 } }),
];

/** Settings of the world; then each key of configuration, modems and devices whose default does as well. */
const settings: Cut = async (story, fails) => {
  let kept = story;
  for (const simplify of HARMLESS) {
    const simpler = simplify(kept);
    if (isSame(simpler, kept) || !(await fails(simpler))) continue;
    kept = simpler;
  }
  const isOnRadio = kept.scene.devices.some((device) => placeOnRadio(device) !== undefined);
  const needed = new Set([CLAIMS, ...(isOnRadio ? PLACES : [])]);
  for (const root of ['config', 'scene'] as const) {
    kept = {
      ...kept,
      [root]: await pruned(kept[root], needed, (rest) => fails({ ...kept, [root]: rest })),
    };
  }
  return kept;
};

/** In the order in which they are tried: what comes first makes most of the rest superfluous, or the runs quick. */
export const CUTS: Readonly<Record<string, Cut>> = {
  faults,
  devices,
  blows,
  messages,
  length,
  settings,
};

type Device = Story['scene']['devices'][number];

function withDevice(story: Story, id: string, change: (device: Device) => Device): Story {
  const changed = story.scene.devices.map((one) => (one.id === id ? change(one) : one));
  return { ...story, scene: { ...story.scene, devices: changed } };
}

async function firstOf(stories: readonly Story[], fails: Fails): Promise<Story | undefined> {
  for (const story of stories) if (await fails(story)) return story;
  return undefined;
}

/** Where gateway and devices of a radio find each other. Apart they fail as well, but for another reason. */
const PLACES = new Set([
  'links',
  'addressing',
  'radio',
  'via',
  'roams',
  'header',
  'node',
  'address',
]);

/** Whom a hostile device speaks for. Without it the checkers take its victim for one that nobody has meddled with. */
const CLAIMS = 'claims';

/** The tree without every branch that can be missing and is not one of those that are needed. */
async function pruned<T extends object>(
  tree: T,
  needed: ReadonlySet<string>,
  fails: (tree: T) => Promise<boolean>,
): Promise<T> {
  let kept = tree;
  for (const key of Object.keys(tree)) {
    const { [key as keyof T]: branch, ...others } = kept;
    const without = (Array.isArray(kept) ? kept : others) as T;
    if (!Array.isArray(kept) && !needed.has(key) && (await fails(without))) {
      kept = without;
    } else if (typeof branch === 'object' && branch !== null) {
      const put = (smaller: object): T =>
        Array.isArray(kept)
          ? (kept.with(Number(key), smaller) as unknown as T)
          : { ...kept, [key]: smaller };
      kept = put(await pruned(branch, needed, (smaller) => fails(put(smaller))));
    }
  }
  return kept;
}

export const isSame = (one: Story, other: Story): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
