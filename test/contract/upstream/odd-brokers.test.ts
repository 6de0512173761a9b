/** How the broker's side behaves with brokers that no real one plays on request. */
import { connect } from 'node:net';
import type { Packet } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import type { UpstreamOptions } from '../../../src/upstream/index.js';
import { DIALS_MAX, DIALS_PER_TURN, HELD_REQUESTS_MAX } from '../../../src/upstream/limits.js';
import { realTime, type Time } from '../../../src/upstream/time.js';
import {
  connack,
  ScriptedBroker,
  type Script,
  type Session,
} from '../../support/scripted-broker.js';
import { PATIENCE_MS, until } from '../../support/wait.js';
import { hurried, ScriptedCore, will } from './harness.js';

const undo: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const action of undo.splice(0).reverse()) await action();
});

async function begin(script: Script): Promise<ScriptedBroker> {
  const broker = await ScriptedBroker.start(script);
  undo.push(() => broker.stop());
  return broker;
}

async function attach(broker: ScriptedBroker, options: Partial<UpstreamOptions> = {}, time?: Time) {
  const core = new ScriptedCore({ servers: [broker.url], ...options }, time ?? hurried);
  undo.push(() => core.stop());
  await core.upstream.start();
  return { broker, core };
}

const start = async (script: Script, options?: Partial<UpstreamOptions>, time?: Time) =>
  attach(await begin(script), options, time);

const packets = (broker: ScriptedBroker, cmd: Packet['cmd']) =>
  broker.received.filter((packet) => packet.cmd === cmd);

/** Accepts everything. */
const polite: Script = (packet, session) => {
  if (packet.cmd === 'connect') session.send(connack());
  if (packet.cmd === 'publish' && packet.qos === 1) {
    session.send({ cmd: 'puback', messageId: packet.messageId ?? 0 });
  }
  if (packet.cmd === 'subscribe') {
    session.send({ cmd: 'suback', messageId: packet.messageId ?? 0, granted: [1] });
  }
  if (packet.cmd === 'disconnect') session.socket.end();
};

describe('a broker that does not know MQTT 5', () => {
  it('and says so is asked for 3.1.1 at once, and only once', async () => {
    const { broker, core } = await start((packet, session) => {
      if (session.version === 5) session.send(connack(undefined, 0x84));
      else polite(packet, session);
    });
    await core.available(true);
    expect(packets(broker, 'connect')).toMatchObject([
      { protocolVersion: 5, clean: true },
      // The broker keeps no session that began clean, so a second connection follows the first.
      { protocolVersion: 4, clean: true },
      { protocolVersion: 4, clean: false },
    ]);
  });

  it('and says so to many at once: each of them asks for 3.1.1', async () => {
    const devices = ['a', 'b', 'c'];
    const refused: Session[] = [];
    const { broker, core } = await start(
      (packet, session) => {
        if (session.version === 4) return polite(packet, session);
        refused.push(session);
        if (refused.length <= devices.length) return;
        for (const one of refused) one.send(connack(undefined, 0x84));
      },
      { deviceOf: () => ({ mode: 'transparent' }) },
    );
    for (const client of devices) core.resume(client, {});
    await core.available(true);
    const versions = (client: string) =>
      packets(broker, 'connect').flatMap((packet) =>
        packet.cmd === 'connect' && packet.clientId === client ? packet.protocolVersion : [],
      );
    for (const client of devices) {
      await until(() => versions(client).length === 2, PATIENCE_MS, `another CONNECT of ${client}`);
      expect(versions(client)).toEqual([5, 4]);
    }
    expect(core.events.filter(({ event }) => event === 'closed')).toEqual([]);
  });

  it('and just closes is asked for 3.1.1 after two attempts', async () => {
    const { broker, core } = await start((packet, session) => {
      if (session.version === 5) session.socket.end();
      else polite(packet, session);
    });
    await core.available(true);
    expect(packets(broker, 'connect')).toMatchObject([
      { protocolVersion: 5 },
      { protocolVersion: 5 },
      { protocolVersion: 4 },
      { protocolVersion: 4 },
    ]);
  });
});

