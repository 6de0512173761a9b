/** A broker that closes the connection over something it dislikes, instead of refusing it. */
import type { Packet } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import type { UpstreamOptions } from '../../../src/upstream/index.js';
import { TestJournal } from '../../support/journal.js';
import {
  CLOSES_WITHIN_MS,
  PING_TIMEOUT_MS,
  RESEND_TIMEOUT_MS,
} from '../../../src/upstream/limits.js';
import { realTime, type Time } from '../../../src/upstream/time.js';
import {
  connack,
  ScriptedBroker,
  type Script,
  type Session,
} from '../../support/scripted-broker.js';
import { PATIENCE_MS, until } from '../../support/wait.js';
import { Patience } from './patience.js';
import { brisk, hurried, ScriptedCore, will } from './harness.js';

const undo: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const action of undo.splice(0).reverse()) await action();
});

const DISLIKED = 'a/b/c/d/e/f/g/h/i';

/** As AWS IoT Core: nothing about more than seven slashes. `closing` is how it says so. */
const strict =
  (closing: 'end' | 'destroy' = 'destroy'): Script =>
  (packet, session) => {
    const messageId = 'messageId' in packet ? (packet.messageId ?? 0) : 0;
    const disliked = topicsOf(packet).some((topic) => topic.split('/').length > 8);
    if (disliked) session.socket[closing]();
    else if (packet.cmd === 'connect') session.send(connack());
    else if (packet.cmd === 'publish' && packet.qos === 1)
      session.send({ cmd: 'puback', messageId });
    else if (packet.cmd === 'publish' && packet.qos === 2)
      session.send({ cmd: 'pubrec', messageId });
    else if (packet.cmd === 'pubrel') session.send({ cmd: 'pubcomp', messageId });
    else if (packet.cmd === 'subscribe') session.send({ cmd: 'suback', messageId, granted: [1] });
    else if (packet.cmd === 'unsubscribe')
      session.send({ cmd: 'unsuback', messageId, granted: [0] });
    else if (packet.cmd === 'disconnect') session.socket.end();
  };

function topicsOf(packet: Packet): string[] {
  if (packet.cmd === 'publish') return [packet.topic];
  if (packet.cmd === 'subscribe') return packet.subscriptions.map(({ topic }) => topic);
  if (packet.cmd === 'unsubscribe') return packet.unsubscriptions;
  if (packet.cmd === 'connect' && packet.will !== undefined) return [packet.will.topic];
  return [];
}

/** Where it matters how quickly the broker closes, a busy machine must not pass for a broker that takes its time. */
async function start(script: Script, options: Partial<UpstreamOptions> = {}, time: Time = brisk) {
  const broker = await ScriptedBroker.start(script);
  undo.push(() => broker.stop());
  const core = new ScriptedCore({ servers: [broker.url], ...options }, time);
  undo.push(() => core.stop());
  await core.upstream.start();
  await core.available(true);
  const times = (cmd: Packet['cmd'], topic: string) =>
    broker.received.filter((packet) => packet.cmd === cmd && topicsOf(packet).includes(topic))
      .length;
  return { broker, core, times };
}

const kinds = (['aggregating', 'transparent'] as const).flatMap((mode) =>
  ([5, 4] as const).map((version) => ({ mode, version })),
);

describe.each(kinds)(
  'a broker that closes over a topic, $mode, MQTT version $version',
  ({ mode, version }) => {
    const options = { version, deviceOf: () => ({ mode }) };

    it.each([1, 2] as const)('gets a QoS %i message on it three times at most', async (qos) => {
      const { core, times } = await start(strict(), options);
      await core.open('d');
      const before = [1, 2].map((i) => core.send('d', 'fine', `${i}`, 1));
      const disliked = core.send('d', DISLIKED, 'x', qos);
      const behind = core.send('d', 'fine', '3', qos);
      expect(await core.published(disliked)).toMatchObject({ failure: 'refused' });
      for (const token of [...before, behind]) {
        expect(await core.published(token)).not.toHaveProperty('failure');
      }
      await core.available(true);
      expect(await core.published(core.send('d', 'fine', '4', qos))).not.toHaveProperty('failure');
      expect(times('publish', DISLIKED)).toBeLessThanOrEqual(3);
      expect(core.answers('published', disliked)).toHaveLength(1);
      const line = core.log.find((text) => text.includes('PUBLISH_GIVEN_UP'));
      expect(line).toContain(DISLIKED);
      expect(line).toContain('"d"');
    });

    it('is not asked for a filter again and again, nor to forget it', async () => {
      const { core, times } = await start(strict(), options);
      await core.open('d', false);
      await core.subscribe('d', 'fine', 1);
      expect(await core.subscribe('d', DISLIKED, 1)).toMatchObject({ failure: 'unavailable' });
      const again = async () => {
        await core.available(true);
        const isUp = async () => (await core.subscribe('d', 'fine', 1)).failure === undefined;
        await until(isUp, PATIENCE_MS, 'the connection');
        return core.subscribe('d', DISLIKED, 1);
      };
      expect(await again()).toMatchObject({ failure: 'refused' });
      for (let i = 0; i < 3; i++) expect(await again()).toMatchObject({ failure: 'refused' });
      expect(times('subscribe', DISLIKED)).toBe(2);
      await core.unsubscribe('d', 'fine');
      expect(times('unsubscribe', DISLIKED)).toBe(0);
      const line = core.log.find((text) => text.includes('SUBSCRIBE_GIVEN_UP'));
      expect(line).toContain(DISLIKED);
      expect(line).toContain('"d"');
    });
  },
);

