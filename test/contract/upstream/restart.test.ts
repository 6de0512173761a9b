/** The broker's session over a restart of the gateway: what waits there arrives, and nothing stays behind. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MqttQos } from '../../../src/core/types.js';
import type { TestJournal } from '../../support/journal.js';
import { Mosquitto } from '../../support/mosquitto.js';
import { PATIENCE_MS, until } from '../../support/wait.js';
import { brisk, ScriptedCore, Witness } from './harness.js';
import { kinds, type Life, Lives } from './lives.js';

type Filters = Record<string, MqttQos>;

describe.each(kinds)('a restart, $mode, MQTT version $version', (kind) => {
  let lives: Lives;

  beforeEach(async () => {
    lives = await Lives.prepare(kind);
  });

  afterEach(() => lives.dispose());

  /** Device `d` with these subscriptions. */
  const subscribed = async (filters: Filters): Promise<Life> => {
    const life = await lives.begin();
    await life.core.open('d', false);
    for (const [filter, qos] of Object.entries(filters)) {
      await life.core.subscribe('d', filter, qos);
    }
    life.journal.commit();
    return life;
  };

  const restart = async (journal: TestJournal, filters: Filters): Promise<Life> => {
    const life = await lives.begin({ journal, resume: (core) => core.resume('d', filters) });
    await lives.connected('d');
    return life;
  };

  it.each(['crash', 'stop'] as const)(
    'after a %s: what was published meanwhile comes',
    async (end) => {
      const filters: Filters =
        kind.mode === 'aggregating'
          ? { 'down/#': 1, 'down/+': 2, 'other/x': 1 }
          : { 'down/#': 2, 'other/x': 1 };
      const before = await subscribed(filters);
      const journal = await before[end]();
      await lives.witness.publish('down/1', 'one', 1);
      await lives.witness.publish('down/2', 'two', 2);
      await lives.witness.publish('other/x', 'x', 2);
      const subscribes = lives.received('SUBSCRIBE');
      const after = await restart(journal, filters);
      await after.core.got('d', ['down/1 one 1', 'down/2 two 2', 'other/x x 1']);
      await lives.witness.publish('down/3', 'three', 2);
      await after.core.got('d', ['down/1 one 1', 'down/2 two 2', 'other/x x 1', 'down/3 three 2']);
      expect(lives.received('SUBSCRIBE')).toBe(subscribes);
      expect(lives.received('UNSUBSCRIBE')).toBe(0);
    },
  );

  it('makes the subscriptions anew when the broker has lost its session', async () => {
    const before = await subscribed({ 'down/#': 1 });
    const journal = await before.crash();
    await lives.broker.kill();
    await lives.broker.restart();
    const after = await restart(journal, { 'down/#': 1 });
    await until(() => lives.received('SUBSCRIBE') === 2, PATIENCE_MS, 'the subscription');
    const other = await Witness.at(lives.broker.url);
    await other.publish('down/1', 'x', 1);
    await after.core.got('d', ['down/1 x 1']);
    await other.end();
  });

  it('also when another crash came before they were made', async () => {
    const first = await subscribed({ 'down/1': 1, 'down/2': 1 });
    const journal = await first.crash();
    await lives.broker.kill();
    await lives.broker.restart();
    const second = await lives.begin({
      journal,
      resume: (core) => core.resume('d', { 'down/1': 1, 'down/2': 1 }),
      holding: 'connack',
    });
    // The broker has a session of ours now, without our subscriptions.
    const third = await restart(await second.crash(), { 'down/1': 1, 'down/2': 1 });
    const other = await Witness.at(lives.broker.url);
    const arrived = async () => {
      await other.publish('down/1', 'x', 1);
      await other.publish('down/2', 'x', 1);
      const messages = third.core.messages('d');
      return messages.includes('down/1 x 1') && messages.includes('down/2 x 1');
    };
    await until(arrived, PATIENCE_MS, 'messages for both');
    await other.end();
  });

  it('of the store alone: a session that no record tells of is not taken up', async () => {
    if (kind.mode === 'transparent') return;
    const before = await subscribed({ 'down/#': 1 });
    await before.crash();
    await lives.witness.publish('down/1', 'x', 1);
    const after = await lives.begin();
    await after.core.open('d', false);
    await after.core.subscribe('d', 'other', 1);
    await lives.witness.publish('other', 'x', 1);
    await after.core.got('d', ['other x 1']);
  });
});

