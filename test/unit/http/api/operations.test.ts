/** Every operation of the API: its answers are what the description says, and hostile questions change nothing. */
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { OPERATIONS, type Operation } from '../../../../src/http/api/operations.js';
import {
  problem as problemSchema,
  type ProblemCode,
} from '../../../../src/http/api/schema/problem.js';
import type { Device, Devices } from '../../../../src/http/api/schema/devices.js';
import type { Frames } from '../../../../src/http/api/schema/frames.js';
import type { Log } from '../../../../src/http/api/schema/log.js';
import type { Overview } from '../../../../src/http/api/schema/overview.js';
import type { TopicIds } from '../../../../src/http/api/schema/topics.js';
import { Cleanup } from '../../../support/cleanup.js';
import { deviceSettings } from '../../../support/core/config.js';
import {
  connect,
  connected,
  message,
  octets,
  publish,
  register,
  subscribe,
} from '../../../support/core/messages.js';
import { WatchedGateway } from '../../../support/http/watched-gateway.js';
import { type Answer, Rig } from '../rig.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const JSON_TYPE = { 'content-type': 'application/json' };
const kept = { cleanSession: false, duration: 60 };
const NODE = { link: 'radio', address: 'F', node: Uint8Array.of(1, 0xab) };

async function rigOf(options: ConstructorParameters<typeof WatchedGateway>[0] = {}): Promise<Rig> {
  const gateway = new WatchedGateway(options);
  const rig = await Rig.start({}, {}, gateway);
  return cleanup.add(rig, (one) => one.stop());
}

/** A device of each kind: asleep with messages, active behind a forwarder, gone, lost, not let in. */
async function busyRig(): Promise<Rig> {
  const rig = await rigOf({
    access: { unknownDevices: 'deny' },
    devices: [{ match: 'dev*', settings: deviceSettings }],
  });
  const { driver } = rig.gateway;
  connected(driver, 'A', 'dev1', { ...kept, will: true });
  driver.send('A', publish(0));
  driver.send('A', register('a/b', 1));
  driver.send('A', subscribe('a/c', 2));
  const { token } = driver.request('subscribe');
  driver.event({ event: 'subscribed', token, client: 'dev1', grantedQos: 1 });
  driver.send('A', { type: 'DISCONNECT', duration: 300 });
  message(driver, 'dev1', { topic: 'a/c', text: 'one' });
  message(driver, 'dev1', { topic: 'a/c', text: 'two', qos: 2 });
  connected(driver, NODE, 'dev2', kept);
  driver.step({
    kind: 'datagram',
    link: 'lan',
    address: 'A',
    data: Uint8Array.of(2, 0x16),
    signal: { rssiDbm: -97, snrDb: 7.5 },
  });
  connected(driver, 'C', 'dev3', { cleanSession: true });
  driver.send('C', { type: 'DISCONNECT' });
  connected(driver, 'D', 'dev/4+ü', { cleanSession: true, duration: 60 });
  driver.send('E', connect('stranger'));
  driver.send('G', Uint8Array.of(3, 0x04));
  return rig;
}

const json = async <T>(rig: Rig, path: string): Promise<T> => {
  const { status, text } = await rig.ask(path);
  expect([path, status]).toEqual([path, 200]);
  return JSON.parse(text) as T;
};

function problemOf({ text }: Answer): ProblemCode {
  return problemSchema.parse(JSON.parse(text)).error.code;
}

const post = (rig: Rig, path: string): Promise<Answer> =>
  rig.ask(path, { method: 'POST', headers: JSON_TYPE });

