import { describe, expect, it } from 'vitest';
import {
  OPEN_SUBSCRIBES_MAX,
  SUBSCRIPTIONS_PER_DEVICE_MAX,
  TOPIC_IDS_PER_DEVICE_MAX,
} from '../../../../src/core/limits.js';
import type { UpstreamFailure } from '../../../../src/core/types.js';
import { coreConfig } from '../../../support/core/config.js';
import { CoreDriver } from '../../../support/core/driver.js';
import {
  accept,
  connect,
  connected,
  message,
  publish,
  register,
  subscribe,
} from '../../../support/core/messages.js';

const unsubscribe = (topicName: string, msgId: number) =>
  ({ type: 'UNSUBSCRIBE', msgId, topicIdType: 0, topicName }) as const;

describe('requests that wait for the broker', () => {
  it('SUBSCRIBE again and again under new numbers: no more than the limit, then "congestion"', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    for (let msgId = 1; msgId <= OPEN_SUBSCRIBES_MAX + 1; msgId++) {
      driver.send('A', subscribe('a', msgId));
    }
    expect(driver.requestsOf('subscribe')).toHaveLength(OPEN_SUBSCRIBES_MAX);
    expect(driver.received('A')).toMatchObject([{ type: 'SUBACK', returnCode: 1 }]);
  });

  it('UNSUBSCRIBE again and again under new numbers: no more than the limit', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    for (let msgId = 1; msgId <= OPEN_SUBSCRIBES_MAX + 1; msgId++) {
      driver.send('A', unsubscribe('a', msgId));
    }
    expect(driver.requestsOf('unsubscribe')).toHaveLength(OPEN_SUBSCRIBES_MAX);
    expect(driver.drops()).toEqual(['too-many-requests']);
  });

  it('answered, or of an earlier connection: there is room again', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { cleanSession: false });
    for (let msgId = 1; msgId <= OPEN_SUBSCRIBES_MAX; msgId++) {
      driver.send('A', subscribe('a', msgId));
      driver.send('A', unsubscribe('a', msgId));
    }
    const { token, client } = driver.request('subscribe');
    driver.event({ event: 'subscribed', token, client, grantedQos: 1 });
    driver.event({ event: 'unsubscribed', token: driver.request('unsubscribe').token, client });
    driver.send('A', subscribe('b', 100));
    driver.send('A', unsubscribe('b', 100));
    expect(driver.requestsOf('subscribe')).toHaveLength(OPEN_SUBSCRIBES_MAX + 1);
    expect(driver.requestsOf('unsubscribe')).toHaveLength(OPEN_SUBSCRIBES_MAX + 1);

    connected(driver, 'A', 'dev1', { cleanSession: false, duration: 61 });
    driver.send('A', subscribe('c', 200));
    driver.send('A', unsubscribe('c', 200));
    expect(driver.requestsOf('subscribe')).toHaveLength(OPEN_SUBSCRIBES_MAX + 2);
    expect(driver.requestsOf('unsubscribe')).toHaveLength(OPEN_SUBSCRIBES_MAX + 2);
  });

  it('answers of an earlier connection make no room in this one', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { cleanSession: false });
    for (let msgId = 1; msgId <= OPEN_SUBSCRIBES_MAX; msgId++)
      driver.send('A', subscribe('a', msgId));
    const earlier = driver.requestsOf('subscribe');
    connected(driver, 'A', 'dev1', { cleanSession: false, duration: 61 });
    for (let msgId = 1; msgId <= OPEN_SUBSCRIBES_MAX; msgId++)
      driver.send('A', subscribe('b', msgId));
    for (const { token, client } of earlier) {
      driver.event({ event: 'subscribed', token, client, grantedQos: 1 });
    }
    driver.received('A');
    driver.send('A', subscribe('b', 100));
    expect(driver.received('A')).toMatchObject([{ type: 'SUBACK', returnCode: 1 }]);
  });
});