describe.each([5, 4] as const)(
  'a restart with subscriptions that nobody wants, MQTT version %i',
  (version) => {
    let lives: Lives;

    beforeEach(async () => {
      lives = await Lives.prepare({ mode: 'aggregating', version });
    });

    afterEach(() => lives.dispose());

    it('removes them at the first connection, and keeps the others', async () => {
      const before = await lives.begin();
      for (const client of ['d', 'e']) await before.core.open(client, false);
      await before.core.subscribe('d', 'both', 1);
      await before.core.subscribe('e', 'both', 1);
      await before.core.subscribe('d', 'wild/#', 1);
      await before.core.subscribe('e', 'wild/x', 1);
      await before.core.subscribe('e', 'gone', 1);
      const journal = await before.crash();
      const subscribes = lives.received('SUBSCRIBE');
      await lives.witness.publish('both', '1', 1);
      await lives.witness.publish('wild/x', '1', 1);
      await lives.witness.publish('gone', '1', 1);
      const after = await lives.begin({
        journal,
        resume: (core) => core.resume('d', { both: 1, 'wild/#': 1 }),
      });
      await until(() => lives.received('UNSUBSCRIBE') === 2, PATIENCE_MS, 'UNSUBSCRIBE');
      await after.core.got('d', ['both 1 1', 'wild/x 1 1']);
      expect(after.core.messages('e')).toEqual([]);
      expect(after.core.events).toContainEqual({ event: 'unclaimed', topic: 'gone' });
      const left = () => {
        after.journal.commit();
        return !after.journal
          .values('ur')
          .some((round) => /gone|wild.x/.test(JSON.stringify(round)));
      };
      await until(left, PATIENCE_MS, 'the end of their records');
      expect(lives.received('SUBSCRIBE')).toBe(subscribes);
    });

    it('removes one whose records are lost when a message comes for it, and tells of the message', async () => {
      const before = await lives.begin();
      await before.core.open('d', false);
      await before.core.subscribe('d', 'gone', 1);
      await before.core.subscribe('d', 'kept', 1);
      const journal = await before.crash();
      for (const key of journal.kept('ur')) journal.delete(key);
      journal.commit();
      const { core } = await lives.begin({
        journal,
        resume: (one) => one.resume('d', { kept: 1 }),
      });
      for (const payload of ['1', '2']) await lives.witness.publish('gone', payload, 1);
      const told = () => core.events.filter(({ event }) => event === 'unclaimed');
      await until(() => told().length > 0, PATIENCE_MS, 'the notice');
      expect(told()[0]).toEqual({ event: 'unclaimed', topic: 'gone' });
      await until(() => lives.received('UNSUBSCRIBE') > 0, PATIENCE_MS, 'UNSUBSCRIBE');
      const end = async () => {
        const sofar = told().length;
        await lives.witness.publish('gone', 'later', 1);
        await lives.witness.publish('kept', 'later', 1);
        await core.published(core.send('d', 'up', 'x', 1));
        return told().length === sofar;
      };
      await until(end, PATIENCE_MS, 'the end of the subscription');
      await until(() => core.messages('d').includes('kept later 1'), PATIENCE_MS, 'what is kept');
    });

    it('does not take the messages of an old subscription for those of a new one', async () => {
      const before = await lives.begin();
      await before.core.open('e', false);
      await before.core.subscribe('e', 'old/#', 1);
      const journal = await before.crash();
      await lives.witness.publish('old/1', 'x', 1);
      const after = await lives.begin({ journal });
      await after.core.open('d', false);
      await after.core.subscribe('d', 'new', 1);
      await lives.witness.publish('new', 'x', 1);
      await after.core.got('d', ['new x 1']);
    });

    it('nor when the disk had failed, so that both have the same number', async () => {
      const before = await lives.begin();
      await before.core.open('e', false);
      await before.core.subscribe('e', 'kept', 1);
      before.journal.commit();
      const memory = await before.crash();
      const disk = memory.crashed();
      memory.commits = 'at-once';
      const resume = (core: ScriptedCore) => core.resume('e', { kept: 1 });
      const forgotten = await lives.begin({ journal: memory, resume });
      await forgotten.core.subscribe('e', 'old', 1);
      await forgotten.crash();
      const after = await lives.begin({ journal: disk, resume });
      await after.core.open('d', false);
      await after.core.subscribe('d', 'new', 1);
      await lives.witness.publish('old', 'x', 1);
      await lives.witness.publish('new', 'x', 1);
      await after.core.got('d', ['new x 1']);
      expect(after.core.events).toContainEqual({ event: 'unclaimed', topic: 'old' });
      await until(() => lives.received('UNSUBSCRIBE') > 0, PATIENCE_MS, 'UNSUBSCRIBE');
    });

    it.each(['kept', '+'])(
      'hands over what comes for %s, which a run whose disk failed had asked for anew, and asks again',
      async (filter) => {
        const before = await lives.begin();
        await before.core.open('e', false);
        await before.core.subscribe('e', filter, 1);
        before.journal.commit();
        const memory = await before.crash();
        const disk = memory.crashed();
        memory.commits = 'at-once';
        const resume = (core: ScriptedCore) => core.resume('e', { [filter]: 1 });
        const forgotten = await lives.begin({ journal: memory, resume });
        await forgotten.core.subscribe('e', filter, 1);
        await forgotten.crash();
        const subscribes = lives.received('SUBSCRIBE');
        const after = await lives.begin({ journal: disk, resume });
        await lives.witness.publish('kept', 'x', 1);
        await after.core.got('e', ['kept x 1']);
        // MQTT 5: once it is asked for anew, what comes bears a number that is known, and comes once all the same.
        const isAsked = () => lives.received('SUBSCRIBE') > subscribes;
        if (version === 5) await until(isAsked, PATIENCE_MS, 'SUBSCRIBE');
        await lives.witness.publish('kept', 'y', 1);
        await after.core.got('e', ['kept x 1', 'kept y 1']);
        expect(lives.received('UNSUBSCRIBE')).toBe(0);
      },
    );

    it('hands retained messages that were under way to who had asked for them', async () => {
      await lives.witness.publish('kept/1', 'x', 1, true);
      const before = await lives.begin();
      for (const client of ['d', 'e']) await before.core.open(client, false);
      await before.core.subscribe('d', 'kept/+', 1);
      await before.core.got('d', ['kept/1 x 1 retained']);
      before.core.accepts = () => false;
      await before.core.subscribe('e', 'kept/+', 1);
      await before.core.got('e', ['kept/1 x 1 retained']);
      const after = await lives.begin({
        journal: await before.crash(),
        resume: (core) => {
          core.resume('d', { 'kept/+': 1 });
          core.resume('e', { 'kept/+': 1 });
        },
      });
      await after.core.got('e', ['kept/1 x 1 retained']);
      expect(after.core.messages('d')).toEqual([]);
    });
  },
);