describe('the answers of the API', () => {
  it.each([
    ['overview', '/api/overview'],
    ['devices', '/api/devices'],
    ['devices', '/api/devices?state=ASLEEP&state=REFUSED&q=DEV&limit=1&offset=0'],
    ['devices', '/api/devices?client=dev1&client=nobody'],
    ['device', '/api/devices/dev1'],
    ['device', '/api/devices/dev2'],
    ['device', '/api/devices/dev3'],
    ['device', '/api/devices/stranger'],
    ['device', `/api/devices/${encodeURIComponent('dev/4+ü')}`],
    ['buffer', '/api/devices/dev1/buffer'],
    ['buffer', '/api/devices/dev3/buffer'],
    ['deviceFrames', '/api/devices/dev1/frames'],
    ['linkFrames', '/api/links/lan/frames?limit=5'],
    ['topics', '/api/topics'],
    ['topicIds', '/api/topics/ids?q=a&limit=5'],
    ['log', '/api/log?level=debug'],
    ['configuration', '/api/config'],
    ['loginState', '/api/login'],
    ['description', '/api/openapi.json'],
  ] as const)('%s are as described: %s', async (id, path) => {
    const rig = await busyRig();
    const answer = await json(rig, path);
    const { answer: schema } = OPERATIONS[id] as { answer: z.ZodType };
    expect(schema.safeParse(answer).error?.issues ?? []).toEqual([]);
    expect(rig.bugs).toEqual([]);
  });

  it('are all tried here, or are no JSON', () => {
    const streams = Object.entries<Operation>(OPERATIONS).filter(
      ([, { answer }]) => !(answer instanceof z.ZodType) && answer !== null,
    );
    expect(streams.map(([id]) => id)).toEqual(['exportTopics', 'events', 'capture']);
  });
});

describe('/api/overview', () => {
  it('has the links, what waits, and devices by state, also those without a session', async () => {
    const rig = await busyRig();
    const { nowMs: _nowMs, ...overview } = await json<Overview>(rig, '/api/overview');
    expect(overview.links.map(({ name, state, devices }) => [name, state, devices])).toEqual([
      ['lan', 'starting', 2],
      ['radio', 'starting', 1],
    ]);
    expect(overview.links[0]?.signal).toEqual({ rssiDbm: -97, snrDb: 7.5, lqi: null });
    expect(overview.sessions).toMatchObject({
      ASLEEP: 0,
      AWAKE: 1,
      ACTIVE: 2,
      DISCONNECTED: 1,
      REFUSED: 1,
    });
    expect(overview.buffered.messages).toBe(2);
    expect(overview.gateway.isReady).toBe(true);
  });

  it('tells what is wrong with a link, and with the broker', async () => {
    const rig = await rigOf();
    rig.gateway.health.onReady('lan');
    rig.gateway.health.onWarning(
      'radio',
      'MODEM_SETTING_REFUSED',
      'the modem does not take "sf 13"',
    );
    rig.gateway.driver.event({ event: 'availability', up: false, detail: 'connection refused' });
    rig.reasons = ['broker-away'];
    const overview = await json<Overview>(rig, '/api/overview');
    expect(overview.links).toMatchObject([
      { name: 'lan', state: 'up', trouble: null },
      { name: 'radio', state: 'down', trouble: { code: 'MODEM_SETTING_REFUSED' } },
    ]);
    expect(overview.broker).toMatchObject({ isUp: false, detail: 'connection refused' });
    expect(overview.gateway).toMatchObject({ isReady: false, reasons: ['broker-away'] });
  });
});