describe.each(kinds)(
  'a broker that closes over a QoS 2 message of an earlier run, $mode, MQTT version $version',
  ({ mode, version }) => {
    it('gets it two more times at most, and those behind it once', async () => {
      const broker = await ScriptedBroker.start(strict());
      undo.push(() => broker.stop());
      const options = { servers: [broker.url], version, deviceOf: () => ({ mode }) };
      const journal = new TestJournal();
      const before = new ScriptedCore(options, brisk, journal);
      await before.upstream.start();
      await before.available(true);
      await before.open('d', false);
      journal.commits = 'never';
      before.sendOnce('d', DISLIKED, 'x', 'disliked');
      before.sendOnce('d', 'fine', 'x', 'fine');
      journal.commitUnheard();
      const found = journal.crashed();
      await before.stop();
      const after = new ScriptedCore(options, brisk, found);
      undo.push(() => after.stop());
      await after.upstream.start();
      after.resume('d');
      const [disliked, fine] = ['disliked', 'fine'].map((ref) => after.adopt('d', ref));
      expect(await after.published(disliked ?? 0)).toMatchObject({ failure: 'refused' });
      expect(await after.published(fine ?? 0)).not.toHaveProperty('failure');
      found.commit();
      expect(found.kept('uo')).toEqual([]);
      const times = (topic: string) =>
        broker.received.filter((packet) => packet.cmd === 'publish' && packet.topic === topic);
      expect(times(DISLIKED)).toHaveLength(2);
      expect(times('fine')).toHaveLength(1);
      expect(after.log.find((text) => text.includes('PUBLISH_GIVEN_UP'))).toContain(DISLIKED);
    });
  },
);

describe('a broker that closes over a topic', () => {
  it('gets a will on it three times at most, and the wills behind it', async () => {
    const { core, times } = await start(strict());
    await core.open('d', true, will(DISLIKED));
    await core.open('e', true, will('fine'));
    core.close('d', 'fire');
    core.close('e', 'fire');
    await until(() => core.log.some((line) => line.includes(DISLIKED)), PATIENCE_MS, 'a log line');
    await until(() => times('publish', 'fine') > 0, PATIENCE_MS, 'the other will');
    expect(times('publish', DISLIKED)).toBeLessThanOrEqual(3);
  });

  it('is not taken for one that does not know MQTT 5, when it does so during the repetition', async () => {
    const { broker, core } = await start(strict('end'));
    expect(await core.published(core.send(null, DISLIKED, 'x', 1))).toMatchObject({
      failure: 'refused',
    });
    await core.available(true);
    const versions = broker.received.map((packet) =>
      packet.cmd === 'connect' ? packet.protocolVersion : 5,
    );
    expect(new Set(versions)).toEqual(new Set([5]));
  });

  it('nor when it does so over the will of a device', async () => {
    const { broker, core } = await start(strict('end'), {
      deviceOf: () => ({ mode: 'transparent' }),
    });
    for (let i = 0; i < 4; i++) {
      expect(await core.open('d', true, will(DISLIKED))).toMatchObject({ failure: 'unavailable' });
    }
    expect(await core.open('e')).not.toHaveProperty('failure');
    expect(
      broker.received.every((packet) => packet.cmd !== 'connect' || packet.protocolVersion === 5),
    ).toBe(true);
  });

  it('keeps every other subscription, although many were under way', async () => {
    let dislikes = false;
    const script = strict();
    const { broker, core, times } = await start((packet, session) => {
      // The filter was fine at first: another broker has come.
      const disliked = packet.cmd === 'subscribe' && topicsOf(packet).includes('f/7');
      if (disliked && dislikes) session.socket.destroy();
      else script(packet, session);
    });
    await core.open('d', false);
    const filters = Array.from({ length: 20 }, (_, i) => `f/${i}`);
    for (const filter of filters) await core.subscribe('d', filter, 1);
    const connects = () => broker.received.filter((packet) => packet.cmd === 'connect').length;
    dislikes = true;
    core.send(null, DISLIKED, 'x', 0);
    await core.available(false);
    await until(
      () => core.log.some((line) => line.includes('SUBSCRIBE_GIVEN_UP')),
      PATIENCE_MS,
      'f/7',
    );
    await core.available(true);
    await until(
      () => filters.every((filter) => filter === 'f/7' || times('subscribe', filter) >= 2),
      PATIENCE_MS,
      'the others',
    );
    const before = connects();
    expect(await core.subscribe('d', 'one more', 1)).not.toHaveProperty('failure');
    expect(connects()).toBe(before);
    expect(times('subscribe', 'f/7')).toBe(3);
    expect(core.log.filter((line) => line.includes('SUBSCRIBE_GIVEN_UP'))).toHaveLength(1);
  });
});