describe('a shared subscription', () => {
  const shared = (): CoreDriver => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    driver.send('A', subscribe('$share/team/work', 20));
    return driver;
  };
  const granted = (driver: CoreDriver): void => {
    const { token, client } = driver.request('subscribe');
    driver.event({ event: 'subscribed', token, client, grantedQos: 1 });
  };

  it('SUBACK has the topic id of what comes, not of the filter with its group', () => {
    const driver = shared();
    granted(driver);
    message(driver, 'dev1', { topic: 'work', qos: 0 });
    const topicId = expect.any(Number) as number;
    const heard = driver.received('A');
    expect(heard).toMatchObject([
      { type: 'SUBACK', returnCode: 0, topicId },
      { type: 'PUBLISH', topicId },
    ]);
    expect(new Set(heard.map((one) => 'topicId' in one && one.topicId)).size).toBe(1);
  });

  it('its first message waits for SUBACK', () => {
    const driver = shared();
    message(driver, 'dev1', { topic: 'work', qos: 0 });
    expect(driver.received('A')).toEqual([]);
    granted(driver);
    expect(driver.received('A').map(({ type }) => type)).toEqual(['SUBACK', 'PUBLISH']);
  });
});

it('SUBSCRIBE of an earlier connection is answered late: the device hears nothing', () => {
  const driver = new CoreDriver();
  connected(driver, 'A', 'dev1', { cleanSession: false });
  driver.send('A', subscribe('a'));
  connected(driver, 'A', 'dev1', { cleanSession: false, duration: 61 });
  const { token, client } = driver.request('subscribe');
  driver.event({ event: 'subscribed', token, client, grantedQos: 1 });
  expect(driver.received('A')).toEqual([]);
});

/** The broker's answer to the latest SUBSCRIBE. */
function granted(driver: CoreDriver, failure?: UpstreamFailure): void {
  const { token, client } = driver.request('subscribe');
  driver.event({
    event: 'subscribed',
    token,
    client,
    grantedQos: 1,
    ...(failure ? { failure } : {}),
  });
}

describe('a SUBSCRIBE that cannot be', () => {
  const refused = (msgId: number, returnCode: number) => [
    { type: 'SUBACK', qos: 0, topicId: 0, msgId, returnCode },
  ];

  it('at QoS -1, or to what the rules do not allow: refused, and the broker is not asked', () => {
    const allow = { subscribe: ['mine/#'] };
    const driver = new CoreDriver(coreConfig({ device: { allow } }));
    connected(driver, 'A', 'dev1');
    const lowly = { type: 'SUBSCRIBE', dup: false, qos: -1, msgId: 1, topicIdType: 0 } as const;
    driver.send('A', { ...lowly, topicName: 'mine/a' });
    expect(driver.received('A')).toEqual(refused(1, 3));
    driver.send('A', subscribe('#', 2));
    expect(driver.received('A')).toEqual(refused(2, 3));
    expect(driver.requestsOf('subscribe')).toEqual([]);
    driver.send('A', subscribe('mine/+', 3));
    expect(driver.requestsOf('subscribe')).toHaveLength(1);
  });

  it('one more than there may be: congestion; one that it has already is asked for again', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    for (let i = 1; i < SUBSCRIPTIONS_PER_DEVICE_MAX; i++) {
      driver.send('A', subscribe(`${i}/#`, i));
      granted(driver);
    }
    driver.send('A', subscribe('last/#', 1000));
    driver.received('A');
    driver.send('A', subscribe('more/#', 1001));
    expect(driver.received('A')).toEqual(refused(1001, 1));
    granted(driver);
    driver.received('A');
    driver.send('A', subscribe('more/#', 1002));
    expect(driver.received('A')).toEqual(refused(1002, 1));
    driver.send('A', subscribe('7/#', 1003));
    expect(driver.request('subscribe').filter).toBe('7/#');
  });

  it('with all topic ids used up: congestion, but a wildcard needs none', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { duration: 0 });
    for (let i = 1; i <= TOPIC_IDS_PER_DEVICE_MAX; i++) driver.send('A', register(`n/${i}`, i));
    driver.received('A');
    driver.send('A', subscribe('one/more', 1));
    expect(driver.received('A')).toEqual(refused(1, 1));
    driver.send('A', subscribe('one/+', 2));
    expect(driver.requestsOf('subscribe')).toHaveLength(1);
  });

  it.each([
    ['unavailable', 1],
    ['refused', 3],
  ] as const)('the broker says %s: told, and it may be asked again', (failure, returnCode) => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    driver.send('A', subscribe('a/#', 1));
    message(driver, 'dev1', { topic: 'a/b' });
    granted(driver, failure);
    expect(driver.received('A')).toMatchObject([...refused(1, returnCode), { type: 'REGISTER' }]);
    driver.send('A', subscribe('a/#', 1));
    expect(driver.requestsOf('subscribe')).toHaveLength(2);
  });

  it('the broker says no to the first of two: the second is still waited for', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    driver.send('A', subscribe('a', 1));
    const { token, client } = driver.request('subscribe');
    driver.send('A', subscribe('a', 2));
    driver.event({ event: 'subscribed', token, client, grantedQos: 0, failure: 'refused' });
    expect(driver.received('A')).toEqual([]);
    granted(driver);
    expect(driver.received('A')).toMatchObject([{ type: 'SUBACK', msgId: 2, returnCode: 0 }]);
  });
});