describe('/api/devices', () => {
  const clients = async (rig: Rig, query: string): Promise<string[]> =>
    (await json<Devices>(rig, `/api/devices${query}`)).devices.map(({ client }) => client);

  it('has who is gone, then who was not let in, then those with a session: a limit leaves out none who is looked for', async () => {
    const rig = await busyRig();
    expect(await clients(rig, '')).toEqual(['dev3', 'stranger', 'dev1', 'dev2', 'dev/4+ü']);
    rig.gateway.driver.admin({ command: 'approve', client: 'to-come' });
    expect(await clients(rig, '?limit=3')).toEqual(['dev3', 'stranger', 'to-come']);
    expect((await json<Devices>(rig, '/api/devices?limit=3')).total).toBe(6);
  });

  it('of thousands is put together piece by piece, whatever comes and goes meanwhile', async () => {
    const rig = await rigOf();
    const { driver } = rig.gateway;
    for (let i = 0; i < 3000; i++) connected(driver, `A${i}`, `dev${i}`, kept);
    let turns = 0;
    const meanwhile = setInterval(() => {
      turns++;
      driver.admin({ command: 'forget', client: `dev${turns}` });
      connected(driver, `B${turns}`, `new${turns}`, kept);
    }, 0);
    cleanup.add(meanwhile, (one) => clearInterval(one));
    const { total, devices } = await json<Devices>(rig, '/api/devices');
    expect(turns).toBeGreaterThan(0);
    expect(devices).toHaveLength(total);
    expect(new Set(devices.map(({ client }) => client)).size).toBe(total);
    expect(total).toBeGreaterThan(2900);
  });

  it('has everybody once who ends his session, or begins one, while it is put together', async () => {
    const rig = await rigOf();
    const { driver } = rig.gateway;
    const names = Array.from({ length: 1500 }, (_, i) => `d${i}`);
    const [comers, goers] = [names.slice(0, 700), names.slice(700)];
    for (const [i, client] of comers.entries()) {
      connected(driver, `A${i}`, client);
      driver.send(`A${i}`, { type: 'DISCONNECT' });
    }
    for (const [i, client] of goers.entries()) connected(driver, `B${i}`, client);
    const answer = json<Devices>(rig, '/api/devices');
    const churn = (i: number): void => {
      connected(driver, `A${i}`, `d${i}`);
      driver.send(`B${i}`, { type: 'DISCONNECT' });
      if (i < 699) setImmediate(() => churn(i + 1));
    };
    churn(0);
    const listed = (await answer).devices.map(({ client }) => client);
    expect(listed).toHaveLength(1500);
    expect(new Set(listed).size).toBe(1500);
  });

  it('is filtered by state, by text, and by name', async () => {
    const rig = await busyRig();
    expect(await clients(rig, '?state=REFUSED&state=DISCONNECTED')).toEqual(['dev3', 'stranger']);
    expect(await clients(rig, '?q=RADIO')).toEqual(['dev2']);
    expect(await clients(rig, '?client=dev3&client=nobody&client=dev3')).toEqual(['dev3']);
    const page = await json<Devices>(rig, '/api/devices?offset=1&limit=2');
    expect([page.total, page.devices.map(({ client }) => client)]).toEqual([
      5,
      ['stranger', 'dev1'],
    ]);
  });

  it('of who is gone tells why, and when it was heard', async () => {
    const rig = await busyRig();
    const { driver } = rig.gateway;
    driver.advance(90_000);
    const [gone] = (await json<Devices>(rig, `/api/devices?state=LOST`)).devices.filter(
      ({ client }) => client === 'dev/4+ü',
    );
    expect(gone).toMatchObject({ why: 'keep alive over', link: 'lan', address: 'D' });
    expect(gone?.sinceMs).toBe((gone?.heardAtMs ?? 0) + 90_000);
    const { keepAliveSec, announcedSec } = await json<Device>(rig, '/api/devices/dev%2F4%2B%C3%BC');
    expect([keepAliveSec, announcedSec]).toEqual([null, 60]);
  });

  it('of who was not let in tells why, and that approving helps', async () => {
    const rig = await busyRig();
    expect((await json<Devices>(rig, '/api/devices?state=REFUSED')).devices).toMatchObject([
      {
        client: 'stranger',
        why: 'no device rule matches and access.unknown_devices is deny',
        isApprovable: true,
        warning: { code: 'REFUSED_CONNECT' },
      },
    ]);
  });
});

describe('/api/devices/{client}', () => {
  it('has its topic ids, subscriptions, will, messages, signals and notices', async () => {
    const rig = await busyRig();
    const device = await json<Device>(rig, '/api/devices/dev1');
    expect(device).toMatchObject({
      state: 'AWAKE',
      sleepSec: 300,
      keepAliveSec: 60,
      cleanSession: false,
      will: { topic: 'will', qos: 1, payload: { text: 'gone' } },
      subscriptions: [{ filter: 'a/c', qos: 1, isAcknowledged: true }],
      exchange: { message: 'PUBLISH', topic: 'a/c' },
      messages: [
        { direction: 'up', topic: 'pre/one', payload: { text: '21.5' } },
        { direction: 'down', topic: 'a/c', payload: { text: 'one' } },
        { direction: 'down', topic: 'a/c', payload: { text: 'two' } },
      ],
      signals: [{ rssiDbm: -97 }],
    });
    expect(device.topicIds.map(({ topic, kind }) => [topic, kind])).toEqual([
      ['pre/one', 'predefined'],
      ['a/b', 'registered'],
      ['a/c', 'registered'],
    ]);
    expect(device.notices.map(({ code }) => code)).toContain('SESSION_ASLEEP');
  });

  it.each([
    ['GET', '/api/devices/nobody', 'unknown-device'],
    ['GET', '/api/devices/nobody/buffer', 'unknown-device'],
    ['GET', '/api/devices/nobody/frames', 'unknown-device'],
    ['DELETE', '/api/devices/nobody/buffer', 'unknown-device'],
    ['DELETE', '/api/devices/nobody/buffer/1', 'unknown-device'],
    ['DELETE', '/api/devices/dev1/buffer/99', 'unknown-message'],
    ['DELETE', '/api/devices/dev1/buffer/1e0', 'unknown-message'],
    ['POST', '/api/devices/nobody/disconnect', 'unknown-device'],
    ['POST', '/api/devices/nobody/forget', 'unknown-device'],
    ['POST', `/api/devices/${'x'.repeat(257)}/approve`, 'too-many-approvals'],
    ['GET', '/api/links/attic/frames', 'unknown-link'],
  ] as const)('%s %s: %s', async (method, path, code) => {
    const rig = await busyRig();
    const answer = await rig.ask(path, { method, headers: JSON_TYPE });
    expect(problemOf(answer)).toBe(code);
  });
});

