import { describe, expect, it } from 'vitest';
import { OPEN_SUBSCRIBES_MAX } from '../../../../src/core/limits.js';
import { CoreDriver } from '../../../support/core/driver.js';
import { connected, subscribe } from '../../../support/core/messages.js';

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

it('SUBSCRIBE of an earlier connection is answered late: the device hears nothing', () => {
  const driver = new CoreDriver();
  connected(driver, 'A', 'dev1', { cleanSession: false });
  driver.send('A', subscribe('a'));
  connected(driver, 'A', 'dev1', { cleanSession: false, duration: 61 });
  const { token, client } = driver.request('subscribe');
  driver.event({ event: 'subscribed', token, client, grantedQos: 1 });
  expect(driver.received('A')).toEqual([]);
});
