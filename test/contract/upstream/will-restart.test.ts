/** Wills over a restart: each fires once, and only when its device is lost. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MqttQos } from '../../../src/core/types.js';
import {
  GRACE_MS,
  LAST_ANSWERS_TIMEOUT_MS,
  STOP_TIMEOUT_MS,
  WILL_TIMEOUT_MS,
} from '../../../src/upstream/limits.js';
import { PATIENCE_MS, until } from '../../support/wait.js';
import { brisk, will, Witness } from './harness.js';
import { type Life, Lives } from './lives.js';
import { Patience } from './patience.js';

const qualities = [0, 1, 2] as const;

let lives: Lives;

afterEach(() => lives.dispose());

describe.each([5, 4] as const)('a will of an aggregated device, MQTT version %i', (version) => {
  beforeEach(async () => {
    lives = await Lives.prepare({ mode: 'aggregating', version }, 'wills/#');
  });

  /** A life in which the device has just been lost, and the disk is slow. */
  const lost = async (qos: MqttQos): Promise<Life> => {
    const life = await lives.begin();
    await life.core.open('d', false, will('wills/d', 'gone', qos));
    life.journal.commit();
    life.journal.commits = 'never';
    life.core.close('d', 'fire');
    return life;
  };

  /** Everything that was under way has come. */
  const settled = async (life: Life) => {
    await life.core.published(life.core.send(null, 'wills/end', 'x', 1));
    await lives.witness.saw('wills/end x 1');
  };

  it.each(qualities)('at QoS %i does not fire before the disk knows of it', async (qos) => {
    const before = await lost(qos);
    await settled(before);
    const after = await lives.begin({ journal: await before.crash() });
    await settled(after);
    expect(lives.witness.count(`wills/d gone ${qos}`)).toBe(0);
  });

  it.each(qualities)('at QoS %i fires after the restart, and only once', async (qos) => {
    const before = await lost(qos);
    before.journal.commitUnheard();
    const after = await lives.begin({ journal: await before.crash() });
    await lives.witness.saw(`wills/d gone ${qos}`);
    await settled(after);
    after.journal.commit();
    const last = await lives.begin({ journal: await after.crash() });
    await settled(last);
    expect(lives.witness.count(`wills/d gone ${qos}`)).toBe(1);
    expect(last.journal.kept('uw')).toEqual([]);
  });

  it('at QoS 2 fires once when the crash comes in the middle', async () => {
    const before = await lost(2);
    before.hold('pubcomp');
    before.journal.commits = 'soon';
    await before.held('pubcomp');
    const after = await lives.begin({ journal: await before.crash() });
    await settled(after);
    expect(lives.witness.count('wills/d gone 2')).toBe(1);
    after.journal.commit();
    expect(after.journal.kept('uw')).toEqual([]);
  });

  it('at QoS 0 rather not than twice', async () => {
    const before = await lost(0);
    before.journal.commit();
    before.journal.commitUnheard();
    const after = await lives.begin({ journal: await before.crash() });
    await settled(after);
    expect(lives.witness.count('wills/d gone 0')).toBeLessThanOrEqual(1);
    expect(after.journal.kept('uw')).toEqual([]);
  });

  it('of a session that went on after the restart fires when the device is lost then', async () => {
    const before = await lives.begin();
    await before.core.open('d', true, will('wills/d'));
    const after = await lives.begin({
      journal: await before.crash(),
      resume: (core) => core.resume('d', {}, { cleanSession: true, will: will('wills/d') }),
    });
    after.core.close('d', 'fire');
    await lives.witness.saw('wills/d gone 1');
  });
});