describe('what waits for a device', () => {
  interface Buffered {
    messages: { id: number; payload: { text: string }; progress: string }[];
  }
  const waiting = async (rig: Rig): Promise<Buffered['messages']> =>
    (await json<Buffered>(rig, '/api/devices/dev1/buffer')).messages;

  it('is shown in its order, and one can be removed', async () => {
    const rig = await busyRig();
    const [one, two] = await waiting(rig);
    expect([one?.payload.text, two?.payload.text]).toEqual(['one', 'two']);
    expect([one?.progress, two?.progress]).toEqual(['sent', 'waiting']);
    const path = `/api/devices/dev1/buffer/${two?.id}`;
    expect((await rig.ask(path, { method: 'DELETE' })).status).toBe(204);
    expect((await waiting(rig)).map(({ payload }) => payload.text)).toEqual(['one']);
  });

  it('can be cleared', async () => {
    const rig = await busyRig();
    expect((await rig.ask('/api/devices/dev1/buffer', { method: 'DELETE' })).status).toBe(204);
    expect(await waiting(rig)).toEqual([]);
  });

  it('what the device has already cannot be removed', async () => {
    const rig = await rigOf();
    const { driver } = rig.gateway;
    connected(driver, 'A', 'dev1', kept);
    driver.send('A', publish(0));
    message(driver, 'dev1', { qos: 2 });
    const sent = driver.received('A').at(-1);
    if (sent?.type !== 'PUBLISH') throw new Error('nothing was sent');
    driver.send('A', { type: 'PUBREC', msgId: sent.msgId });
    const [{ id } = { id: 0 }] = await waiting(rig);
    const answer = await rig.ask(`/api/devices/dev1/buffer/${id}`, { method: 'DELETE' });
    expect(problemOf(answer)).toBe('message-delivered');
  });

  it('a long payload is cut, also within a character', async () => {
    const rig = await rigOf();
    const { driver } = rig.gateway;
    connected(driver, 'A', 'dev1', kept);
    driver.send('A', { type: 'DISCONNECT', duration: 300 });
    message(driver, 'dev1', { text: `${'x'.repeat(63)}ü and more` });
    const [buffered] = await waiting(rig);
    expect(buffered?.payload).toEqual({
      bytes: octets(`${'x'.repeat(63)}ü and more`).length,
      hex: '78'.repeat(63) + 'c3',
      text: 'x'.repeat(63),
      isCut: true,
    });
  });
});

