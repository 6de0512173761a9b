/** The broker goes away and comes back. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UpstreamOptions } from '../../../src/upstream/index.js';
import { Mosquitto } from '../../support/mosquitto.js';
import { freePort } from '../../support/ports.js';
import { PATIENCE_MS, until } from '../../support/wait.js';
import { brisk, hurried, ScriptedCore, will, Witness } from './harness.js';

const versions = [5, 4] as const;
const kinds = (['aggregating', 'transparent'] as const).flatMap((mode) =>
  versions.map((version) => ({ mode, version })),
);

describe.each(kinds)(
  'upstream over an outage, $mode, MQTT version $version',
  ({ mode, version }) => {
    let broker: Mosquitto;
    let core: ScriptedCore;
    let options: Partial<UpstreamOptions>;

    beforeEach(async () => {
      broker = await Mosquitto.start();
      options = { servers: [broker.url], version, deviceOf: () => ({ mode }) };
    });

    afterEach(async () => {
      await core.stop();
      await broker.dispose();
    });

    it('starts without a broker, tells devices so, and connects when it comes', async () => {
      await broker.kill();
      core = new ScriptedCore(options, hurried);
      await core.upstream.start();
      expect(await core.open('d')).toMatchObject({ failure: 'unavailable' });
      expect(await core.published(core.send(null, 't', 'x', 0))).toMatchObject({
        failure: 'unavailable',
      });
      expect(await core.subscribe('d', 't', 1)).toMatchObject({ failure: 'unavailable' });
      await broker.restart();
      await core.available(true);
      expect(await core.open('d')).not.toHaveProperty('failure');
    });

    it('subscribes again after a broker without memory, and works on', async () => {
      core = await ScriptedCore.connected(options, brisk);
      await core.open('d', false);
      await core.subscribe('d', 'a/b', 1);
      await core.subscribe('d', 'a/+', 1);
      await broker.kill();
      await core.available(false);
      // A device's own connection may be lost a moment later, and then the message stays open.
      if (mode === 'aggregating') {
        expect(await core.published(core.send('d', 't', 'x', 1))).toMatchObject({
          failure: 'unavailable',
        });
      }
      await broker.restart();
      await core.available(true);
      const filters = mode === 'aggregating' && version === 4 ? 2 : 1;
      const renewed = () => (broker.log.match(/Received SUBSCRIBE from/g)?.length ?? 0) >= 4;
      await until(renewed, PATIENCE_MS, `renewed subscriptions (${filters} connections)`);
      const witness = await Witness.at(broker.url);
      await witness.publish('a/b', 'm');
      await until(() => core.messages('d').length > 0, PATIENCE_MS, 'the message');
      expect(core.messages('d')[0]).toBe('a/b m 1');
      await witness.end();
    });

    it('answers what was in flight exactly once, after the outage', async () => {
      core = await ScriptedCore.connected({ ...options, maxInflight: 5 }, brisk);
      await core.open('d', false);
      // What the gateway says of itself has left the window too, once this is answered.
      await core.published(core.send('d', 't/x', 'before', 1));
      broker.freeze();
      const tokens = Array.from({ length: 12 }, (_, i) =>
        core.send('d', 't/x', `${i}`, i % 2 ? 2 : 1),
      );
      expect(core.answers('published', tokens[0] ?? 0)).toEqual([]);
      await broker.kill();
      await core.available(false);
      await broker.restart();
      const answers = await Promise.all(tokens.map((token) => core.published(token)));
      expect(answers.slice(0, 5).every((answer) => answer.failure === undefined)).toBe(true);
      expect(answers.slice(5).every((answer) => answer.failure === 'unavailable')).toBe(true);
      for (const token of tokens) expect(core.answers('published', token)).toHaveLength(1);
      await until(
        () => /Received PUBLISH from \S+ \(d1, q1/.test(broker.log),
        PATIENCE_MS,
        'its log',
      );
    });

    it('who asks in vain for a new session has the one before, with its will, or is told that it is closed', async () => {
      core = await ScriptedCore.connected(options, hurried);
      await core.open('d', true, will('wills/d', 'gone', 1));
      await broker.kill();
      await core.available(false);
      expect(await core.open('d', false)).toMatchObject({ failure: 'unavailable' });
      const isClosed = core.events.some(({ event }) => event === 'closed');
      expect(isClosed).toBe(mode === 'transparent');
      if (isClosed) return;
      core.close('d', 'fire');
      await broker.restart();
      const isFired = () => /Received PUBLISH from \S+ \(.*'wills\/d/.test(broker.log);
      await until(isFired, 5000, 'the will');
    });

    if (mode === 'aggregating') {
      it('fires a will that waited for the broker once', async () => {
        core = await ScriptedCore.connected(options, hurried);
        await core.open('d', true, will('wills/d', 'gone', 2));
        await core.open('e', true, { ...will('wills/e', 'gone', 0), retain: true });
        await broker.kill();
        await core.available(false);
        core.close('d', 'fire');
        core.close('e', 'fire');
        await broker.restart();
        await core.available(true);
        const count = () =>
          broker.log.match(/Received PUBLISH from \S+ \(.*'wills\/./g)?.length ?? 0;
        await until(() => count() === 2, PATIENCE_MS, 'both wills');
        await core.published(core.send(null, 't', 'x', 1));
        expect(count()).toBe(2);
      });
    }

    if (mode === 'transparent') {
      it('closes a session when the broker stays away for the grace time', async () => {
        core = await ScriptedCore.connected(options, hurried);
        await core.open('d');
        await broker.kill();
        await core.closed('d');
        expect(await core.published(core.send('d', 't', 'x', 1))).toMatchObject({
          failure: 'unavailable',
        });
      });
    }

    it('moves on to the next broker of the list and stays there', async () => {
      const nowhere = `mqtt://127.0.0.1:${await freePort()}`;
      core = await ScriptedCore.connected({ ...options, servers: [nowhere, broker.url] }, hurried);
      expect(await core.open('d')).not.toHaveProperty('failure');
      expect(await core.open('e')).not.toHaveProperty('failure');
      expect(core.log.filter((line) => line.includes('cannot be reached'))).toEqual([]);
    });
  },
);
