import { afterAll, beforeAll, describe, it } from 'vitest';
import { Mosquitto } from '../support/mosquitto.js';
import { AggregatingWorld } from '../support/scenario/aggregating-world.js';
import type { Mode } from '../support/scenario/daemon-config.js';
import { DaemonWorld } from '../support/scenario/daemon-world.js';
import { loadScenarios } from '../support/scenario/load.js';
import { play } from '../support/scenario/play.js';
import { Rig } from '../support/scenario/rig.js';
import type { Scenario, Settings } from '../support/scenario/types.js';

const scenarios = loadScenarios().flatMap((file) => file.scenarios);

describe('conformance scenarios over UDP, on the built daemon with a real broker', () => {
  describe('transparent mode, both sides', () => {
    playAll('transparent', scenarios);
  });

  describe('aggregating mode, the side of the devices', () => {
    playAll(
      'aggregating',
      scenarios.filter((one) => one.transparentOnly === undefined),
    );
  });
});

/** One daemon for all scenarios that want the same settings. */
function playAll(mode: Mode, chosen: Scenario[]): void {
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