describe('what an operator does', () => {
  it('disconnect: the device is told, and its row says who did it', async () => {
    const rig = await busyRig();
    expect((await post(rig, '/api/devices/dev2/disconnect')).status).toBe(204);
    expect(rig.gateway.driver.received(NODE).at(-1)).toEqual({ type: 'DISCONNECT' });
    expect(await json(rig, '/api/devices/dev2')).toMatchObject({
      state: 'DISCONNECTED',
      why: 'disconnected by the operator',
    });
  });

  it.each(['dev1', 'dev3', 'stranger'])(
    'forget %s: nothing is known of it any more',
    async (client) => {
      const rig = await busyRig();
      expect((await post(rig, `/api/devices/${client}/forget`)).status).toBe(204);
      expect((await rig.ask(`/api/devices/${client}`)).status).toBe(404);
    },
  );

  it('approve, and forget takes it back', async () => {
    const rig = await busyRig();
    expect((await post(rig, '/api/devices/stranger/approve')).status).toBe(204);
    expect(await json(rig, '/api/devices/stranger')).toMatchObject({
      isApproved: true,
      isApprovable: false,
      why: 'approved',
    });
    rig.gateway.driver.send('E', {
      type: 'CONNECT',
      will: false,
      cleanSession: true,
      protocolId: 2,
      duration: 60,
      clientId: 'stranger',
    });
    expect(await json(rig, '/api/devices/stranger')).toMatchObject({
      state: 'REFUSED',
      why: expect.stringContaining('protocol id 2') as string,
    });
    await post(rig, '/api/devices/stranger/forget');
    expect(rig.gateway.inspect.isApprovable('stranger')).toBe(true);
  });

  it('a device that is approved before it ever came is listed, so that it can be forgotten', async () => {
    const rig = await busyRig();
    await post(rig, '/api/devices/future/approve');
    const { devices } = await json<Devices>(rig, '/api/devices?q=future');
    expect(devices).toMatchObject([{ client: 'future', isApproved: true }]);
  });

  it('that memory alone has, because the store fails: done, and said so', async () => {
    const rig = await busyRig();
    rig.gateway.counters.isStoreUp = false;
    for (const path of ['disconnect', 'forget', 'approve']) {
      const answer = await post(rig, `/api/devices/dev1/${path}`);
      expect([answer.status, problemOf(answer)]).toEqual([503, 'not-kept']);
    }
    expect(rig.gateway.inspect.isApproved('dev1')).toBe(true);
  });

  it('while nobody is served: not now', async () => {
    const rig = await busyRig();
    rig.gateway.isServing = false;
    for (const path of ['disconnect', 'forget', 'approve']) {
      const answer = await post(rig, `/api/devices/dev1/${path}`);
      expect([answer.status, problemOf(answer)]).toEqual([503, 'not-ready']);
    }
  });
});

describe('frames, field by field', () => {
  it('of a device are those of its address, or of its node behind a forwarder', async () => {
    const rig = await busyRig();
    rig.gateway.driver.send({ ...NODE, node: Uint8Array.of(2) }, { type: 'PINGREQ' });
    const { frames } = await json<Frames>(rig, '/api/devices/dev2/frames');
    expect(frames.map(({ direction, name }) => [direction, name])).toEqual([
      ['in', 'forwarded CONNECT'],
      ['out', 'forwarded CONNACK'],
    ]);
    expect(frames[0]?.fields.map(({ label }) => label)).toContain('client id');
  });

  it('of a link, the latest, with what became of them', async () => {
    const rig = await busyRig();
    const { frames, lastNumber } = await json<Frames>(rig, '/api/links/lan/frames?limit=1');
    expect(frames).toMatchObject([
      { name: 'CONNECT', verdict: 'malformed (truncated)', problem: { error: 'truncated' } },
    ]);
    const later = await json<Frames>(rig, `/api/links/lan/frames?after=${lastNumber}`);
    expect(later.frames).toEqual([]);
  });
});

describe('/api/log', () => {
  it('is filtered by level, device, link and code, and goes on from a number', async () => {
    const rig = await busyRig();
    const of = async (query: string): Promise<Log> => json<Log>(rig, `/api/log?${query}`);
    const all = await of('level=debug');
    expect(all.entries.map(({ level }) => level)).toContain('debug');
    expect((await of('')).entries.map(({ level }) => level)).not.toContain('debug');
    expect(
      (await of('level=debug&device=dev1')).entries.every(({ client }) => client === 'dev1'),
    ).toBe(true);
    expect((await of('level=warn&link=lan')).entries.map(({ code }) => code)).toEqual([
      'REFUSED_CONNECT',
    ]);
    expect((await of('code=BROKER_UP')).entries).toHaveLength(1);
    expect((await of(`after=${all.lastNumber}`)).entries).toEqual([]);
    expect((await of('limit=1')).entries).toHaveLength(1);
  });
});

