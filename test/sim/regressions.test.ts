/** Stories that have failed once, or show what a checker has to see through. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CHECKERS } from './checkers/index.js';
import type { Story } from './story.js';
import { play } from './world.js';

const FOLDER = new URL('./regressions/', import.meta.url);

it.each(readdirSync(FOLDER))('the story %s ends well', async (file) => {
  const story = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Story;
  const { breaches, lastEvents } = await play(story, CHECKERS);
  expect(breaches, lastEvents.join('\n')).toEqual([]);
});
