import { afterEach, describe, expect, it } from 'vitest';
import { Client, type ClientListener, type ClientOptions } from '../../../src/client/client.js';
import type { Received } from '../../../src/client/inbound.js';
import { namedTopic } from '../../../src/client/topic.js';
import { eventually, ScriptedGateway } from './scripted-gateway.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const temperature = namedTopic('sensors/1/temperature');
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));

async function gatewayWith(script?: Parameters<typeof ScriptedGateway.start>[0]) {
  const gateway = await ScriptedGateway.start(script);
  cleanups.push(() => gateway.stop());
  return gateway;
}

async function clientOf(gateway: { port: number }, options: Partial<ClientOptions> = {}) {
  const triggers = new Set<() => void>();
  const messages: Received[] = [];
  const refusals: string[] = [];
  const endings: string[] = [];
  const note =
    <T>(list: T[]) =>
    (item: T) => {
      list.push(item);
      for (const check of [...triggers]) check();
    };
  const listener: ClientListener = {
    message: note(messages),
    refused: note(refusals),
    ended: (error) => note(endings)(error.message),
  };
  const client = new Client(
    {
      gateway: { address: '127.0.0.1', port: gateway.port, family: 4 },
      clientId: 'dev1',
      keepAliveSec: 60,
      cleanSession: true,
      retry: { intervalMs: 30, count: 3 },
      ...options,
    },
    listener,
  );
  cleanups.push(() => client.close());
  await client.open();
  const until = (condition: () => boolean, what: string) => eventually(condition, triggers, what);
  return { client, messages, refusals, endings, until };
}

