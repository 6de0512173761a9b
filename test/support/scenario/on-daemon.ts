/** Conformance scenarios over UDP, on the built daemon with a real broker. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { Mosquitto } from '../mosquitto.js';
import { AggregatingWorld } from './aggregating-world.js';
import type { Mode } from './daemon-config.js';
import { DaemonWorld } from './daemon-world.js';
import { play } from './play.js';
import { Rig } from './rig.js';
import type { Scenario, Settings } from './types.js';

/** One daemon for all scenarios that want the same settings. */
export function playAll(mode: Mode, chosen: readonly Scenario[]): void {
  const bySettings = new Map<string, Scenario[]>();
  for (const scenario of chosen) {
    const key = JSON.stringify(scenario.settings ?? {});
    bySettings.set(key, [...(bySettings.get(key) ?? []), scenario]);
  }
  for (const [key, group] of bySettings) {
    describe(key === '{}' ? 'the common settings' : key, () => {
      playOn(mode, JSON.parse(key) as Settings, group);
    });
  }
}

function playOn(mode: Mode, settings: Settings, group: Scenario[]): void {
  const World = mode === 'transparent' ? DaemonWorld : AggregatingWorld;
  let mosquitto: Mosquitto;
  let rig: Rig;

  beforeAll(async () => {
    mosquitto = await Mosquitto.start();
    rig = new Rig(mode, settings, mosquitto.port);
    await rig.start();
  });

  afterAll(async () => {
    await rig.stop();
    await mosquitto.dispose();
  });

  for (const scenario of group) {
    it(`${scenario.id}: ${scenario.title}`, async () => {
      const world = new World(rig);
      try {
        await play(scenario, world);
      } finally {
        await world.end().catch(async (error: unknown) => {
          await rig.restart();
          throw error;
        });
      }
    });
  }
}