describe('a restart without the filters that had a connection of their own', () => {
  let lives: Lives;

  beforeEach(async () => {
    lives = await Lives.prepare({ mode: 'aggregating', version: 4 });
  });

  afterEach(() => lives.dispose());

  it('what the gateway has accepted there comes to its end', async () => {
    const before = await lives.begin();
    await before.core.open('d', false);
    await before.core.subscribe('d', 'down/#', 1);
    await before.core.subscribe('d', 'down/+', 2);
    let isHeld = false;
    lives.cable.holds = (client, { cmd }) => {
      if (client !== 'gateway-2' || cmd !== 'pubrel') return false;
      isHeld = true;
      return true;
    };
    await lives.witness.publish('down/x', 'x', 2);
    await until(() => isHeld, PATIENCE_MS, 'PUBREL');
    for (const filter of ['down/#', 'down/+']) await before.core.unsubscribe('d', filter);
    before.journal.commit();
    expect(before.journal.kept('ui')).toHaveLength(1);
    const after = await lives.begin({ journal: await before.crash() });
    const isOver = () => {
      after.journal.commit();
      return after.journal.kept('ui').length === 0;
    };
    await until(isOver, PATIENCE_MS, 'the end of its record');
  });
});

describe('a restart with another configuration', () => {
  let lives: Lives;

  beforeEach(async () => {
    lives = await Lives.prepare({ mode: 'aggregating', version: 5 }, 'up/#');
  });

  afterEach(() => lives.dispose());

  it('with fewer connections: what was in flight on the others comes to its end', async () => {
    const clients = Array.from({ length: 8 }, (_, i) => `d${i}`);
    const before = await lives.begin({ upstream: { connections: 4 } });
    before.journal.commits = 'never';
    for (const client of clients) before.core.sendOnce(client, 'up/x', client, client);
    before.journal.commitUnheard();
    const tokens: number[] = [];
    const after = await lives.begin({
      journal: await before.crash(),
      resume: (core) => tokens.push(...clients.map((client) => core.adopt(client, client))),
    });
    for (const token of tokens) {
      expect(await after.core.published(token)).not.toHaveProperty('failure');
    }
    await lives.witness.saw(...clients.map((client) => `up/x ${client} 2`));
    expect(new Set(lives.witness.seen).size).toBe(lives.witness.seen.length);
  });

  it.each([
    { from: 5, to: 4 },
    { from: 4, to: 5 },
  ] as const)(
    'with MQTT $to after $from: what waited comes, twice perhaps, and all goes on',
    async ({ from, to }) => {
      const filters: Filters = { 'down/#': 1, 'down/+': 1, 'down/x': 1, other: 1 };
      const servers = [lives.broker.url];
      const before = await lives.begin({ upstream: { servers, version: from } });
      await before.core.open('d', false);
      for (const filter of Object.keys(filters)) await before.core.subscribe('d', filter, 1);
      const journal = await before.stop();
      await lives.witness.publish('down/x', 'waited', 1);
      await lives.witness.publish('other', 'waited', 1);
      const subscribes = lives.received('SUBSCRIBE');
      const after = await lives.begin({
        journal,
        upstream: { servers, version: to },
        resume: (core) => core.resume('d', filters),
      });
      await until(() => lives.received('SUBSCRIBE') === subscribes + 4, PATIENCE_MS, 'SUBSCRIBE');
      const came = () => new Set(after.core.messages('d'));
      await until(() => came().size === 2, PATIENCE_MS, 'what waited');
      await after.core.subscribe('d', 'last', 1);
      const live = ['down/x', 'down/y/z', 'other', 'last'];
      for (const topic of live) await lives.witness.publish(topic, 'live', 1);
      await until(() => came().has('last live 1'), PATIENCE_MS, 'the last message');
      const fresh = after.core.messages('d').filter((message) => message.includes('live'));
      expect(fresh).toEqual(live.map((topic) => `${topic} live 1`));
    },
  );
});