describe('a session', () => {
  it('announces client id, keep-alive and clean session', async () => {
    const gateway = await gatewayWith();
    const { client } = await clientOf(gateway, { keepAliveSec: 17, cleanSession: false });
    await client.connect();
    expect(gateway.received).toMatchObject([
      { type: 'CONNECT', clientId: 'dev1', duration: 17, cleanSession: false, will: false },
    ]);
  });

  it('hands over its will when asked', async () => {
    const gateway = await gatewayWith();
    const will = { topic: 'gone/dev1', payload: bytes('bye'), qos: 1 as const, retain: true };
    const { client } = await clientOf(gateway, { will });
    await client.connect();
    expect(gateway.received).toMatchObject([
      { type: 'CONNECT', will: true },
      { type: 'WILLTOPIC', willTopic: 'gone/dev1', qos: 1, retain: true },
      { type: 'WILLMSG', willMsg: bytes('bye') },
    ]);
  });

  it('explains the return code of a refusal', async () => {
    const gateway = await gatewayWith({ CONNECT: () => [{ type: 'CONNACK', returnCode: 1 }] });
    const { client } = await clientOf(gateway);
    await expect(client.connect()).rejects.toThrow(/refused CONNECT.*1 \(congestion/);
  });

  it('repeats a request that is lost and gives up after N_retry with a hint', async () => {
    const gateway = await gatewayWith({ CONNECT: () => [] });
    const { client } = await clientOf(gateway);
    await expect(client.connect()).rejects.toThrow(
      `no answer from 127.0.0.1:${gateway.port} to CONNECT after 4 attempts; ` +
        'is the gateway running and is the port right? ' +
        'MQTT-SN gateways listen on 1883, 1884, 1885, 10000 or 2442',
    );
    expect(gateway.of('CONNECT')).toHaveLength(4);
  });

  it('says in plain words that nothing listens', async () => {
    const gateway = await ScriptedGateway.start();
    const { port } = gateway;
    await gateway.stop();
    const { client } = await clientOf({ port });
    await expect(client.connect()).rejects.toThrow(
      `nothing listens on UDP 127.0.0.1:${port} (connection refused)`,
    );
  });

  it('pings when idle, and ends when pings stay unanswered', async () => {
    let answers = 2;
    const gateway = await gatewayWith({
      PINGREQ: () => (answers-- > 0 ? [{ type: 'PINGRESP' }] : []),
    });
    const { client, endings, until } = await clientOf(gateway, { keepAliveSec: 0.1 });
    await client.connect();
    await until(() => endings.length > 0, 'the end');
    expect(endings[0]).toContain('to PINGREQ after 4 attempts');
    expect(gateway.of('PINGREQ')).toHaveLength(2 + 4);
  });

  it('reports a DISCONNECT that nobody asked for and can connect again', async () => {
    const gateway = await gatewayWith();
    const { client, endings, until } = await clientOf(gateway);
    await client.connect();
    gateway.send({ type: 'DISCONNECT' });
    await until(() => endings.length > 0, 'the end');
    expect(endings[0]).toContain('ended the session with DISCONNECT');
    await client.connect();
    expect(gateway.log).toEqual(['CONNECT', 'CONNECT']);
  });

  it('answers a ping of the gateway', async () => {
    const gateway = await gatewayWith();
    const { client } = await clientOf(gateway);
    await client.connect();
    gateway.send({ type: 'PINGREQ' });
    await gateway.came('PINGRESP');
  });
});

describe('publishing', () => {
  it('registers a name once and keeps the order of messages', async () => {
    const gateway = await gatewayWith();
    const { client } = await clientOf(gateway);
    await client.connect();
    for (const text of ['1', '2', '3']) await client.publish(temperature, bytes(text), 1, false);
    expect(gateway.log).toEqual(['CONNECT', 'REGISTER', 'PUBLISH', 'PUBLISH', 'PUBLISH']);
    expect(gateway.of('PUBLISH').map(({ data }) => Buffer.from(data).toString())).toEqual([
      '1',
      '2',
      '3',
    ]);
  });

  it('repeats a lost PUBLISH with DUP and the same message id', async () => {
    let lost = 2;
    const gateway = await gatewayWith({
      PUBLISH: ({ topicId, msgId }) =>
        lost-- > 0 ? [] : [{ type: 'PUBACK', topicId, msgId, returnCode: 0 }],
    });
    const { client } = await clientOf(gateway);
    await client.connect();
    await client.publish(namedTopic('ab'), bytes('x'), 1, true);
    const [first, ...repeats] = gateway.of('PUBLISH');
    expect(first).toMatchObject({ dup: false, retain: true, topicIdType: 2, topicName: 'ab' });
    expect(repeats).toEqual([
      { ...first, dup: true },
      { ...first, dup: true },
    ]);
  });

  it('goes through all four messages of QoS 2, each lost once', async () => {
    const seen = new Set<string>();
    const firstIsLost = (type: string): boolean => !seen.has(type) && Boolean(seen.add(type));
    const gateway = await gatewayWith({
      PUBLISH: ({ msgId }) => (firstIsLost('PUBLISH') ? [] : [{ type: 'PUBREC', msgId }]),
      PUBREL: ({ msgId }) => (firstIsLost('PUBREL') ? [] : [{ type: 'PUBCOMP', msgId }]),
    });
    const { client } = await clientOf(gateway);
    await client.connect();
    await client.publish({ kind: 'predefined', id: 9 }, bytes('x'), 2, false);
    expect(gateway.log).toEqual(['CONNECT', 'PUBLISH', 'PUBLISH', 'PUBREL', 'PUBREL']);
    expect(gateway.of('PUBLISH')[0]).toMatchObject({ topicIdType: 1, topicId: 9 });
  });

  it('registers again when the gateway forgot the topic id', async () => {
    let refusals = 1;
    const gateway = await gatewayWith({
      PUBLISH: ({ topicId, msgId }) => [
        { type: 'PUBACK', topicId, msgId, returnCode: refusals-- > 0 ? 2 : 0 },
      ],
    });
    const { client } = await clientOf(gateway);
    await client.connect();
    await client.publish(temperature, bytes('x'), 1, false);
    expect(gateway.log).toEqual(['CONNECT', 'REGISTER', 'PUBLISH', 'REGISTER', 'PUBLISH']);
  });

  it.each([1, 2] as const)('explains a refusal at QoS %i', async (qos) => {
    const gateway = await gatewayWith({
      PUBLISH: ({ topicId, msgId }) => [{ type: 'PUBACK', topicId, msgId, returnCode: 3 }],
    });
    const { client } = await clientOf(gateway);
    await client.connect();
    await expect(client.publish(temperature, bytes('x'), qos, false)).rejects.toThrow(
      /refused PUBLISH \(topic sensors\/1\/temperature\) with return code 3 \(not supported\)/,
    );
  });

  it('reports the late refusal of a message at QoS 0', async () => {
    const gateway = await gatewayWith({
      PUBLISH: ({ topicId, msgId }) => [{ type: 'PUBACK', topicId, msgId, returnCode: 1 }],
    });
    const { client, refusals, until } = await clientOf(gateway);
    await client.connect();
    await client.publish(temperature, bytes('x'), 0, false);
    await until(() => refusals.length > 0, 'the refusal');
    expect(refusals[0]).toContain('congestion');
  });

  it('needs no session at QoS -1', async () => {
    const gateway = await gatewayWith();
    const { client } = await clientOf(gateway);
    await client.publish({ kind: 'predefined', id: 3 }, bytes('x'), -1, false);
    const message = await gateway.came('PUBLISH');
    expect(message).toMatchObject({ qos: -1, msgId: 0, topicIdType: 1, topicId: 3 });
    expect(gateway.log).toEqual(['PUBLISH']);
  });

  it('refuses a payload that no message can carry', async () => {
    const gateway = await gatewayWith();
    const { client } = await clientOf(gateway);
    await client.connect();
    await expect(client.publish(temperature, new Uint8Array(65_530), 1, false)).rejects.toThrow(
      /PUBLISH cannot be sent: .*65535 octets/,
    );
  });
});

describe('receiving', () => {
  const published = {
    type: 'PUBLISH',
    dup: false,
    retain: false,
    topicIdType: 0,
    topicId: 5,
  } as const;

  async function subscribed(script?: Parameters<typeof ScriptedGateway.start>[0]) {
    const gateway = await gatewayWith(script);
    const all = await clientOf(gateway);
    await all.client.connect();
    await all.client.subscribe(temperature, 2);
    return { gateway, ...all };
  }

  it('knows the topic by the id of SUBACK and acknowledges QoS 1', async () => {
    const { gateway, messages } = await subscribed();
    gateway.send({ ...published, qos: 1, msgId: 9, data: bytes('21.5') });
    expect(await gateway.came('PUBACK')).toMatchObject({ topicId: 5, msgId: 9, returnCode: 0 });
    expect(messages).toMatchObject([{ topic: 'sensors/1/temperature', qos: 1, retain: false }]);
    expect(Buffer.from(messages[0]?.payload ?? []).toString()).toBe('21.5');
  });

  it('delivers QoS 2 exactly once although PUBLISH and PUBREL are repeated', async () => {
    const { gateway, messages } = await subscribed();
    gateway.send({ ...published, qos: 2, msgId: 4, data: bytes('x') });
    gateway.send({ ...published, dup: true, qos: 2, msgId: 4, data: bytes('x') });
    await gateway.came('PUBREC', 2);
    gateway.send({ type: 'PUBREL', msgId: 4 });
    gateway.send({ type: 'PUBREL', msgId: 4 });
    await gateway.came('PUBCOMP', 2);
    expect(messages).toHaveLength(1);
  });

  it('takes topic ids from REGISTER, as for filters with wildcards', async () => {
    const { gateway, messages, until } = await subscribed({
      SUBSCRIBE: ({ msgId }) => [{ type: 'SUBACK', qos: 0, topicId: 0, msgId, returnCode: 0 }],
    });
    gateway.send({ type: 'REGISTER', topicId: 77, msgId: 1, topicName: 'sensors/2' });
    expect(await gateway.came('REGACK')).toMatchObject({ topicId: 77, msgId: 1, returnCode: 0 });
    gateway.send({ ...published, topicId: 77, qos: 0, msgId: 0, data: bytes('x') });
    await until(() => messages.length > 0, 'the message');
    expect(messages[0]?.topic).toBe('sensors/2');
  });

  it('refuses an unknown topic id so that the gateway registers it', async () => {
    const { gateway, messages } = await subscribed();
    gateway.send({ ...published, topicId: 99, qos: 1, msgId: 3, data: bytes('x') });
    expect(await gateway.came('PUBACK')).toMatchObject({ topicId: 99, msgId: 3, returnCode: 2 });
    expect(messages).toEqual([]);
  });

  it('prints short and predefined topics without registration', async () => {
    const { gateway, messages, until } = await subscribed();
    gateway.send({
      ...published,
      topicIdType: 2,
      topicId: 0x6162,
      qos: 0,
      msgId: 0,
      data: bytes('x'),
    });
    gateway.send({ ...published, topicIdType: 1, topicId: 12, qos: 0, msgId: 0, data: bytes('x') });
    await until(() => messages.length === 2, 'both messages');
    expect(messages.map(({ topic }) => topic)).toEqual(['ab', 'predefined:12']);
  });
});

describe('sleeping', () => {
  it('announces the duration, wakes with its client id and fetches what waits', async () => {
    const gateway = await gatewayWith({
      PINGREQ: ({ clientId }) => [
        {
          type: 'PUBLISH',
          dup: false,
          qos: 0,
          retain: false,
          topicIdType: 2,
          topicId: 0x6162,
          msgId: 0,
          data: bytes(clientId ?? ''),
        },
        { type: 'PINGRESP' },
      ],
    });
    const { client, messages } = await clientOf(gateway);
    await client.connect();
    await client.sleep(300);
    await client.wake();
    expect(gateway.received).toMatchObject([
      { type: 'CONNECT' },
      { type: 'DISCONNECT', duration: 300 },
      { type: 'PINGREQ', clientId: 'dev1' },
    ]);
    expect(messages.map(({ payload }) => Buffer.from(payload).toString())).toEqual(['dev1']);
  });

  it('learns on waking that the gateway forgot it', async () => {
    const gateway = await gatewayWith({ PINGREQ: () => [{ type: 'DISCONNECT' }] });
    const { client } = await clientOf(gateway);
    await client.connect();
    await client.sleep(300);
    await expect(client.wake()).rejects.toThrow('ended the session with DISCONNECT');
  });
});