describe('a transparent device', () => {
  const transparent = { deviceOf: () => ({ mode: 'transparent' as const }) };
  const device = (packet: Packet): boolean => packet.cmd === 'connect' && packet.clientId === 'd';

  it('is closed, not fought over, when somebody takes over its client id', async () => {
    const { broker, core } = await start((packet, session) => {
      polite(packet, session);
      if (!device(packet)) return;
      session.send({ cmd: 'disconnect', reasonCode: 0x8e });
      session.socket.end();
    }, transparent);
    await core.open('d');
    await core.closed('d');
    expect(broker.received.filter(device)).toHaveLength(1);
  });

  it('whose connection breaks is not connected for who asks while he hears of it', async () => {
    const narrow = connack({ receiveMaximum: 1 });
    const { core } = await start((packet, session) => {
      if (device(packet)) session.send(narrow);
      else if (packet.cmd === 'publish' && packet.topic === 'first') session.socket.destroy();
      else polite(packet, session);
    }, transparent);
    await core.available(true);
    await core.open('d', false);
    core.send('d', 'first', '1', 1);
    const waits = core.send('d', 'second', '2', 1);
    let isTold = false;
    core.reacts = (event) => {
      if (event.event !== 'published' || event.token !== waits) return;
      const before = core.events.length;
      void core.open('d', false);
      isTold = core.events.slice(before).some((one) => one.event === 'opened');
    };
    expect(await core.published(waits)).toMatchObject({ failure: 'unavailable' });
    expect(isTold).toBe(false);
  });

  it('whose CONNECT waits while its will is renewed, and who says good-bye then, is not connected in the end', async () => {
    const { core } = await start(polite, transparent, realTime);
    await core.available(true);
    await core.open('d', false, will('w', '1'));
    const renewed = core.setWill('d', will('w', '2'));
    // The journal, which has no disk here, has taken that; the good-bye has gone out.
    await new Promise((resolve) => setImmediate(resolve));
    for (let n = 1; n < HELD_REQUESTS_MAX; n++) core.send('d', 'waits', `${n}`, 0);
    const opened = core.open('d', false, will('w', '3'));
    core.close('d', 'discard');
    expect(await renewed).not.toHaveProperty('failure');
    expect(await opened).toHaveProperty('failure');
    expect(await core.published(core.send('d', 'after', '1', 1))).toHaveProperty('failure');
  });

  it.each([
    [0x86, 'refused'],
    [0x87, 'refused'],
    [0x85, 'refused'],
    [0x88, 'unavailable'],
    [0x97, 'unavailable'],
    [0x9f, 'unavailable'],
  ])('that the broker answers with code %i is %s', async (code, failure) => {
    const { core } = await start((packet, session) => {
      if (device(packet)) session.send(connack(undefined, code));
      else polite(packet, session);
    }, transparent);
    await core.available(true);
    expect(await core.open('d')).toMatchObject({ failure });
    expect(await core.open('d')).toMatchObject({ failure });
  });

  it('gets an answer when the broker is silent', async () => {
    const { core } = await start((packet, session) => {
      if (!device(packet)) polite(packet, session);
    }, transparent);
    await core.available(true);
    expect(await core.open('d')).toMatchObject({ failure: 'unavailable' });
  });
});

