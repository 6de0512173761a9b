import { describe, expect, it } from 'vitest';
import { CoreDriver } from '../../../support/core/driver.js';
import { accept, connect, connected, octets, publish } from '../../../support/core/messages.js';

const published = (driver: CoreDriver, failure?: 'unavailable' | 'refused'): void => {
  const { token, client } = driver.request('publish');
  driver.event({ event: 'published', token, client, ...(failure ? { failure } : {}) });
};

describe('a message id used again', () => {
  it('failed message repeated with DUP is published again, however often its number was used', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    for (let round = 0; round < 2; round++) {
      driver.send('A', publish(1, { msgId: 7 }));
      published(driver);
    }
    driver.send('A', publish(1, { msgId: 7 }));
    published(driver, 'unavailable');
    expect(driver.received('A').at(-1)).toMatchObject({ type: 'PUBACK', returnCode: 1 });

    const before = driver.requestsOf('publish').length;
    driver.send('A', publish(1, { msgId: 7, dup: true }));
    expect(driver.requestsOf('publish')).toHaveLength(before + 1);
    expect(driver.received('A')).toEqual([]);
  });
});

describe('a device with one message id for everything', () => {
  it.each([1, 2] as const)(
    'QoS %i, first transmission of its second message is lost: the repeat is published, whatever became of the first one',
    (qos) => {
      for (const isAnswered of [true, false]) {
        const driver = new CoreDriver();
        connected(driver, 'A', 'dev1');
        driver.send('A', publish(qos, { msgId: 1, data: octets('one') }));
        if (isAnswered) published(driver);
        if (isAnswered && qos === 2) driver.send('A', { type: 'PUBREL', msgId: 1 });
        driver.received('A');
        driver.send('A', publish(qos, { msgId: 1, data: octets('two'), dup: true }));
        expect(driver.received('A')).toEqual([]);
        expect(driver.request('publish').payload).toEqual(octets('two'));
        published(driver);
        expect(driver.received('A')).toMatchObject([{ type: qos === 1 ? 'PUBACK' : 'PUBREC' }]);
      }
    },
  );
});

describe('an answer of the broker that comes late', () => {
  it.each([
    ['after DISCONNECT', (driver: CoreDriver) => driver.send('A', { type: 'DISCONNECT' })],
    ['after the device was lost', (driver: CoreDriver) => driver.advance(90_000)],
    [
      'during a new CONNECT',
      (driver: CoreDriver) =>
        driver.send('A', connect('dev1', { cleanSession: false, duration: 61 })),
    ],
  ])('%s: the device is left alone', (_when, happens) => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { cleanSession: false });
    driver.send('A', publish(1));
    driver.send('A', { type: 'UNSUBSCRIBE', msgId: 2, topicIdType: 0, topicName: 'a' });
    driver.send('A', { type: 'WILLTOPICUPD', qos: 0, retain: false, willTopic: 'w' });
    happens(driver);
    driver.received('A');
    published(driver);
    const { token, client } = driver.request('unsubscribe');
    driver.event({ event: 'unsubscribed', token, client });
    driver.event({ event: 'will-set', token: driver.request('set-will').token, client });
    expect(driver.received('A')).toEqual([]);
  });

  it('QoS 2 during a new CONNECT: the repeat after it is answered and not published again', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { cleanSession: false });
    driver.send('A', publish(2));
    driver.send('A', connect('dev1', { cleanSession: false, duration: 61 }));
    published(driver);
    accept(driver);
    driver.received('A');
    driver.send('A', publish(2, { dup: true }));
    expect(driver.received('A')).toEqual([{ type: 'PUBREC', msgId: 1 }]);
    expect(driver.requestsOf('publish')).toHaveLength(1);
  });
});

it('PUBREL before the broker has answered is ignored: PUBCOMP would say that it has the message', () => {
  const driver = new CoreDriver();
  connected(driver, 'A', 'dev1');
  driver.send('A', publish(2));
  driver.send('A', { type: 'PUBREL', msgId: 1 });
  expect(driver.received('A')).toEqual([]);
  published(driver);
  driver.send('A', { type: 'PUBREL', msgId: 1 });
  expect(driver.received('A')).toEqual([
    { type: 'PUBREC', msgId: 1 },
    { type: 'PUBCOMP', msgId: 1 },
  ]);
});

it('new message under the number of one just acknowledged is published', () => {
  const driver = new CoreDriver();
  connected(driver, 'A', 'dev1');
  for (let round = 1; round <= 2; round++) {
    driver.send('A', publish(1));
    expect(driver.requestsOf('publish')).toHaveLength(round);
    published(driver);
  }
});

it('answer to a message of an earlier session with CleanSession=1 is for nobody', () => {
  const driver = new CoreDriver();
  connected(driver, 'A', 'dev1');
  driver.send('A', publish(1));
  connected(driver, 'A', 'dev1', { duration: 61 });
  published(driver);
  expect(driver.received('A')).toEqual([]);
});
