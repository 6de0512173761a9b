/** The gateway is killed under traffic in both directions, again and again, and nobody notices more than a pause. */
import { afterEach, describe, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import { breaches } from '../support/crash/checkers.js';
import {
  chanceOf,
  concurrent,
  crash,
  setups,
  strikeCount,
  timeoutFor,
} from '../support/crash/run.js';
import { CrashWorld } from '../support/crash/world.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const kills = strikeCount(3);

describe.each(setups(2))('%s', { concurrent }, (name, setup) => {
  it(
    `gateway killed ${kills} times: nothing acknowledged is lost, nothing comes twice, and sleepers sleep on`,
    async () => {
      await crash({
        title: `gateway killed, ${name}`,
        setup,
        victims: ['gateway'],
        strikes: kills,
        devices: {
          alwaysOn: 3,
          sleepers: 3,
          forgetful: 2,
          // With MQTT 3.1.1 nothing delays the wills of connections that end with the gateway.
          wills: setup.mode === 'aggregating' || setup.version === 5,
        },
      });
    },
    timeoutFor(kills),
  );
});

it('a gateway that keeps nothing on disk is found out', async () => {
  const world = cleanup.add(
    await CrashWorld.start(
      { mode: 'aggregating', version: 5 },
      {
        chance: chanceOf('nothing on disk'),
        alwaysOn: 1,
        sleepers: 1,
        sections: { store: { path: 'memory' } },
      },
    ),
    (one) => one.dispose(),
  );
  world.traffic.state = 'flowing';
  await world.acknowledged('on-', 10);
  await world.restartGateway(0);
  await world.settle(1000);
  const found = breaches(world.ledgers);
  expect(found).toContainEqual(expect.stringMatching(/^on-1: was sent away/));
  expect(found).toContainEqual(expect.stringMatching(/^sleeper-1: was sent away/));
});
