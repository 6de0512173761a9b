/** Messages up and down through the built gateway, for every way to a broker. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { publish } from '../support/device.js';
import { SETUPS, Site, setupName, udpLink } from '../support/site.js';
import { PATIENCE_MS, until } from '../support/wait.js';

const SECTIONS = {
  links: [udpLink({ qos_minus_one: { topics: ['ab', 'pre/#'] } })],
  topics: {
    predefined: [
      { id: 1, topic: 'pre/${clientId}' },
      { id: 2, topic: 'pre/all' },
    ],
  },
  devices: [
    { match: 'small-*', sleep: { messages: 2 } },
    { match: 'newest-*', sleep: { messages: 2, policy: 'newest-per-topic' } },
  ],
};

describe.each(SETUPS.map((setup) => [setupName(setup), setup] as const))('%s', (_name, setup) => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.start(setup, { sections: SECTIONS });
  });
  afterEach(() => site.sweep());
  afterAll(() => site.stop());

  it('a device publishes at every QoS, on normal, short and predefined topics', async () => {
    const witness = await site.witness('up/#', 'cd', 'pre/#');
    const device = await site.connected('up');
    const id = await device.register('up/a');
    expect(await device.publish(id, 'zero', 0)).toBe(0);
    expect(await device.publish(id, 'one', 1)).toBe(0);
    expect(await device.publish(id, 'two', 2)).toBe(0);
    device.send(publish({ topicIdType: 2, topicId: 0x6364, qos: 0 }, 'short'));
    device.send(publish({ topicIdType: 1, topicId: 1, qos: 1, msgId: 9 }, 'predefined'));
    await device.expect('PUBACK', ({ msgId, returnCode }) => msgId === 9 && returnCode === 0);
    await witness.saw(
      'up/a zero 0',
      'up/a one 1',
      'up/a two 2',
      'cd short 0',
      'pre/up predefined 1',
    );
    expect(witness.seen).toHaveLength(5);
  });

  it('anybody publishes at QoS -1 where the link allows it, and nowhere else', async () => {
    const witness = await site.witness('ab', 'xy', 'pre/#');
    const device = await site.device('stranger');
    device.send(publish({ topicIdType: 2, topicId: 0x7879, qos: -1 }, 'not allowed'));
    device.send(publish({ topicIdType: 2, topicId: 0x6162, qos: -1 }, 'short'));
    device.send(publish({ topicIdType: 1, topicId: 2, qos: -1 }, 'predefined'));
    await witness.saw('ab short 0', 'pre/all predefined 0');
    expect(witness.seen).toHaveLength(2);
    expect(device.frames).toEqual([]);
  });

  it('a device receives at every QoS, and hears a new name before its first message', async () => {
    const witness = await site.witness();
    const device = await site.connected('down');
    expect(await device.subscribe('down/+', 2)).toMatchObject({
      qos: 2,
      topicId: 0,
      returnCode: 0,
    });
    for (const qos of [0, 1, 2] as const) await witness.publish('down/a', `q${qos}`, qos);
    await witness.publish('down/b', 'other');
    await device.got('down/a q0 0', 'down/a q1 1', 'down/a q2 2', 'down/b other 1');
    await device.ping();
    expect(device.received).toHaveLength(4);
  });

  it('a message that was published with retain reaches a later subscriber', async () => {
    const device = await site.connected('keeper');
    const id = await device.register('kept/a');
    expect(await device.publish(id, 'state', 1, true)).toBe(0);
    const witness = await site.witness('kept/a');
    await witness.saw('kept/a state 1 retained');
  });

  it('a second subscriber of a filter gets the retained message, the first not again', async () => {
    const witness = await site.witness();
    await witness.publish('retained/a', 'old', 1, true);
    const first = await site.connected('first');
    await first.subscribe('retained/#', 1);
    await first.got('retained/a old 1 retained');
    const second = await site.connected('second');
    await second.subscribe('retained/#', 1);
    await second.got('retained/a old 1 retained');
    await witness.publish('retained/a', 'new');
    for (const device of [first, second]) {
      await device.got('retained/a new 1');
      expect(device.received).toHaveLength(2);
    }
  });

  it('an unsubscribed device receives nothing any more, its neighbour does', async () => {
    const witness = await site.witness();
    const [one, other] = await Promise.all([site.connected('one'), site.connected('other')]);
    for (const device of [one, other]) await device.subscribe('shared/a', 1);
    one.send({ type: 'UNSUBSCRIBE', msgId: 77, topicIdType: 0, topicName: 'shared/a' });
    await one.expect('UNSUBACK');
    await witness.publish('shared/a', 'hello');
    await other.got('shared/a hello 1');
    await one.ping();
    expect(one.received).toEqual([]);
  });

  it('a sleeping device gets what came meanwhile when it asks, in order, and then sleeps on', async () => {
    const witness = await site.witness();
    const device = await site.connected('sleeper');
    await device.subscribe('sleep/#', 2);
    await device.sleep(60);
    for (const qos of [0, 1, 2] as const) await witness.publish('sleep/a', `q${qos}`, qos);
    expect(device.received).toEqual([]);
    await until(
      async () => {
        await device.wake();
        return device.received.length >= 3;
      },
      PATIENCE_MS,
      'three messages',
    );
    expect(device.received).toEqual(['sleep/a q0 0', 'sleep/a q1 1', 'sleep/a q2 2']);
    await device.wake();
    expect(device.received).toHaveLength(3);
  });

  it('a full sleep buffer loses the oldest, or keeps the newest of each topic', async () => {
    const witness = await site.witness();
    const [small, newest] = await Promise.all([
      site.connected('small-1'),
      site.connected('newest-1'),
    ]);
    for (const device of [small, newest]) {
      await device.subscribe('full/#', 1);
      await device.sleep(60);
    }
    for (const line of ['a 1', 'b 1', 'a 2', 'a 3']) {
      const [topic = '', payload = ''] = line.split(' ');
      await witness.publish(`full/${topic}`, payload);
    }
    const dropped = (code: string, client: string): boolean =>
      site.daemon.count({ code, client }) === 2;
    await until(() => dropped('DROP_BUFFER_FULL', 'small-1'), PATIENCE_MS, 'the oldest to go');
    await until(
      () => dropped('DROP_REPLACED_BY_NEWER', 'newest-1'),
      PATIENCE_MS,
      'the replaced to go',
    );
    await Promise.all([small.wake(), newest.wake()]);
    expect(small.received).toEqual(['full/a 2 1', 'full/a 3 1']);
    expect(newest.received).toEqual(['full/b 1 1', 'full/a 3 1']);
  });

  it('a device that comes back with CleanSession=0 still has its subscriptions', async () => {
    const witness = await site.witness();
    const device = await site.connected('back', { clean: false });
    await device.subscribe('back/a', 1);
    await device.disconnect();
    await witness.publish('back/a', 'while away');
    expect(await device.connect({ clean: false })).toBe(0);
    await device.got('back/a while away 1');
  });
});
