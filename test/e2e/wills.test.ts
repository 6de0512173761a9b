/** Wills through the built gateway: once for a device that is lost, never for one that said good-bye. */
import { afterEach, describe, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import { publish } from '../support/device.js';
import { SETUPS, Site, setupName } from '../support/site.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const named = SETUPS.map((setup) => [setupName(setup), setup] as const);

describe.each(named)('%s', (_name, setup) => {
  it('a will is published once when its device falls silent, awake or asleep, and as it was last updated; none when the gateway is told to end, under load, and it ends in good order', async () => {
    const site = cleanup.add(await Site.start(setup), (one) => one.dispose());
    const witness = await site.witness('will/#');
    const connect = (clientId: string, keepAliveSec: number) =>
      site.connected(clientId, {
        keepAliveSec,
        will: { topic: `will/${clientId}`, payload: 'gone' },
      });

    const leaver = await connect('leaver', 1);
    await leaver.disconnect();
    const sleeper = await connect('sleeper', 60);
    await sleeper.sleep(1);
    const changer = await connect('changer', 1);
    changer.send({ type: 'WILLTOPICUPD', qos: 2, retain: true, willTopic: 'will/changed' });
    expect(await changer.expect('WILLTOPICRESP')).toMatchObject({ returnCode: 0 });
    changer.send({ type: 'WILLMSGUPD', willMsg: Buffer.from('farewell') });
    expect(await changer.expect('WILLMSGRESP')).toMatchObject({ returnCode: 0 });
    const deleter = await connect('deleter', 1);
    deleter.send({ type: 'WILLTOPICUPD', empty: true });
    expect(await deleter.expect('WILLTOPICRESP')).toMatchObject({ returnCode: 0 });
    await connect('silent', 1);

    await witness.saw('will/sleeper gone 1', 'will/changed farewell 2', 'will/silent gone 1');
    await site.daemon.logged('SESSION_LOST');
    await witness.publish('will/end', '');
    await witness.saw('will/end  1');
    expect([...witness.seen].sort()).toEqual([
      'will/changed farewell 2',
      'will/end  1',
      'will/silent gone 1',
      'will/sleeper gone 1',
    ]);
    const status = await site.witness('mqttsn/e2e/bridge/state');
    await status.saw('mqttsn/e2e/bridge/state online 1 retained');
    const busy = await connect('busy', 60);
    const id = await busy.register('up/a');
    const load = setInterval(() => busy.send(publish({ topicId: id, qos: 0 }, 'x')), 1);
    cleanup.add(load, clearInterval);
    expect(await busy.publish(id, 'one', 1)).toBe(0);
    await site.daemon.stop();
    if (setup.embedded) return;
    await status.saw('mqttsn/e2e/bridge/state offline 1');
    await witness.publish('will/last', '');
    await witness.saw('will/last  1');
    expect(witness.count('will/busy gone 1')).toBe(0);
  });
});
