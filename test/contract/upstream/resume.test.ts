/** What lives on when a connection is replaced: after a short outage, and for another will. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UpstreamOptions } from '../../../src/upstream/index.js';
import { Mosquitto } from '../../support/mosquitto.js';
import { MqttProxy } from '../../support/mqtt-proxy.js';
import { PATIENCE_MS, until } from '../../support/wait.js';
import { ScriptedCore, will, Witness } from './harness.js';

let broker: Mosquitto;
let witness: Witness;
const undo: (() => unknown)[] = [];

beforeEach(async () => {
  broker = await Mosquitto.start();
  undo.push(() => broker.dispose());
  witness = await Witness.at(broker.url, 'wills/#', 'up/#', 'base/#');
  undo.push(() => witness.end());
});

afterEach(async () => {
  for (const action of undo.splice(0).reverse()) await action();
});

async function begin(
  mode: 'aggregating' | 'transparent',
  version: 5 | 4,
  options: Partial<UpstreamOptions> = {},
) {
  const cable = new MqttProxy(broker.port, version);
  await cable.start();
  undo.push(() => cable.stop());
  const core = await ScriptedCore.connected({
    servers: [`mqtt://127.0.0.1:${cable.port}`],
    version,
    baseTopic: 'base',
    deviceOf: () => ({ mode }),
    ...options,
  });
  undo.push(() => core.stop());
  return { core, cable };
}

const received = (what: string) => broker.log.split(`Received ${what}`).length - 1;

describe.each([
  { mode: 'aggregating', version: 5, clean: true },
  { mode: 'aggregating', version: 4, clean: true },
  { mode: 'transparent', version: 5, clean: true },
  { mode: 'transparent', version: 5, clean: false },
  { mode: 'transparent', version: 4, clean: false },
] as const)(
  'a session over a short outage, $mode, MQTT version $version, CleanSession $clean',
  ({ mode, version, clean }) => {
    it('gets what was published meanwhile, from the first outage of a run on', async () => {
      const { core, cable } = await begin(mode, version);
      await core.open('d', clean);
      await core.subscribe('d', 'down/#', 2);
      const settled = () => broker.log.match(/Received PUB(ACK|COMP) from (gateway|d)/g)?.length;
      for (const [i, outage] of ['first', 'second'].entries()) {
        await cable.stop();
        await core.available(false);
        await witness.publish('down/1', outage, 1);
        await witness.publish('down/2', outage, 2);
        await cable.start();
        await until(() => settled() === 2 * (i + 1), PATIENCE_MS, 'the messages');
        await core.available(true);
      }
      await core.got('d', [
        'down/1 first 1',
        'down/2 first 2',
        'down/1 second 1',
        'down/2 second 2',
      ]);
      expect(received('SUBSCRIBE from d')).toBe(mode === 'transparent' ? 1 : 0);
    });
  },
);

/** The journal, which has no disk here, has taken what was written; the good-bye has gone out. */
const noted = () => new Promise((resolve) => setImmediate(resolve));

describe('the first connection of a run', () => {
  it.each([5, 4] as const)(
    'knows nothing of an earlier one, and tells its status once, MQTT version %i',
    async (version) => {
      const stale = { clientId: 'gateway', clean: false, protocolVersion: version } as const;
      const earlier = await Witness.at(broker.url, 'base/bridge/state');
      undo.push(() => earlier.end());
      const before = await Witness.as(broker.url, stale);
      await before.client.subscribeAsync('stale', { qos: 1 });
      await before.end();
      await witness.publish('stale', 'x', 1);
      const { core } = await begin('aggregating', version);
      await earlier.saw('base/bridge/state online 1');
      await core.published(core.send(null, 't', 'x', 1));
      expect(earlier.seen).toEqual(['base/bridge/state online 1']);
      expect(broker.log).not.toContain('Sending PUBLISH to gateway');
    },
  );
});

