import { describe, expect, it } from 'vitest';
import { coreConfig } from '../../../support/core/config.js';
import { CoreDriver } from '../../../support/core/driver.js';
import {
  accept,
  connect,
  connected,
  message,
  publish,
  regack,
  register,
  subscribe,
} from '../../../support/core/messages.js';

const limits = (devices: number, datagramsPerSecondPerDevice = 1000) =>
  coreConfig({ limits: { devices, datagramsPerSecondPerDevice } });

describe('the rate limit', () => {
  it('one address with ever new client ids: counted by address', () => {
    const driver = new CoreDriver(limits(1000, 5));
    for (let i = 0; i < 20; i++) driver.send('A', connect(`dev${i}`));
    expect(driver.requestsOf('open')).toHaveLength(5);
    expect(driver.drops().filter((reason) => reason === 'rate-limited')).toHaveLength(15);
    driver.advance(1000);
    driver.send('A', connect('dev20'));
    expect(driver.requestsOf('open')).toHaveLength(6);
  });

  it('one forwarder with ever new node ids: its strangers are counted together', () => {
    const driver = new CoreDriver(limits(1000, 5));
    for (let i = 0; i < 20; i++) {
      driver.send({ link: 'lan', address: 'F', node: Uint8Array.of(i) }, { type: 'PINGREQ' });
    }
    expect(driver.drops().filter((reason) => reason === 'rate-limited')).toHaveLength(15);
  });

  it('one node behind a forwarder with ever new client ids: counted by its address', () => {
    const driver = new CoreDriver(limits(1000, 5));
    const node = { link: 'lan', address: 'F', node: Uint8Array.of(1) };
    for (let i = 0; i < 20; i++) driver.send(node, connect(`dev${i}`));
    expect(driver.requestsOf('open')).toHaveLength(5);
  });

  it('connected devices behind one forwarder: each has its own count', () => {
    const driver = new CoreDriver(limits(1000, 5));
    const nodes = [1, 2, 3].map((node) => ({
      link: 'lan',
      address: 'F',
      node: Uint8Array.of(node),
    }));
    for (const [i, node] of nodes.entries()) connected(driver, node, `dev${i}`);
    driver.advance(1000);
    for (const node of nodes) for (let i = 0; i < 5; i++) driver.send(node, { type: 'PINGREQ' });
    expect(driver.drops()).toEqual([]);
  });
});

describe('limits.devices', () => {
  it('reached by sessions that keep nothing: the oldest of them makes room', () => {
    const driver = new CoreDriver(limits(2));
    for (const name of ['dev1', 'dev2']) {
      connected(driver, name, name, { cleanSession: false });
      driver.send(name, { type: 'DISCONNECT' });
    }
    driver.send('new', connect('dev3'));
    expect(driver.request('open').client).toBe('dev3');
    expect(driver.requestsOf('close').at(-1)).toMatchObject({ client: 'dev1', forget: true });
    expect(driver.notices).toContainEqual(
      expect.objectContaining({ notice: 'forgotten', client: 'dev1' }),
    );
  });

  it('reached by a device that is lost, and keeps nothing: it makes room, too', () => {
    const driver = new CoreDriver(limits(1));
    connected(driver, 'A', 'dev1', { cleanSession: false, duration: 60 });
    driver.advance(90_000);
    driver.send('B', connect('dev2'));
    expect(driver.request('open').client).toBe('dev2');
  });

  it.each<[string, (driver: CoreDriver) => void, boolean?]>([
    [
      'a subscription',
      (driver) => {
        driver.send('A', subscribe('a'));
        const { token, client } = driver.request('subscribe');
        driver.event({ event: 'subscribed', token, client, grantedQos: 1 });
      },
    ],
    ['a message', (driver) => message(driver, 'dev1', { topic: 'ab' })],
    ['the middle of an exchange', (driver) => driver.send('A', publish(2))],
    ['a will', () => {}, true],
  ])(
    'reached by a device with %s to keep: the next one hears congestion',
    (_what, has, will = false) => {
      const driver = new CoreDriver(limits(1));
      connected(driver, 'A', 'dev1', { cleanSession: false, will });
      has(driver);
      driver.send('A', { type: 'DISCONNECT' });
      driver.send('B', connect('dev2'));
      expect(driver.received('B')).toEqual([{ type: 'CONNACK', returnCode: 1 }]);
    },
  );

  it('reached by devices that are connected: the next one hears congestion', () => {
    const driver = new CoreDriver(limits(2));
    connected(driver, 'A', 'dev1');
    connected(driver, 'B', 'dev2');
    driver.send('C', connect('dev3'));
    expect(driver.received('C')).toEqual([{ type: 'CONNACK', returnCode: 1 }]);
  });
});

