/** The gateway ends and comes back: devices notice a pause, and nothing that was acknowledged is lost. */
import { afterEach, describe, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import { publish } from '../support/device.js';
import { SETUPS, Site, setupName, type Setup, type SiteOptions } from '../support/site.js';
import { PATIENCE_MS, until } from '../support/wait.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const withMosquitto = SETUPS.filter(({ embedded }) => !embedded);

async function start(setup: Setup, options?: SiteOptions): Promise<Site> {
  return cleanup.add(await Site.start(setup, options), (one) => one.dispose());
}

/** Messages that the gateway has acknowledged to the broker. */
const acknowledged = ({ broker }: Site): number =>
  [...broker.log.matchAll(/Received (PUBACK|PUBCOMP) from (?!mqttjs)/g)].length;

describe.each(withMosquitto.map((setup) => [setupName(setup), setup] as const))(
  '%s',
  (_name, setup) => {
    it('killed: an ACTIVE device goes on with its ids and subscriptions, one with CleanSession=1 hears DISCONNECT', async () => {
      const site = await start(setup);
      const device = await site.device('device');
      await device.connect({ clean: false });
      const id = await device.register('up/a');
      await device.subscribe('down/+', 1);
      const clean = await site.connected('clean');
      const cleanId = await clean.register('up/b');
      await site.daemon.kill();
      const witness = await site.witness('up/#');
      await witness.publish('down/a', 'while away');
      await site.restart();
      await device.got('down/a while away 1');
      expect(await device.publish(id, 'after', 1)).toBe(0);
      await witness.saw('up/a after 1');
      await device.ping();
      expect(device.frames).toEqual([]);
      expect(site.daemon.count({ code: 'SESSION_CONNECTING' })).toBe(0);

      clean.send(publish({ topicId: cleanId, qos: 1, msgId: 9 }, 'x'));
      await clean.expect('DISCONNECT');
      await clean.connect();
      expect(await clean.publish(await clean.register('up/b'), 'again', 1)).toBe(0);
      await site.stop();
    });

    it('ended: a sleeper stays asleep with its buffer, and of one that has died meanwhile the will is published, and no other', async () => {
      const site = await start(setup);
      const witness = await site.witness('wills/#');
      const sleeper = await site.device('sleeper');
      await sleeper.connect({ clean: false, will: { topic: 'wills/sleeper', payload: 'gone' } });
      await sleeper.subscribe('down/#', 2);
      await sleeper.sleep(600);
      for (const n of [1, 2, 3]) await witness.publish('down/a', `message ${n}`, n === 2 ? 2 : 1);
      // Until then the broker would send them again, which QoS 1 allows.
      await until(() => acknowledged(site) === 3, PATIENCE_MS, 'the acknowledgements');
      const dead = await site.device('dead');
      await dead.connect({ clean: false, will: { topic: 'wills/dead', payload: 'gone', qos: 2 } });
      await dead.sleep(1);
      await site.daemon.stop();
      await site.restart();
      await witness.saw('wills/dead gone 2');
      await sleeper.wake();
      expect(sleeper.received).toEqual(
        [1, 2, 3].map((n) => `down/a message ${n} ${n === 2 ? 2 : 1}`),
      );
      expect(witness.seen).toEqual(['wills/dead gone 2']);
      await site.stop();
    });
  },
);

describe('aggregating, MQTT 5', () => {
  const setup: Setup = { mode: 'aggregating', version: 5 };

  it('whoever is overdue after a restart is lost, and its will is published once', async () => {
    const site = await start(setup);
    const witness = await site.witness('wills/#');
    const will = { topic: 'wills/lost', payload: 'gone', qos: 2 as const };
    const sleeper = await site.device('lost');
    await sleeper.connect({ clean: false, will });
    await sleeper.sleep(1);
    const clean = await site.device('clean');
    await clean.connect({
      keepAliveSec: 1,
      will: { topic: 'wills/clean', payload: 'gone', qos: 2 },
    });
    const patient = await site.device('patient');
    await patient.connect({ clean: false, will: { topic: 'wills/patient', payload: 'gone' } });
    await patient.sleep(600);
    await site.daemon.kill();
    await site.restart();
    await witness.saw('wills/lost gone 2');
    await witness.saw('wills/clean gone 2');
    await until(() => site.daemon.count({ code: 'SESSION_LOST' }) === 2, PATIENCE_MS, 'two lost');
    await site.daemon.kill();
    await site.restart();
    await patient.wake();
    expect(witness.seen.toSorted()).toEqual(['wills/clean gone 2', 'wills/lost gone 2']);
    await site.stop();
  });

  it('subscriptions that ended while the gateway was away are removed at the broker', async () => {
    const site = await start(setup);
    const device = await site.device('device');
    await device.connect({ clean: false });
    await device.subscribe('down/a', 1);
    const other = await site.connected('other');
    await other.subscribe('down/b', 1);
    await site.daemon.kill();
    await site.restart();
    await until(() => site.broker.log.includes('Sending UNSUBACK'), PATIENCE_MS, 'UNSUBSCRIBE');
    expect(site.broker.log).toMatch(/Received UNSUBSCRIBE[^]*?down\/b/);
    await site.stop();
  });

  it('the broker is away: what devices publish is acknowledged, outlives the gateway, and arrives in order', async () => {
    const site = await start(setup);
    const device = await site.device('device');
    await device.connect({ clean: false });
    const id = await device.register('up/a');
    await site.broker.kill();
    await site.daemon.logged('BROKER_DOWN');
    const other = await device.register('up/b');
    for (const n of [1, 2, 3]) {
      expect(await device.publish(id, `${n}`, 1)).toBe(0);
      expect(await device.publish(other, `${n}`, 2)).toBe(0);
    }
    await site.daemon.kill();
    await site.broker.restart();
    const witness = await site.witness('up/#');
    await site.restart();
    expect(await device.publish(id, '4', 1)).toBe(0);
    expect(await device.publish(other, '4', 2)).toBe(0);
    await witness.saw('up/a 4 1', 'up/b 4 2');
    const on = (topic: string): string[] => witness.seen.filter((line) => line.startsWith(topic));
    expect(on('up/a')).toEqual([1, 2, 3, 4].map((n) => `up/a ${n} 1`));
    expect(on('up/b')).toEqual([1, 2, 3, 4].map((n) => `up/b ${n} 2`));
    await site.stop();
  });

  it('more than mqtt.offline allows is answered with congestion', async () => {
    const site = await start(setup, { mqtt: { offline: { messages: 2 } } });
    const device = await site.connected('device');
    const id = await device.register('up/a');
    await site.broker.kill();
    await site.daemon.logged('BROKER_DOWN');
    const codes = [];
    for (const n of [1, 2, 3]) codes.push(await device.publish(id, `${n}`, 1));
    expect(codes).toEqual([0, 0, 1]);
    await site.stop();
  });
});
