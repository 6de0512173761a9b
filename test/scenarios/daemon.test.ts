import { afterAll, beforeAll, describe, it } from 'vitest';
import { DaemonWorld } from '../support/scenario/daemon-world.js';
import { loadScenarios } from '../support/scenario/load.js';
import { play } from '../support/scenario/play.js';
import { Rig } from '../support/scenario/rig.js';
import type { Scenario } from '../support/scenario/types.js';
import { Mosquitto } from '../support/mosquitto.js';

/** One daemon for all scenarios that want the same settings. */
const bySettings = new Map<string, Scenario[]>();
for (const scenario of loadScenarios().flatMap((file) => file.scenarios)) {
  const key = JSON.stringify(scenario.settings ?? {});
  bySettings.set(key, [...(bySettings.get(key) ?? []), scenario]);
}

describe('conformance scenarios over UDP, on the built daemon with a real broker', () => {
  for (const [settings, scenarios] of bySettings) {
    describe(settings === '{}' ? 'the common settings' : settings, () => {
      let mosquitto: Mosquitto;
      let rig: Rig;

      beforeAll(async () => {
        mosquitto = await Mosquitto.start();
        rig = new Rig(JSON.parse(settings), mosquitto.port);
        await rig.start();
      });

      afterAll(async () => {
        await rig.stop();
        await mosquitto.dispose();
      });

      for (const scenario of scenarios) {
        it(`${scenario.id}: ${scenario.title}`, async () => {
          const world = new DaemonWorld(rig);
          try {
            await play(scenario, world);
          } finally {
            if (process.env['SCENARIO_LOG']) console.log(rig.daemon.log); await world.end().catch(async (error: unknown) => {
              await rig.restart();
              throw error;
            });
          }
        });
      }
    });
  }
});
