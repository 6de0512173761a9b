/** The scenes of `config/scenes`, beside a gateway with the links that each tells its readers to configure. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { isHonest, textOf, unsettled } from './checkers/support.js';
import { PERFECT } from './faults.js';
import type { Fault, SceneText, Story } from './story.js';
import type { Scene, WatcherFactory } from './watcher.js';
import { play } from './world.js';

const FOLDER = new URL('../../config/', import.meta.url);
const names = readdirSync(new URL('scenes/', FOLDER));

const MINUTE_MS = 60_000;
/** The first of most faults comes within this time; the settling takes a quarter of an hour more. */
const MINUTES = 8;

type Section = Record<string, unknown>;

interface SceneFile extends SceneText {
  seed: number;
  faults?: { every: string; for?: string; unplug?: string }[];
}

const read = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8');

/** As the head of the scene has them, or the configuration that belongs to it. */
function linksOf(name: string, text: string): Section[] {
  if (name === 'demo.yaml') return (parse(read(name)) as { links: Section[] }).links;
  const head = text.split('\n').filter((line) => line.startsWith('#'));
  const first = head.findIndex((line) => /^# +- /.test(line));
  return parse(
    head
      .slice(first)
      .map((line) => line.slice(1))
      .join('\n'),
  ) as Section[];
}

/** In the simulated world modems are at serial ports only. */
const portOf = (place: string): string => `/dev/${place.replaceAll(/\W/g, '-')}`;

const msOf = (text = '0s'): number =>
  Number.parseFloat(text) * (text.endsWith('m') ? MINUTE_MS : 1000);

function storyOf(name: string): Story {
  const text = read(`scenes/${name}`);
  const { seed, faults = [], modems = [], radios, devices } = parse(text) as SceneFile;
  const links = linksOf(name, text).map((link) =>
    typeof link['port'] === 'string'
      ? { ...link, port: portOf(link['port'].replace('tcp://', '')) }
      : link,
  );
  const plugged = modems.map((modem) => {
    const { pty, tcp = '' } = modem['port'] as { pty?: string; tcp?: string };
    return { ...modem, port: { pty: portOf(pty ?? tcp) } };
  });
  const unplugs = faults.flatMap(({ every, for: forText, unplug }): Fault[] => {
    if (unplug === undefined) return [];
    const at = msOf(every);
    return Array.from({ length: Math.floor((MINUTES * MINUTE_MS) / at) }, (_, n) => ({
      kind: 'unplug',
      at: (n + 1) * at,
      modem: unplug,
      forMs: msOf(forText),
    }));
  });
  const others = faults.filter(({ unplug }) => unplug === undefined);
  return {
    seed,
    minutes: MINUTES,
    config: {
      mqtt: { server: 'mqtt://broker:1883', state_topics: false },
      links,
      store: { path: '/journal' },
    },
    broker: {
      version: 5,
      receiveMaximum: 0xffff,
      inflightMax: 20,
      overlaps: 'once',
      denies: null,
      answerMs: 0,
    },
    diskMs: 10,
    lan: PERFECT,
    scene: { ...(radios && { radios }), modems: plugged, devices, faults: others } as SceneText,
    messages: [],
    faults: unplugs,
  };
}

/** Honest devices repeat what they have not heard of, until the current fails. */
function openMessages(scene: Scene, untilMs: number): string[] {
  return scene.story.scene.devices.filter(isHonest).flatMap(({ id }) =>
    unsettled(scene, id)
      .filter(({ at }) => at < untilMs)
      .map(({ at, payload }) => `${id} at ${Math.round(at / 1000)} s: ${textOf(payload)}`),
  );
}

describe('a scene', () => {
  it.each(names)('%s: every message of an honest device is acknowledged', async (name) => {
    let calmAt = 0;
    let total = 0;
    let open: string[] = [];
    const judge: WatcherFactory = (scene) => ({
      calm: () => {
        calmAt = scene.now();
      },
      settled: () => {
        open = openMessages(scene, calmAt);
        total = [...scene.devices.values()].flatMap(({ ledger }) => ledger.sent).length;
      },
    });
    const { breaches } = await play(storyOf(name), [judge]);
    expect(breaches).toEqual([]);
    expect(open).toEqual([]);
    expect(total).toBeGreaterThan(20);
  });
});