describe('a will of a transparent device with a persistent session, MQTT version 5', () => {
  beforeEach(async () => {
    lives = await Lives.prepare({ mode: 'transparent', version: 5 }, 'wills/#');
  });

  it('does not fire over a restart', async () => {
    const before = await lives.begin();
    await before.core.open('d', false, will('wills/d'));
    const after = await lives.begin({
      journal: await before.crash(),
      resume: (core) => core.resume('d', {}, { will: will('wills/d') }),
    });
    const isUp = async () => {
      const sent = after.core.send('d', 'wills/end', 'x', 1);
      return (await after.core.published(sent)).failure === undefined;
    };
    await until(isUp, PATIENCE_MS, 'the connection of d');
    await lives.witness.saw('wills/end x 1');
    expect(lives.witness.count('wills/d gone 1')).toBe(0);
  });

  it.each(qualities)('at QoS %i fires at once, and once, when the device is lost', async (qos) => {
    const { core } = await lives.begin();
    await core.open('d', false, will('wills/d', 'gone', qos));
    await core.subscribe('d', 'down', 1);
    core.close('d', 'fire');
    await lives.witness.saw(`wills/d gone ${qos}`);
    await until(() => !lives.cable.isConnected('d'), PATIENCE_MS, 'the end of the connection');
    await lives.witness.publish('down', 'x', 1);
    await core.open('d', false);
    await core.got('d', ['down x 1']);
    expect(lives.witness.count(`wills/d gone ${qos}`)).toBe(1);
    expect(lives.received('DISCONNECT from d')).toBe(1);
  });

  it('a device that comes back while it fires and gives up before that is over: nobody is connected', async () => {
    const life = await lives.begin();
    const { core } = life;
    await core.open('d', false, will('wills/d', 'gone', 1));
    life.hold('puback');
    core.close('d', 'fire');
    await life.held('puback');
    const opened = core.open('d', false);
    core.close('d', 'discard');
    lives.cable.holds = () => false;
    lives.cable.releaseAll();
    await opened;
    await until(() => !lives.cable.isConnected('d'), PATIENCE_MS, 'the end of the connection');
    // Requests are handled in order: who comes after all that is there alone.
    await core.open('other', false);
    expect(lives.cable.isConnected('d')).toBe(false);
    expect(life.sentSoFar('connect')).toBe(1);
  });

  it('a device that comes back while the broker does not answer is connected when the wait for it is over', async () => {
    const time = new Patience(WILL_TIMEOUT_MS);
    const life = await lives.begin({ time });
    const { core } = life;
    await core.open('d', false, will('wills/d', 'gone', 1));
    life.hold('puback');
    core.close('d', 'fire');
    await life.held('puback');
    const opened = core.open('d', false);
    // Requests are handled in order: who comes after all that is there alone.
    await core.open('other', false);
    expect(life.sentSoFar('connect')).toBe(1);
    time.end();
    expect(await opened).not.toHaveProperty('failure');
    expect(life.sentSoFar('connect')).toBe(2);
  });

  it('a device waits for it when the gateway ends: nobody connects any more', async () => {
    const life = await lives.begin({ time: brisk });
    const { core } = life;
    await core.open('d', false, will('wills/d', 'gone', 1));
    life.hold('puback');
    core.close('d', 'fire');
    await life.held('puback');
    core.upstream.request({ op: 'open', token: 0, client: 'd', cleanSession: false });
    await core.stop();
    await until(() => !lives.cable.isConnected('d'), PATIENCE_MS, 'the end of the connection');
    expect(life.sentSoFar('connect')).toBe(1);
  });

  it('a connection that was given up before CONNACK may have begun the session: its subscriptions are asked for again', async () => {
    const life = await lives.begin();
    const { core } = life;
    await core.open('d', false);
    await core.subscribe('d', 'down', 1);
    core.close('d', 'discard');
    await lives.broker.kill();
    await core.available(false);
    await lives.broker.restart();
    await core.available(true);
    life.hold('connack');
    void core.open('d', false);
    await life.held('connack');
    core.close('d', 'discard');
    await until(() => !lives.cable.isConnected('d'), PATIENCE_MS, 'the end of the connection');
    lives.cable.holds = () => false;
    expect(await core.open('d', false)).not.toHaveProperty('failure');
    const witness = await Witness.at(lives.broker.url);
    const hasCome = async () => {
      await witness.publish('down', 'x', 1);
      return core.messages('d').includes('down x 1');
    };
    try {
      await until(hasCome, PATIENCE_MS, 'a message');
    } finally {
      await witness.end();
    }
  });

  it('who wants to connect while the gateway ends hears nothing, and nobody connects', async () => {
    const life = await lives.begin();
    await life.core.open('d', false, will('wills/d'));
    const stopped = life.stop();
    life.core.upstream.request({ op: 'open', token: 0, client: 'late', cleanSession: false });
    const { core } = await lives.begin({ journal: await stopped });
    await core.open('other', false);
    expect(life.core.answers('opened', 0)).toEqual([]);
    expect(lives.broker.log).toContain(' as other ');
    expect(lives.broker.log).not.toContain(' as late ');
  });

  it('is left to the broker when the gateway ends before its answer: no DISCONNECT takes it away', async () => {
    const life = await lives.begin({ time: brisk });
    await life.core.open('d', false, will('wills/d', 'gone', 1));
    life.hold('puback');
    life.core.close('d', 'fire');
    await life.held('puback');
    await life.stop();
    await until(() => !lives.cable.isConnected('d'), PATIENCE_MS, 'the end of the connection');
    expect(life.sentSoFar('disconnect')).toBe(0);
  });

  it('is what the end of the gateway waits for, and for nothing after it', async () => {
    const life = await lives.begin({
      time: new Patience(LAST_ANSWERS_TIMEOUT_MS, STOP_TIMEOUT_MS),
    });
    await life.core.open('d', false, will('wills/d', 'gone', 1));
    life.hold('puback');
    life.core.close('d', 'fire');
    await life.held('puback');
    const stopped = life.stop();
    lives.cable.holds = () => false;
    lives.cable.releaseAll();
    await stopped;
    expect(life.sentSoFar('disconnect')).toBe(1);
  });

  it('a device that comes back while it fires waits for that', async () => {
    const { core } = await lives.begin();
    await core.open('d', false, will('wills/d', 'gone', 2));
    core.close('d', 'fire');
    expect(await core.open('d', false)).not.toHaveProperty('failure');
    await lives.witness.saw('wills/d gone 2');
    expect(lives.witness.count('wills/d gone 2')).toBe(1);
  });
});