describe('/api/topics and /api/config', () => {
  it('have the names of the C header, and no secret', async () => {
    const rig = await rigOf();
    const { gateway } = rig;
    gateway.configuration = {
      ...gateway.configuration,
      mqtt: { ...gateway.configuration.mqtt, password: 'topsecret' },
      topics: { predefined: [{ id: 1, topic: 'a/b' }] },
    };
    expect(await json(rig, '/api/topics')).toEqual({
      predefined: [{ id: 1, topic: 'a/b', clients: null, constant: 'MQTTSN_TOPIC_A_B' }],
    });
    const header = await rig.ask('/api/topics/export?format=c-header');
    expect(header.text).toContain('#define MQTTSN_TOPIC_A_B 1');
    expect(header.headers['content-disposition']).toBe('attachment; filename="mqttsn_topics.h"');
    const list = await rig.ask('/api/topics/export?format=json');
    expect(JSON.parse(list.text)).toEqual([{ id: 1, topic: 'a/b' }]);
    const config = await rig.ask('/api/config');
    expect(config.text).not.toContain('topsecret');
    expect(config.text).toContain('"password":"***"');
  });
});

describe('/api/topics/ids', () => {
  const ids = async (rig: Rig, query: string): Promise<[number, string[]]> => {
    const { total, topicIds } = await json<TopicIds>(rig, `/api/topics/ids${query}`);
    return [total, topicIds.map(({ client, id, topic }) => `${client} ${id} ${topic}`)];
  };

  it('has what each device has registered, by parts of topic and client id, page by page', async () => {
    const rig = await busyRig();
    rig.gateway.driver.send(NODE, register('b/c', 1));
    const all = ['dev1 1 pre/one', 'dev1 3 a/b', 'dev1 4 a/c', 'dev2 3 b/c'];
    expect(await ids(rig, '')).toEqual([4, all]);
    expect(await ids(rig, '?q=DEV1')).toEqual([3, all.slice(0, 3)]);
    expect(await ids(rig, '?q=/C')).toEqual([2, all.slice(2)]);
    expect(await ids(rig, '?q=nobody')).toEqual([0, []]);
    for (const offset of [0, 1, 2, 3, 4]) {
      for (const limit of [1, 2, 3]) {
        const page = all.slice(offset, offset + limit);
        expect(await ids(rig, `?offset=${offset}&limit=${limit}`)).toEqual([4, page]);
      }
    }
  });

  it('of thousands are put together piece by piece', async () => {
    const rig = await rigOf();
    const { driver } = rig.gateway;
    for (let i = 0; i < 2000; i++) {
      connected(driver, `A${i}`, `dev${i}`);
      driver.send(`A${i}`, register(`a/${i}`, 1));
    }
    let turns = 0;
    const meanwhile = setInterval(() => {
      driver.admin({ command: 'disconnect', client: `dev${turns++}` });
    }, 0);
    cleanup.add(meanwhile, (one) => clearInterval(one));
    const { total, topicIds } = await json<TopicIds>(rig, '/api/topics/ids?offset=1900&limit=10');
    expect(turns).toBeGreaterThan(0);
    expect(total).toBeGreaterThan(1900);
    expect(topicIds).toHaveLength(10);
  });
});