describe('a broker that does not take a message, and closes nothing over it', () => {
  /** Three connections long, without an answer to a message; then all is well. */
  const reluctant = (
    meanwhile: (session: Session) => void,
  ): { script: Script; losses: () => number } => {
    let connections = 0;
    const polite = strict();
    const script: Script = (packet, session) => {
      if (packet.cmd === 'connect') connections++;
      if (topicsOf(packet).includes('fine') && connections <= 3) meanwhile(session);
      else polite(packet, session);
    };
    return { script, losses: () => connections - 1 };
  };

  it('but goes away a while later, as in a restart, gets it until it takes it', async () => {
    const closing = (session: Session) =>
      void setTimeout(() => session.socket.destroy(), (2 * CLOSES_WITHIN_MS) / 50);
    const { script, losses } = reluctant(closing);
    const { core } = await start(script, {}, hurried);
    expect(await core.published(core.send(null, 'fine', 'x', 1))).not.toHaveProperty('failure');
    expect(losses()).toBe(3);
  });

  it('and goes away at once, but says why, gets it until it takes it', async () => {
    const { script, losses } = reluctant((session) => {
      session.send({ cmd: 'disconnect', reasonCode: 0x8b });
      session.socket.end();
    });
    const { core } = await start(script, {}, hurried);
    expect(await core.published(core.send(null, 'fine', 'x', 1))).not.toHaveProperty('failure');
    expect(losses()).toBe(3);
  });

  it('nor answers pings gets it until it takes it', async () => {
    const { script, losses } = reluctant((session) => session.socket.pause());
    const { core } = await start(script, { keepaliveSec: 1 }, realTime);
    expect(await core.published(core.send(null, 'fine', 'x', 1))).not.toHaveProperty('failure');
    expect(losses()).toBe(3);
  });

  it('nor a filter, is asked for it again', async () => {
    let isSilent = true;
    const polite = strict();
    const { core } = await start(
      (packet, session) => {
        if (packet.cmd === 'subscribe' && isSilent) session.socket.pause();
        else polite(packet, session);
      },
      { keepaliveSec: 1 },
      realTime,
    );
    await core.open('d', false);
    for (let i = 0; i < 3; i++) {
      expect(await core.subscribe('d', 'fine', 1)).toMatchObject({ failure: 'unavailable' });
      await core.available(false);
      await core.available(true);
    }
    isSilent = false;
    expect(await core.subscribe('d', 'fine', 1)).not.toHaveProperty('failure');
  });

  it('but does when it is repeated keeps its connection', async () => {
    const patience = new Patience(RESEND_TIMEOUT_MS, PING_TIMEOUT_MS);
    const polite = strict();
    let isFirst = true;
    const { broker, core } = await start(
      (packet, session) => {
        if (!topicsOf(packet).includes('fine') || !isFirst) return polite(packet, session);
        isFirst = false;
        session.socket.destroy();
      },
      {},
      patience,
    );
    for (const payload of ['x', 'y']) {
      const sent = core.send(null, 'fine', payload, 1);
      expect(await core.published(sent)).not.toHaveProperty('failure');
      for (let i = 0; i < 2; i++) patience.end();
    }
    expect(broker.received.filter(({ cmd }) => cmd === 'connect')).toHaveLength(2);
  });

  it('but answers everything else gets it three times at most', async () => {
    const polite = strict();
    let isFirst = true;
    const { core, times } = await start(
      (packet, session) => {
        if (packet.cmd === 'pingreq') return session.send({ cmd: 'pingresp' });
        if (!topicsOf(packet).includes('ignored')) return polite(packet, session);
        if (isFirst) session.socket.destroy();
        isFirst = false;
      },
      {},
      hurried,
    );
    const ignored = core.send(null, 'ignored', 'x', 1);
    expect(await core.published(ignored)).toMatchObject({ failure: 'refused' });
    expect(times('publish', 'ignored')).toBe(3);
    await core.available(true);
    expect(await core.published(core.send(null, 'fine', 'x', 1))).not.toHaveProperty('failure');
  });
});