describe.each([5, 4] as const)(
  'a will that the broker forgot at the end of a run, MQTT version %i',
  (version) => {
    it('its device is lost while its connection begins: fires once, for DISCONNECT takes away what CONNECT has told', async () => {
      lives = await Lives.prepare({ mode: 'transparent', version }, 'wills/#');
      const before = await lives.begin();
      await before.core.open('d', false, will('wills/d'));
      const after = await lives.begin({
        journal: await before.stop(),
        resume: (core) => core.resume('d', {}, { will: will('wills/d') }),
        holding: 'connack',
      });
      after.core.close('d', 'fire');
      await lives.witness.saw('wills/d gone 1');
      lives.cable.holds = () => false;
      lives.cable.releaseAll();
      await until(() => !lives.cable.isConnected('d'), PATIENCE_MS, 'the end of the connection');
      expect(after.sentSoFar('disconnect')).toBe(1);
      expect(lives.witness.count('wills/d gone 1')).toBe(1);
    });

    it('its device was given up with the broker away: nobody owes it any more', async () => {
      lives = await Lives.prepare({ mode: 'transparent', version });
      const time = new Patience(GRACE_MS);
      const life = await lives.begin({ time });
      await life.core.open('d', true, will('wills/d'));
      await lives.broker.kill();
      await life.core.available(false);
      const owed = () => {
        life.journal.commit();
        return life.journal.kept('ue');
      };
      await until(() => owed().length === 1, PATIENCE_MS, 'the record');
      time.end();
      const isClosed = () => life.core.events.some(({ event }) => event === 'closed');
      await until(isClosed, PATIENCE_MS, 'the end of its session');
      expect(owed()).toEqual([]);
    });

    it.each([
      ['ended', (life: Life) => life.stop()],
      ['was killed', (life: Life) => life.crash()],
    ])('and that went with a broker that was away as the run %s: fires', async (_how, end) => {
      lives = await Lives.prepare({ mode: 'transparent', version });
      const before = await lives.begin();
      await before.core.open('d', true, will('wills/d'));
      await lives.broker.kill();
      await before.core.available(false);
      await until(() => !lives.cable.isConnected('d'), PATIENCE_MS, 'the end of the connection');
      before.journal.commit();
      const journal = await end(before);
      await lives.broker.restart();
      const witness = await Witness.at(lives.broker.url, 'wills/#');
      try {
        const after = await lives.begin({
          journal,
          resume: (core) => core.resume('d', {}, { cleanSession: true, will: will('wills/d') }),
        });
        after.core.close('d', 'fire');
        await witness.saw('wills/d gone 1');
      } finally {
        await witness.end();
      }
    });
  },
);