describe('answers of the broker', () => {
  it.each([
    [0x10, undefined],
    [0x87, 'refused'],
    [0x97, 'unavailable'],
  ])('PUBACK with code %i means %s', async (reasonCode, failure) => {
    const { core } = await start((packet, session) => {
      if (packet.cmd === 'publish' && packet.topic === 't') {
        session.send({ cmd: 'puback', messageId: packet.messageId ?? 0, reasonCode });
      } else polite(packet, session);
    });
    await core.available(true);
    expect((await core.published(core.send(null, 't', 'x', 1))).failure).toBe(failure);
  });

  it('a refused subscription is refused, and one without an answer unavailable', async () => {
    const { core } = await start((packet, session) => {
      if (packet.cmd !== 'subscribe') return polite(packet, session);
      const messageId = packet.messageId ?? 0;
      if (packet.subscriptions[0]?.topic === 'no') {
        session.send({ cmd: 'suback', messageId, granted: [0x87] });
      }
    });
    await core.available(true);
    await core.open('d');
    expect(await core.subscribe('d', 'no', 1)).toMatchObject({ failure: 'refused', grantedQos: 0 });
    expect(await core.subscribe('d', 'silence', 1)).toMatchObject({ failure: 'unavailable' });
    expect(await core.subscribe('d', '$share/g/t', 1)).toMatchObject({ failure: 'refused' });
  });

  it('what is no MQTT ends the connection, and a new one follows', async () => {
    let garbage = true;
    const { broker, core } = await start((packet, session) => {
      if (packet.cmd === 'subscribe' && garbage) {
        garbage = false;
        session.socket.write(Buffer.from('f0ffffffffff', 'hex'));
      } else polite(packet, session);
    });
    await core.available(true);
    await core.open('d');
    expect(await core.subscribe('d', 't', 1)).toMatchObject({ failure: 'unavailable' });
    await core.available(true);
    expect(await core.subscribe('d', 't', 1)).not.toHaveProperty('failure');
    expect(packets(broker, 'connect')).toHaveLength(2);
  });

  it('a subscription under way fails when the connection breaks', async () => {
    const { core } = await start((packet, session) => {
      if (packet.cmd === 'subscribe') session.socket.destroy();
      else polite(packet, session);
    });
    await core.available(true);
    await core.open('d');
    expect(await core.subscribe('d', 't', 1)).toMatchObject({ failure: 'unavailable' });
  });

  it('messages behind SUBACK in the same segment reach the new subscriber', async () => {
    const { core } = await start((packet, session) => {
      if (packet.cmd !== 'subscribe') return polite(packet, session);
      const properties = {
        subscriptionIdentifier: packet.properties?.subscriptionIdentifier as number,
      };
      session.socket.cork();
      session.send({ cmd: 'suback', messageId: packet.messageId ?? 0, granted: [1] });
      for (const payload of ['1', '2']) {
        session.send({
          cmd: 'publish',
          topic: 't',
          payload,
          qos: 0,
          dup: false,
          retain: false,
          properties,
        });
      }
      session.socket.uncork();
    });
    await core.available(true);
    await core.open('d');
    await core.subscribe('d', 't', 1);
    await core.got('d', ['t 1 0', 't 2 0']);
  });

  it('one copy with several identifiers and one copy each come to the same', async () => {
    const identifiers: number[] = [];
    const { core } = await start((packet, session) => {
      if (packet.cmd !== 'subscribe') return polite(packet, session);
      identifiers.push(Number(packet.properties?.subscriptionIdentifier));
      session.send({ cmd: 'suback', messageId: packet.messageId ?? 0, granted: [1] });
      const [first = 0, second = 0, third] = identifiers;
      if (third === undefined) return;
      const message = (payload: string, ids: number | number[]) => {
        const properties = { subscriptionIdentifier: ids };

        session.send({
          cmd: 'publish',
          topic: 'a/b',
          payload,
          qos: 0,
          dup: false,
          retain: false,
          properties,
        });
      };
      message('together', identifiers);
      for (const each of [third, first, second]) message('apart', each);
    });
    await core.available(true);
    for (const client of ['d', 'e']) await core.open(client);
    await core.subscribe('d', 'a/+', 1);
    await core.subscribe('d', 'a/b', 1);
    await core.subscribe('e', '#', 1);
    await core.got('d', ['a/b together 0', 'a/b apart 0']);
    await core.got('e', ['a/b together 0', 'a/b apart 0']);
  });

  it('without subscription identifiers, overlapping filters go to connections of their own', async () => {
    const { broker, core } = await start((packet, session) => {
      if (packet.cmd !== 'connect') return polite(packet, session);
      session.send(connack({ subscriptionIdentifiersAvailable: false, retainAvailable: false }));
    });
    await core.available(true);
    await core.open('d');
    for (const filter of ['a/+', 'a/b', 'c', '#']) await core.subscribe('d', filter, 1);
    expect(packets(broker, 'connect')).toHaveLength(3);
    for (let i = 0; i < 17; i++) await core.subscribe('d', `${'+/'.repeat(i)}#`, 1);
    expect(packets(broker, 'connect')).toHaveLength(16);
    expect(core.events.at(-1)).toMatchObject({ event: 'subscribed', failure: 'unavailable' });
    core.send('d', 't', 'x', 0, true);
    const published = () =>
      packets(broker, 'publish').find((packet) => packet.cmd === 'publish' && packet.topic === 't');
    expect(await until(published, PATIENCE_MS, 'the message')).toMatchObject({ retain: false });
  });
});

