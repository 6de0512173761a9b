/** The broker is away for a while, and in the middle of that the gateway is killed. */
import { afterEach, describe, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import { chanceOf, setups, strikeCount, timeoutFor } from '../support/crash/run.js';
import { CrashWorld } from '../support/crash/world.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

/** An outage is as long as its kills make it; more of them test nothing new. */
const kills = Math.min(strikeCount(1), 5);
/** What each device gets acknowledged before the first kill, between two, and after the last. */
const MESSAGES = 10;

describe.each(setups(1))('%s', (name, setup) => {
  it(
    `gateway killed ${kills} times while the broker is away: what devices had acknowledged arrives once, in order`,
    async () => {
      const title = `outage, ${name}`;
      const chance = chanceOf(title);
      const world = cleanup.add(
        await CrashWorld.start(setup, { chance, alwaysOn: 4, sleepers: 2 }),
        (one) => one.dispose(),
      );
      world.traffic.state = 'flowing';
      await world.acknowledged('on-', MESSAGES);
      await world.outage(async () => {
        await world.acknowledged('on-', MESSAGES);
        for (let kill = 0; kill < kills; kill++) {
          await world.restartGateway(chance.integer(0, 300));
          await world.acknowledged('on-', MESSAGES);
        }
      });
      await world.settle();
      await world.judge(title);
    },
    timeoutFor(kills),
  );
});