describe('rules that have changed', () => {
  it('a kept subscription and a kept will that are not allowed any more end at the next CONNECT', () => {
    const driver = new CoreDriver();
    driver.send('A', connect('dev1', { cleanSession: false, will: true }));
    driver.send('A', { type: 'WILLTOPIC', qos: 0, retain: false, willTopic: 'secret/will' });
    driver.send('A', { type: 'WILLMSG', willMsg: Uint8Array.of(1) });
    accept(driver);
    driver.send('A', {
      type: 'SUBSCRIBE',
      dup: false,
      qos: 1,
      msgId: 1,
      topicIdType: 0,
      topicName: 'secret/#',
    });
    const { token } = driver.request('subscribe');
    driver.event({ event: 'subscribed', token, client: 'dev1', grantedQos: 1 });

    const allow = { publish: ['open/#'], subscribe: ['open/#'] };
    driver.admin({ command: 'reload', config: coreConfig({ device: { allow } }) });
    driver.send('B', connect('dev1', { cleanSession: false }));
    expect(driver.request('open').will).toBeUndefined();
    accept(driver);
    expect(driver.request('unsubscribe')).toMatchObject({ client: 'dev1', filter: 'secret/#' });
  });
});

describe('a client that uses one message id for everything and never sets DUP', () => {
  const one = (payload: string) => ({
    type: 'PUBLISH' as const,
    dup: false,
    qos: 1 as const,
    retain: false,
    topicIdType: 0 as const,
    topicId: 3,
    msgId: 1,
    data: new TextEncoder().encode(payload),
  });

  it('the broker is slow: a repeat is not published, another message is', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    driver.send('A', register('a/b'));
    driver.send('A', one('first'));
    driver.send('A', one('first'));
    expect(driver.requestsOf('publish')).toHaveLength(1);
    driver.send('A', one('second'));
    const [first, second] = driver.requestsOf('publish');
    expect(second?.payload).toEqual(one('second').data);
    driver.received('A');

    driver.event({ event: 'published', token: first?.token ?? 0, client: 'dev1' });
    expect(driver.received('A')).toEqual([]);
    driver.event({ event: 'published', token: second?.token ?? 0, client: 'dev1' });
    expect(driver.received('A')).toMatchObject([{ type: 'PUBACK', msgId: 1, returnCode: 0 }]);
  });
});

describe('a SUBSCRIBE whose answer comes too late', () => {
  it('after a CONNECT with CleanSession=1: the subscription does not exist', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    driver.send('A', subscribe('a/b'));
    const { token } = driver.request('subscribe');
    connected(driver, 'B', 'dev1');
    driver.event({ event: 'subscribed', token, client: 'dev1', grantedQos: 1 });
    // A refused topic of an exact subscription counts as unsubscribing: here there is nothing to end.
    message(driver, 'dev1', { topic: 'a/b' });
    const [register] = driver.received('B');
    expect(register).toMatchObject({ type: 'REGISTER' });
    driver.send('B', regack(1, 1, 3));
    expect(driver.requestsOf('unsubscribe')).toEqual([]);
  });
});
