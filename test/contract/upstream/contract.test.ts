/** What the core may expect of the broker's side, the same for every mode and MQTT version. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { UpstreamOptions } from '../../../src/upstream/index.js';
import { Mosquitto } from '../../support/mosquitto.js';
import { ScriptedCore, will, Witness } from './harness.js';

const modes = ['aggregating', 'transparent'] as const;
const versions = [5, 4] as const;
const kinds = modes.flatMap((mode) => versions.map((version) => ({ mode, version })));

describe.each(kinds)('upstream, $mode, MQTT version $version', ({ mode, version }) => {
  let broker: Mosquitto;
  let witness: Witness;
  let core: ScriptedCore;
  let run = 0;

  beforeAll(async () => {
    broker = await Mosquitto.start();
  });

  afterAll(() => broker.dispose());

  /** Topics and client ids of their own for each test, so that tests share a broker. */
  const own = (name: string) => `${name}-${mode}-${version}-${run}`;

  const begin = async (options: Partial<UpstreamOptions> = {}, ...watch: string[]) => {
    run++;
    core = await ScriptedCore.connected({
      servers: [broker.url],
      version,
      clientId: own('gw'),
      baseTopic: own('base'),
      deviceOf: () => ({ mode }),
      ...options,
    });
    witness = await Witness.at(broker.url, `${own('t')}/#`, ...watch);
  };

  afterEach(async () => {
    await core.stop();
    await witness.end();
  });

  it('publishes at every QoS and answers each once, at QoS 0 without a token not at all', async () => {
    await begin();
    const device = own('d');
    expect(await core.open(device)).not.toHaveProperty('failure');
    const zero = core.send(device, `${own('t')}/0`, 'zero', 0);
    const one = core.send(device, `${own('t')}/1`, 'one', 1);
    const two = core.send(device, `${own('t')}/2`, 'two', 2);
    const silent = { token: 0, client: device, topic: `${own('t')}/0`, payload: Buffer.from('-') };
    core.upstream.request({ op: 'publish', ...silent, qos: 0, retain: false });
    expect(await core.published(one)).not.toHaveProperty('failure');
    expect(await core.published(two)).not.toHaveProperty('failure');
    await witness.saw(`${own('t')}/0 zero 0`, `${own('t')}/1 one 1`, `${own('t')}/2 two 2`);
    for (const token of [zero, one, two]) expect(core.answers('published', token)).toHaveLength(1);
    expect(core.answers('published', 0)).toEqual([]);
    // And the gateway's own status, which may still be under way.
    expect([2, 3]).toContain(core.roundTrips.length);
  });

  it('publishes for nobody in particular', async () => {
    await begin();
    core.send(null, `${own('t')}/minus-one`, 'x', 0);
    await witness.saw(`${own('t')}/minus-one x 0`);
  });

  it('fires a will once when a device is lost, and not when it said good-bye', async () => {
    await begin();
    await core.open(own('lost'), true, will(`${own('t')}/lost`));
    await core.open(own('gone'), true, will(`${own('t')}/gone`));
    core.close(own('gone'), 'discard');
    core.close(own('lost'), 'fire');
    core.close(own('lost'), 'fire');
    await witness.saw(`${own('t')}/lost gone 1`);
    await witness.publish(`${own('t')}/end`, 'x');
    await witness.saw(`${own('t')}/end x 1`);
    expect(witness.count(`${own('t')}/lost gone 1`)).toBe(1);
    expect(witness.count(`${own('t')}/gone gone 1`)).toBe(0);
  });

  it('opens a session in place of another without firing its will', async () => {
    await begin();
    await core.open(own('d'), true, will(`${own('t')}/will`, 'first'));
    await core.open(own('d'), true, will(`${own('t')}/will`, 'second'));
    core.close(own('d'), 'fire');
    await witness.saw(`${own('t')}/will second 1`);
    expect(witness.count(`${own('t')}/will first 1`)).toBe(0);
  });

  it('replaces and deletes the will of an open session', async () => {
    await begin();
    await core.open(own('d'), false, will(`${own('t')}/will`, 'first'));
    await core.open(own('e'), false, will(`${own('t')}/will`, 'never'));
    expect(await core.setWill(own('d'), will(`${own('t')}/will`, 'new'))).not.toHaveProperty(
      'failure',
    );
    expect(await core.setWill(own('e'))).not.toHaveProperty('failure');
    core.close(own('e'), 'fire');
    core.close(own('d'), 'fire');
    await witness.saw(`${own('t')}/will new 1`);
    expect(witness.seen).toEqual([`${own('t')}/will new 1`]);
  });

  it('delivers at the QoS of the subscription at most', async () => {
    await begin();
    await core.open(own('a'));
    await core.open(own('b'));
    expect(await core.subscribe(own('a'), `${own('t')}/x`, 0)).toMatchObject({ grantedQos: 0 });
    expect(await core.subscribe(own('b'), `${own('t')}/x`, 2)).toMatchObject({ grantedQos: 2 });
    await witness.publish(`${own('t')}/x`, 'm', 2);
    await core.got(own('a'), [`${own('t')}/x m 0`]);
    await core.got(own('b'), [`${own('t')}/x m 2`]);
  });

  if (mode === 'aggregating') {
    it('delivers one copy to a device with overlapping filters', async () => {
      await begin();
      await core.open(own('a'));
      await core.open(own('b'));
      for (const [filter, qos] of [
        ['#', 0],
        ['x/+', 1],
        ['x/y', 1],
        ['+/y', 2],
      ] as const) {
        await core.subscribe(own('a'), `${own('t')}/${filter}`, qos);
      }
      await core.subscribe(own('b'), `${own('t')}/x/#`, 1);
      await witness.publish(`${own('t')}/x/y`, 'm', 2);
      await witness.publish(`${own('t')}/x`, 'end', 2);
      await core.got(own('a'), [`${own('t')}/x/y m 2`, `${own('t')}/x end 0`]);
      await core.got(own('b'), [`${own('t')}/x/y m 1`, `${own('t')}/x end 1`]);
    });
  }

  it('gives retained messages to each new subscriber of a filter, and to it alone', async () => {
    await begin();
    await witness.publish(`${own('t')}/r`, 'kept', 1, true);
    await core.open(own('a'));
    await core.open(own('b'));
    await core.subscribe(own('a'), `${own('t')}/+`, 1);
    await core.got(own('a'), [`${own('t')}/r kept 1 retained`]);
    await core.subscribe(own('b'), `${own('t')}/+`, 1);
    await core.got(own('b'), [`${own('t')}/r kept 1 retained`]);
    await core.subscribe(own('b'), `${own('t')}/+`, 1);
    await core.got(own('b'), [`${own('t')}/r kept 1 retained`, `${own('t')}/r kept 1 retained`]);
    expect(core.messages(own('a'))).toHaveLength(1);
  });

  it('stops delivering after unsubscribe, for that device alone', async () => {
    await begin();
    await core.open(own('a'));
    await core.open(own('b'));
    await core.subscribe(own('a'), `${own('t')}/x`, 1);
    await core.subscribe(own('b'), `${own('t')}/x`, 1);
    await core.unsubscribe(own('a'), `${own('t')}/x`);
    await core.unsubscribe(own('a'), `${own('t')}/never`);
    await witness.publish(`${own('t')}/x`, 'm');
    await core.got(own('b'), [`${own('t')}/x m 1`]);
    await core.unsubscribe(own('b'), `${own('t')}/x`);
    await witness.publish(`${own('t')}/x`, 'n');
    await core.subscribe(own('b'), `${own('t')}/y`, 1);
    await witness.publish(`${own('t')}/y`, 'end');
    await core.got(own('b'), [`${own('t')}/x m 1`, `${own('t')}/y end 1`]);
    expect(core.messages(own('a'))).toEqual([]);
  });

  it('keeps the subscriptions of a persistent session and forgets those of a clean one', async () => {
    await begin();
    await core.open(own('p'), false);
    await core.open(own('c'), true);
    await core.subscribe(own('p'), `${own('t')}/x`, 1);
    await core.subscribe(own('c'), `${own('t')}/x`, 1);
    core.close(own('p'), 'discard');
    core.close(own('c'), 'discard');
    await core.open(own('p'), false);
    await core.open(own('c'), true);
    await witness.publish(`${own('t')}/x`, 'm');
    await core.got(own('p'), [`${own('t')}/x m 1`]);
    core.close(own('p'), 'discard', true);
    await core.open(own('p'), false);
    await witness.publish(`${own('t')}/x`, 'n');
    await core.subscribe(own('p'), `${own('t')}/y`, 1);
    await witness.publish(`${own('t')}/y`, 'end');
    await core.got(own('p'), [`${own('t')}/x m 1`, `${own('t')}/y end 1`]);
    expect(core.messages(own('c'))).toEqual([]);
  });

  it('tells its status, and takes it back when it stops', async () => {
    await begin({}, `${own('base')}/#`);
    await witness.client.subscribeAsync(`${own('base')}/#`, { qos: 2 });
    await witness.saw(`${own('base')}/bridge/state online 1 retained`);
    await core.stop();
    await witness.saw(`${own('base')}/bridge/state offline 1`);
  });
});