describe('many devices at once', () => {
  const DEVICES = 300;

  it('are connected a few at a time, and the event loop has its turn between them', async () => {
    let [dialled, answered, ofThisTurn] = [0, 0, 0];
    let [mostUnanswered, mostOfOneTurn] = [0, 0];
    const dial: UpstreamOptions['dial'] = () => {
      mostUnanswered = Math.max(mostUnanswered, ++dialled - answered);
      if (ofThisTurn++ === 0) setImmediate(() => (ofThisTurn = 0));
      mostOfOneTurn = Math.max(mostOfOneTurn, ofThisTurn);
      return connect(Number(new URL(broker.url).port), '127.0.0.1');
    };
    const waiting: (() => void)[] = [];
    const broker = await begin((packet, session) => {
      if (packet.cmd !== 'connect' || packet.clientId === 'gateway') return polite(packet, session);
      waiting.push(() => polite(packet, session));
      if (waiting.length < DIALS_MAX && answered + waiting.length < DEVICES) return;
      for (const answer of waiting.splice(0)) {
        answered++;
        answer();
      }
    });
    const transparent = { deviceOf: () => ({ mode: 'transparent' as const }) };
    const { core } = await attach(broker, { ...transparent, dial }, realTime);
    await core.available(true);
    [dialled, mostUnanswered, mostOfOneTurn] = [0, 0, 0];
    const opened = await Promise.all(Array.from({ length: DEVICES }, (_, i) => core.open(`d${i}`)));
    expect(opened.filter((answer) => answer.failure !== undefined)).toEqual([]);
    expect([dialled, mostUnanswered]).toEqual([DEVICES, DIALS_MAX]);
    expect(mostOfOneTurn).toBeLessThanOrEqual(DIALS_PER_TURN);
  });
});

describe('a broker that knows QoS 0 only', () => {
  it('is warned of once: acknowledgements say less then', async () => {
    const { broker, core } = await start((packet, session) => {
      if (packet.cmd === 'connect') session.send(connack({ maximumQoS: 0 }));
      else polite(packet, session);
      if (packet.cmd === 'publish' && packet.topic === 'kick') session.socket.destroy();
    });
    await core.available(true);
    expect(await core.published(core.send('d', 't', 'x', 2))).not.toHaveProperty('failure');
    core.send('d', 'kick', 'x', 0);
    await core.available(false);
    await core.available(true);
    expect(core.log.filter((line) => line.includes('BROKER_WITHOUT_QOS'))).toHaveLength(1);
    expect(packets(broker, 'publish').every((one) => one.cmd === 'publish' && one.qos === 0)).toBe(
      true,
    );
  });
});

describe('the end', () => {
  it.each(['aggregating', 'transparent'] as const)(
    'waits for acknowledgements that are under way, %s',
    async (mode) => {
      const { core } = await start(
        (packet, session) => {
          if (packet.cmd === 'publish' && packet.topic === 'slow') {
            const messageId = packet.messageId ?? 0;
            setTimeout(() => session.send({ cmd: 'puback', messageId }), 100);
          } else polite(packet, session);
        },
        { deviceOf: () => ({ mode }) },
        realTime,
      );
      await core.available(true);
      await core.open('d');
      const token = core.send('d', 'slow', 'x', 1);
      await core.stop();
      expect(core.answers('published', token)).toEqual([
        { event: 'published', token, client: 'd' },
      ]);
    },
  );

  it('acknowledges no message that nobody takes any more', async () => {
    const { broker, core } = await start(
      (packet, session) => {
        if (packet.cmd !== 'connect' || packet.clientId !== 'd') return polite(packet, session);
        // The device closes while this connection is being made.
        core.close('d', 'discard');
        session.socket.cork();
        session.send({ ...connack(), sessionPresent: true });
        const message = { topic: 't', payload: 'x', dup: false, retain: false } as const;
        session.send({ cmd: 'publish', messageId: 7, qos: 1, ...message });
        session.socket.uncork();
      },
      { deviceOf: () => ({ mode: 'transparent' }) },
    );
    await core.available(true);
    await core.open('d', false);
    await until(() => packets(broker, 'disconnect').length === 1, PATIENCE_MS, 'the good-bye');
    await core.stop();
    expect(core.messages('d')).toEqual([]);
    expect(packets(broker, 'puback')).toEqual([]);
  });
});