describe.each(kinds)('a failover, $mode, MQTT version $version', ({ mode, version }) => {
  it('to a broker that holds an old session of ours makes all subscriptions anew', async () => {
    const brokers = [await Mosquitto.start(), await Mosquitto.start()] as const;
    const options = {
      servers: brokers.map(({ url }) => url),
      version,
      deviceOf: () => ({ mode }),
    };
    const core = await ScriptedCore.connected(options, brisk);
    const [first, second] = brokers;
    const gets = async (broker: Mosquitto, payload: string) => {
      const witness = await Witness.at(broker.url);
      const arrived = async () => {
        await witness.publish('late', payload, 1);
        return core.messages('d').includes(`late ${payload} 1`);
      };
      await until(arrived, PATIENCE_MS, payload);
      await witness.end();
    };
    try {
      await core.open('d', false);
      await core.subscribe('d', 'early', 1);
      // Both brokers get a session, the second one with `early` alone.
      await first.kill();
      await until(() => second.log.includes('early (QoS 1)'), PATIENCE_MS, 'the second broker');
      await first.restart();
      await second.stop();
      await until(() => first.log.split('early (QoS 1)').length === 3, PATIENCE_MS, 'the first');
      await core.subscribe('d', 'late', 1);
      await gets(first, 'first');
    } finally {
      await core.stop();
      for (const broker of brokers) await broker.dispose();
    }
  });
});
