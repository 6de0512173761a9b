/**
 * `npm run sim`: plays stories and draws what happened. `--seed N` one of them, `--replay FILE` one that was kept,
 * `--minutes M` as many new ones as the time allows, on all cores. `--shrink` makes a failing one smaller.
 * `--planted [NAME]` shows that faults which were planted are caught.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CHECKERS } from './checkers/index.js';
import { storyOf } from './generate.js';
import { searchPlanted } from './planted/search.js';
import { replay, type View } from './replay.js';
import { search } from './search.js';
import { fileOf, save, shrinkToFile } from './shrink/save.js';
import { RUNS_MAX } from './shrink/shrink.js';
import type { Story } from './story.js';

const USAGE = `npm run sim -- --minutes M
npm run sim -- (--seed N | --replay FILE) [--device ID]... [--all] [--from SEC] [--to SEC] [--trace FILE] [--save FILE]
npm run sim -- (--seed N | --replay FILE) --shrink [--save FILE]
npm run sim -- --planted [NAME]`;

const OPTIONS = {
  seed: { type: 'string' },
  replay: { type: 'string' },
  minutes: { type: 'string' },
  shrink: { type: 'boolean' },
  device: { type: 'string', multiple: true },
  all: { type: 'boolean' },
  from: { type: 'string' },
  to: { type: 'string' },
  trace: { type: 'string' },
  save: { type: 'string' },
  planted: { type: 'boolean' },
} as const;

const { values, positionals } = given();

const NUMBERS = {
  seed: (value: number): boolean => Number.isSafeInteger(value) && value >= 0,
  minutes: (value: number): boolean => value > 0 && Number.isFinite(value),
  from: Number.isFinite,
  to: Number.isFinite,
};

if (hasUnusable()) refuse();
else await act();

function given() {
  try {
    return parseArgs({ allowPositionals: true, options: OPTIONS });
  } catch (error) {
    console.error((error as Error).message);
    console.error(USAGE);
    process.exit(64);
  }
}

/** A number that is none would pass for "nothing to do", or for another seed. */
function hasUnusable(): boolean {
  return Object.entries(NUMBERS).some(([name, isUsable]) => {
    const text = values[name as keyof typeof NUMBERS];
    return text !== undefined && (text.trim() === '' || !isUsable(Number(text)));
  });
}

function refuse(): void {
  console.error(USAGE);
  process.exitCode = 64;
}

async function act(): Promise<void> {
  if (values.minutes !== undefined) return end(await search(Number(values.minutes)));
  if (values.planted === true) return end(await searchPlanted(positionals.join(' ')));
  const story = told();
  if (story === undefined) return refuse();
  if (values.shrink === true) return end(await shrinks(story));
  if (values.save !== undefined) save(story, values.save);
  end(await replay(story, view()));
}

function told(): Story | undefined {
  if (values.replay !== undefined) return JSON.parse(readFileSync(values.replay, 'utf8')) as Story;
  return values.seed === undefined ? undefined : storyOf(Number(values.seed));
}

function view(): View {
  const { all, device, from, to, trace } = values;
  return {
    devices: all === true ? 'all' : device,
    ...(from === undefined ? {} : { fromSec: Number(from) }),
    ...(to === undefined ? {} : { toSec: Number(to) }),
    ...(trace === undefined ? {} : { trace }),
  };
}

/** Returns whether there was nothing to shrink. */
async function shrinks(failing: Story): Promise<boolean> {
  const patience = { runsMax: RUNS_MAX, mayGoOn: () => true, tell: console.log };
  const result = await shrinkToFile(failing, values.save ?? fileOf(failing), CHECKERS, patience);
  console.log(result ?? 'nothing wrong was found');
  return result === undefined;
}

function end(isWell: boolean): void {
  process.exitCode = isWell ? 0 : 1;
}
