/**
 * `npm run sim`: plays stories. `--seed N` one of them, `--story FILE` one that was kept, `--minutes M` as many new
 * ones as the time allows, on all cores. `--trace FILE` writes down all that happens, `--save FILE` the story.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CHECKERS } from './checkers/index.js';
import { storyOf } from './generate.js';
import { search } from './search.js';
import type { Story } from './story.js';
import { play } from './world.js';

const USAGE = 'npm run sim -- (--seed N | --story FILE | --minutes M) [--trace FILE] [--save FILE]';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    story: { type: 'string' },
    minutes: { type: 'string' },
    trace: { type: 'string' },
    save: { type: 'string' },
  },
});

if (values.minutes !== undefined) process.exitCode = (await search(Number(values.minutes))) ? 0 : 1;
else if (values.story !== undefined) await replay(storyIn(values.story));
else if (values.seed !== undefined) await replay(storyOf(Number(values.seed)));
else {
  console.error(USAGE);
  process.exitCode = 64;
}

async function replay(story: Story): Promise<void> {
  if (values.save !== undefined) writeFileSync(values.save, `${JSON.stringify(story, null, 2)}\n`);
  const trace: string[] = [];
  const print = values.trace === undefined ? undefined : (line: string) => void trace.push(line);
  const { breaches, digest, events, virtualMs, lastEvents } = await play(story, CHECKERS, print);
  if (values.trace !== undefined) writeFileSync(values.trace, `${trace.join('\n')}\n`);
  for (const line of lastEvents) console.log(line);
  const minutes = Math.round(virtualMs / 60_000);
  console.log(`\nseed ${story.seed}: ${events} events in ${minutes} minutes, digest ${digest}`);
  for (const breach of breaches) console.log(`FAILED ${breach}`);
  if (breaches.length === 0) console.log('nothing wrong was found');
  else process.exitCode = 1;
}

function storyIn(file: string): Story {
  return JSON.parse(readFileSync(file, 'utf8')) as Story;
}