describe.each([5, 4] as const)('a clean session of a transparent device, MQTT version %i', (v) => {
  it.each(['discard', 'fire'] as const)('ends with close (%s)', async (how) => {
    const { core } = await begin('transparent', v);
    await core.open('d', true, will('wills/d'));
    await core.subscribe('d', 'down', 1);
    core.close('d', how);
    await until(() => broker.log.includes('Client d '), PATIENCE_MS, 'the end of the connection');
    await witness.publish('down', 'late', 1);
    await core.open('d', false);
    await core.subscribe('d', 'end', 1);
    await witness.publish('down', 'later', 1);
    await witness.publish('end', 'x', 1);
    await core.got('d', ['end x 1']);
    expect(witness.count('wills/d gone 1')).toBe(how === 'fire' ? 1 : 0);
  });

  it.each(['discard', 'fire'] as const)(
    'ends with close (%s), also when the device is back before its connection is closed',
    async (how) => {
      const { core } = await begin('transparent', v);
      await core.open('d', true, will('wills/d'));
      await core.subscribe('d', 'down', 1);
      core.close('d', how);
      await core.open('d', false);
      await core.subscribe('d', 'end', 1);
      await witness.publish('down', 'later', 1);
      await witness.publish('end', 'x', 1);
      await until(() => core.messages('d').includes('end x 1'), PATIENCE_MS, 'the last message');
      expect(core.messages('d')).toEqual(['end x 1']);
    },
  );

  it('ends with the next clean one', async () => {
    const { core, cable } = await begin('transparent', v);
    await core.open('d', true);
    await core.subscribe('d', 'down', 1);
    await cable.stop();
    await core.available(false);
    await witness.publish('down', 'late', 1);
    await cable.start();
    await core.open('d', true);
    await core.subscribe('d', 'end', 1);
    await witness.publish('down', 'later', 1);
    await witness.publish('end', 'x', 1);
    await until(() => core.messages('d').includes('end x 1'), PATIENCE_MS, 'the last message');
    expect(core.messages('d')).not.toContain('down later 1');
  });
});

describe.each([
  { version: 5, clean: true },
  { version: 5, clean: false },
  { version: 4, clean: false },
] as const)(
  'a new will of a transparent device, MQTT version $version, CleanSession $clean',
  ({ version, clean }) => {
    it('costs neither the session nor a message, and replays no retained ones', async () => {
      await witness.publish('down/kept', 'kept', 1, true);
      const { core } = await begin('transparent', version);
      await core.open('d', clean, will('wills/d', 'old'));
      await core.subscribe('d', 'down/#', 2);
      await core.got('d', ['down/kept kept 1 retained']);
      const changed = core.setWill('d', will('wills/d', 'new'));
      const sent = [0, 1, 2].map((qos) => core.send('d', `up/${qos}`, 'x', qos as 0 | 1 | 2));
      const subscribed = core.subscribe('d', 'more', 1);
      await witness.publish('down/1', 'meanwhile', 2);
      expect(await changed).not.toHaveProperty('failure');
      expect(await subscribed).toMatchObject({ grantedQos: 1 });
      for (const token of sent.slice(1)) {
        expect(await core.published(token)).not.toHaveProperty('failure');
      }
      await witness.saw('up/0 x 0', 'up/1 x 1', 'up/2 x 2');
      await witness.publish('more', 'm', 1);
      await core.got('d', ['down/kept kept 1 retained', 'down/1 meanwhile 2', 'more m 1']);
      for (const token of sent) expect(core.answers('published', token)).toHaveLength(1);
      expect(received('SUBSCRIBE from d')).toBe(2);
      core.close('d', 'fire');
      await witness.saw('wills/d new 1');
      expect(witness.count('wills/d old 1')).toBe(0);
    });

    it('is the one that fires when the device is lost while the broker is told of it', async () => {
      const { core } = await begin('transparent', version);
      await core.open('d', clean, will('wills/d', 'old'));
      const changed = core.setWill('d', will('wills/d', 'new'));
      await noted();
      core.close('d', 'fire');
      await changed;
      await witness.saw('wills/d new 1');
      expect(witness.count('wills/d old 1')).toBe(0);
    });
  },
);

describe('messages that wait for a new will', () => {
  it('are told "unavailable" when the broker goes away meanwhile', async () => {
    const { core, cable } = await begin('transparent', 5);
    await core.open('d', true, will('wills/d', 'old'));
    const changed = core.setWill('d', will('wills/d', 'new'));
    const sent = core.send('d', 'up/1', 'x', 1);
    // A connection that is lost before it is given up takes its messages up again.
    await noted();
    await cable.stop();
    expect(await changed).toMatchObject({ failure: 'unavailable' });
    expect(await core.published(sent)).toMatchObject({ failure: 'unavailable' });
  });
});