describe('an answer of the broker when the device has gone', () => {
  it.each([undefined, 'refused'] as const)(
    'to sleep: it hears SUBACK there; for good: it does not (%s)',
    (failure) => {
      for (const duration of [300, undefined]) {
        const driver = new CoreDriver();
        connected(driver, 'A', 'dev1', { cleanSession: false });
        driver.send('A', subscribe('a', 1));
        driver.send('A', { type: 'DISCONNECT', ...(duration ? { duration } : {}) });
        driver.received('A');
        granted(driver, failure);
        expect(driver.received('A')).toMatchObject(duration ? [{ type: 'SUBACK' }] : []);
      }
    },
  );

  it('UNSUBSCRIBE of a connection before: the subscription has ended, and nobody is told', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { cleanSession: false });
    driver.send('A', unsubscribe('a', 1));
    const { token, client } = driver.request('unsubscribe');
    driver.send('A', connect('dev1', { cleanSession: false, duration: 61 }));
    accept(driver);
    driver.received('A');
    driver.event({ event: 'unsubscribed', token, client });
    expect(driver.received('A')).toEqual([]);
  });
});

describe('UNSUBSCRIBE', () => {
  it('repeated while the broker is asked: asked once', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    driver.send('A', unsubscribe('a', 1));
    driver.send('A', unsubscribe('a', 1));
    expect(driver.requestsOf('unsubscribe')).toHaveLength(1);
  });

  it('by predefined id: the topic that it means for this device', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    driver.send('A', { type: 'UNSUBSCRIBE', msgId: 1, topicIdType: 1, topicId: 2 });
    expect(driver.request('unsubscribe').filter).toBe('pre/dev1');
  });
});

describe('how a topic was subscribed to', () => {
  it.each([
    ['by name', { topicIdType: 0, topicName: 'pre/one' }, 0],
    ['by predefined id', { topicIdType: 1, topicId: 1 }, 1],
  ] as const)('%s: messages name it that way', (_how, filter, topicIdType) => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    driver.send('A', { type: 'SUBSCRIBE', dup: false, qos: 1, msgId: 1, ...filter });
    granted(driver);
    driver.received('A');
    message(driver, 'dev1', { topic: 'pre/one', qos: 0 });
    expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', topicIdType }]);
  });

  it('short and registered as well: the id that was agreed on', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    driver.send('A', register('ab'));
    driver.send('A', publish(0));
    driver.received('A');
    message(driver, 'dev1', { topic: 'ab', qos: 0 });
    expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', topicIdType: 0 }]);
  });

  it.each(['é', 'aé'])(
    'a name of other octets than two (%s) is not a short one unless it has two',
    (topic) => {
      const driver = new CoreDriver();
      connected(driver, 'A', 'dev1');
      message(driver, 'dev1', { topic, qos: 0 });
      expect(driver.received('A')).toMatchObject([
        { type: topic === 'é' ? 'PUBLISH' : 'REGISTER' },
      ]);
    },
  );
});
