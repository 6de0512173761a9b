/** Wills over a restart of the gateway: once for who is overdue, never for who is not. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import type { CrashDevice } from '../support/crash/device.js';
import { chanceOf, setups } from '../support/crash/run.js';
import { willOf } from '../support/crash/setting.js';
import { CrashWorld } from '../support/crash/world.js';
import { PATIENCE_MS, until } from '../support/wait.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

/** Half as much again as the device has said (SN 7.2), and a little for the way. */
const overdueAfterMs = (durationSec: number): number => durationSec * 1500;

// With MQTT 3.1.1 the broker publishes the will of a transparent device as soon as the gateway is dead.
const fitting = setups(1).filter(
  ([, { mode, version }]) => mode === 'aggregating' || version === 5,
);

describe.each(fitting)('%s', (name, setup) => {
  it('gateway killed while devices sleep: a will is published once, when its device is overdue, and no other', async () => {
    const world = cleanup.add(
      await CrashWorld.start(setup, { chance: chanceOf(`wills, ${name}`) }),
      (one) => one.dispose(),
    );
    const asleep = async (
      clientId: string,
      durationSec: number,
      keepsSession = true,
    ): Promise<CrashDevice> => {
      const device = await world.device({ clientId, keepsSession, filters: [] });
      await device.connect(willOf(clientId));
      await device.sleep(durationSec);
      return device;
    };
    const wills = (clientId: string): number[] =>
      world.brokerSide.observed
        .filter(({ topic }) => topic === `will/${clientId}`)
        .map(({ at }) => at);
    const comes = (clientId: string) =>
      until(() => wills(clientId).length > 0, PATIENCE_MS, `the will of ${clientId}`);

    const sleeper = await asleep('long', 600);
    await asleep('later', 3);
    const laterDueAt = performance.now() + overdueAfterMs(3);
    // In transparent mode the broker has its will, and sees its connection end.
    const isOurs = setup.mode === 'aggregating';
    if (isOurs) await asleep('clean', 1, false);
    await asleep('short', 1);
    const shortDueAt = performance.now() + overdueAfterMs(1);

    await world.killGateway();
    await delay(shortDueAt - performance.now());
    expect(wills('short')).toEqual([]);
    await world.startGateway();
    await comes('short');
    if (isOurs) await comes('clean');
    await sleeper.wake();
    await comes('later');
    expect(wills('later')[0]).toBeGreaterThan(laterDueAt - 100);

    // A will that was not struck off would come again with the next start.
    await world.restartGateway(0);
    await world.gatewayUp();
    await sleeper.connect();
    await sleeper.publish('up/long/2', 'up/long/2 1', 2);
    await until(() => world.brokerSide.seen.has('up/long/2 1'), PATIENCE_MS, 'the last message');
    expect(wills('short')).toHaveLength(1);
    expect(wills('later')).toHaveLength(1);
    expect(wills('clean')).toHaveLength(isOurs ? 1 : 0);
    expect(wills('long')).toEqual([]);
  });
});
