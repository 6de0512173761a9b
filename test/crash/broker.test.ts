/**
 * The broker ends and comes back under traffic, alone or together with the gateway. It ends in good order
 * where nothing may be lost, because what a killed Mosquitto has not yet saved is lost in the broker, and no
 * gateway can help it. Where it is killed, only what is said afterwards is owed.
 */
import { afterEach, describe, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import { chanceOf, crash, setups, strikeCount, timeoutFor } from '../support/crash/run.js';
import { CrashWorld } from '../support/crash/world.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

/** What each device says after the broker has lost everything. */
const MESSAGES = 20;

const restarts = strikeCount(1);
const strikes = strikeCount(2);

describe.each(setups(1))('%s', (name, setup) => {
  // A broker that ends publishes the wills of its connections, so transparent devices have none.
  const devices = {
    alwaysOn: 3,
    sleepers: 2,
    forgetful: 1,
    wills: setup.mode === 'aggregating',
  };

  it(
    `broker restarted ${restarts} times: nothing acknowledged is lost, nothing comes twice`,
    async () => {
      await crash({
        title: `broker restarted, ${name}`,
        setup,
        victims: ['broker'],
        strikes: restarts,
        devices,
      });
    },
    timeoutFor(restarts),
  );

  it(
    `gateway killed and broker restarted ${strikes} times, together or in turns: the same`,
    async () => {
      await crash({
        title: `both struck, ${name}`,
        setup,
        victims: ['both', 'broker', 'gateway'],
        strikes,
        devices,
      });
    },
    timeoutFor(strikes),
  );

  it('broker killed with all it knew, and the gateway too: subscriptions are made again, and from then on all is as ever', async () => {
    const title = `broker forgets, ${name}`;
    const world = cleanup.add(
      await CrashWorld.start(setup, {
        chance: chanceOf(title),
        alwaysOn: 2,
        sleepers: 2,
        forgettingBroker: true,
      }),
      (one) => one.dispose(),
    );
    world.traffic.state = 'flowing';
    await world.acknowledged('on-', MESSAGES);
    await world.outage(() => world.restartGateway(0), 'kill');
    await world.startAnew();
    await world.acknowledged('on-', MESSAGES);
    await world.settle();
    await world.judge(title);
  }, 90_000);
});
