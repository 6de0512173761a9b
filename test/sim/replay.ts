/** Plays a story for whoever reads: the verdict, and what happened as a sequence diagram. */
import { writeFileSync } from 'node:fs';
import { CHECKERS } from './checkers/index.js';
import { draw } from './diagram/draw.js';
import type { Event } from './diagram/event.js';
import { recorder } from './diagram/recorder.js';
import type { Story } from './story.js';
import { play } from './world.js';

export interface View {
  /** Those whom the breaches name unless it says whom; all of them when nobody is named. */
  devices: 'all' | readonly string[] | undefined;
  /** Absent: some events up to the first breach, or the end. */
  fromSec?: number;
  toSec?: number;
  /** Everything goes there, in hexadecimal. */
  trace?: string;
}

const LINES_SHOWN = 200;

/** Returns whether nothing is wrong. */
export async function replay(story: Story, view: View): Promise<boolean> {
  const trace: string[] = [];
  const events: Event[] = [];
  const print = (line: string): void => void trace.push(line);
  const audience = view.trace === undefined ? {} : { print };
  const verdict = await play(story, [recorder(events), ...CHECKERS], audience);
  if (view.trace !== undefined) writeFileSync(view.trace, `${trace.join('\n')}\n`);
  for (const line of diagramOf(story, events, view)) console.log(line);
  const { breaches, digest, virtualMs } = verdict;
  const minutes = Math.round(virtualMs / 60_000);
  console.log(
    `\nseed ${story.seed}: ${verdict.events} events in ${minutes} minutes, digest ${digest}`,
  );
  for (const breach of breaches) console.log(`FAILED ${breach}`);
  if (breaches.length === 0) console.log('nothing wrong was found');
  return breaches.length === 0;
}

function diagramOf(story: Story, events: readonly Event[], view: View): string[] {
  const { fromSec, toSec } = view;
  const devices = devicesOf(story, events, view.devices);
  if (fromSec !== undefined || toSec !== undefined) {
    const [fromMs, toMs] = [(fromSec ?? 0) * 1000, (toSec ?? Infinity) * 1000];
    return draw(events, { devices, fromMs, toMs });
  }
  const breach = events.findIndex(({ kind }) => kind === 'breach');
  const told = breach < 0 ? events : events.slice(0, breach + 1);
  const [head = '', ...lines] = draw(told, { devices, fromMs: 0, toMs: Infinity });
  const left = Math.max(0, lines.length - LINES_SHOWN);
  const before = left === 0 ? [] : [`${left} lines before these: --from 0`];
  return [...before, head, ...lines.slice(left)];
}

function devicesOf(
  { scene }: Story,
  events: readonly Event[],
  wanted: View['devices'],
): readonly string[] {
  const all = scene.devices.map(({ id }) => id);
  if (wanted === 'all') return all;
  if (wanted !== undefined) return wanted;
  const named = events.filter(({ kind }) => kind === 'breach').flatMap(({ devices }) => devices);
  return named.length === 0 ? all : all.filter((id) => named.includes(id));
}