describe('a question that is none', () => {
  it.each([
    ['GET', '/api', 'not-found'],
    ['GET', '/api/', 'not-found'],
    ['GET', '/api/nothing', 'not-found'],
    ['GET', '/api/devices/', 'not-found'],
    ['GET', '/api//devices', 'not-found'],
    ['GET', '/api/devices/dev1/buffer/1/2', 'not-found'],
    ['GET', '/api/devices/dev1/../../../etc/passwd', 'not-found'],
    ['GET', '/api/devices/%2e%2e/%2e%2e/etc/passwd', 'not-found'],
    ['GET', '/api/devices/..%2f..%2fetc%2fpasswd', 'unknown-device'],
    ['GET', '/api/devices/%00', 'unknown-device'],
    ['GET', '/api/devices/%', 'bad-request'],
    ['GET', '/api/devices/%ff', 'bad-request'],
    ['GET', '/api/devices/%zz/buffer', 'bad-request'],
    ['GET', '/api/devices?q=%zz', 'bad-request'],
    ['GET', '/api/devices?limit=1&limit=2', 'bad-request'],
    ['GET', '/api/devices/__proto__', 'unknown-device'],
    ['GET', '/api/devices/constructor', 'unknown-device'],
    ['GET', '/api/devices/dev1/buffer/1', 'method-not-allowed'],
    ['PUT', '/api/devices/dev1', 'method-not-allowed'],
    ['DELETE', '/api/devices', 'method-not-allowed'],
    ['POST', '/api/overview', 'method-not-allowed'],
    ['OPTIONS', '/api/login', 'method-not-allowed'],
    ['GET', '/api/devices?state=DEAD', 'bad-request'],
    ['GET', '/api/devices?limit=0', 'bad-request'],
    ['GET', '/api/devices?limit=1e9', 'bad-request'],
    ['GET', '/api/devices?limit=1&limit=2', 'bad-request'],
    ['GET', '/api/devices?q=a&q=b', 'bad-request'],
    ['GET', '/api/devices?constructor=1', 'bad-request'],
    ['GET', '/api/devices?__proto__=1', 'bad-request'],
    ['GET', '/api/log?level=loud', 'bad-request'],
    ['GET', '/api/topics/ids?limit=1001', 'bad-request'],
    ['GET', '/api/topics/export', 'bad-request'],
    ['GET', '/api/topics/export?format=exe', 'bad-request'],
  ] as const)('%s %s: %s', async (method, path, code) => {
    const rig = await busyRig();
    const answer = await rig.ask(path, { method, headers: JSON_TYPE });
    const isApi = path.startsWith('/api/');
    if (isApi && !/\.\.|%2e/.test(path)) expect(problemOf(answer)).toBe(code);
    expect(answer.status).toBe(
      { 'not-found': 404, 'unknown-device': 404, 'method-not-allowed': 405, 'bad-request': 400 }[
        code
      ],
    );
    expect(rig.bugs).toEqual([]);
  });

  it.each([
    ['{}', 204],
    ['', 204],
    ['{"force":true}', 400],
    ['[]', 400],
    ['null', 400],
    ['{', 400],
    ['"x"', 400],
    [`{"x":"${'y'.repeat(20_000)}"}`, 413],
  ])('with the body %.20s: %i', async (body, status) => {
    const rig = await busyRig();
    const asked = { method: 'POST', headers: JSON_TYPE, body };
    expect((await rig.ask('/api/devices/dev2/disconnect', asked)).status).toBe(status);
  });

  it('with a body that does not come whole: nothing is done, and it is no bug of ours', async () => {
    const rig = await busyRig();
    const half = await rig.connection();
    half.socket.end(
      'POST /api/devices/dev2/disconnect HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{',
    );
    await half.closed;
    expect((await rig.ask('/healthz')).status).toBe(200);
    expect(rig.bugs).toEqual([]);
    expect(rig.gateway.inspect.device('dev2')?.state).toBe('ACTIVE');
  });

  it.each([
    undefined,
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/jsonp',
  ])('with a body of type %s: none that a form of another site could not send', async (type) => {
    const rig = await busyRig();
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
    const answer = await rig.ask('/api/devices/dev2/disconnect', {
      method: 'POST',
      headers,
      body: '{}',
    });
    expect([answer.status, problemOf(answer)]).toEqual([415, 'not-json']);
    expect(rig.gateway.inspect.device('dev2')?.state).toBe('ACTIVE');
  });

  it.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'http://evil.example' },
    { origin: 'http://localhost:1' },
    { origin: 'null' },
    { origin: 'nonsense' },
  ])('from a page of another site, %j: nothing is done', async (from) => {
    const rig = await busyRig();
    for (const [method, path] of [
      ['POST', '/api/devices/dev2/disconnect'],
      ['DELETE', '/api/devices/dev1/buffer'],
      ['GET', '/api/overview'],
    ] as const) {
      const answer = await rig.ask(path, { method, headers: { ...JSON_TYPE, ...from } });
      expect([answer.status, problemOf(answer)]).toEqual([403, 'cross-site']);
    }
    expect(rig.gateway.inspect.device('dev2')?.state).toBe('ACTIVE');
  });

  it('from our own page: it is done', async () => {
    const rig = await busyRig();
    const host = `localhost:${rig.server.port}`;
    const headers = {
      ...JSON_TYPE,
      host,
      origin: `http://${host}`,
      'sec-fetch-site': 'same-origin',
    };
    const answer = await rig.ask('/api/devices/dev2/disconnect', { method: 'POST', headers });
    expect(answer.status).toBe(204);
  });
});
