import { describe, expect, it } from 'vitest';
import { OPEN_EXCHANGES_MAX } from '../../../../src/core/limits.js';
import { coreConfig, LAN } from '../../../support/core/config.js';
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

describe('an acknowledgement that got lost', () => {
  /** All transmissions of a request at the default retry settings. */
  const REPEATING_MS = 40_000;

  it.each([1, 2] as const)(
    'QoS %i, repeated with DUP: acknowledged again and not published, for as long as the device may repeat',
    (qos) => {
      const driver = new CoreDriver();
      connected(driver, 'A', 'dev1', { duration: 0 });
      driver.send('A', publish(qos, { msgId: 7 }));
      published(driver);
      if (qos === 2) driver.send('A', { type: 'PUBREL', msgId: 7 });
      driver.received('A');
      driver.advance(REPEATING_MS);
      driver.send('A', publish(qos, { msgId: 7, dup: true }));
      expect(driver.received('A')).toEqual([
        qos === 1
          ? { type: 'PUBACK', topicId: 1, msgId: 7, returnCode: 0 }
          : { type: 'PUBREC', msgId: 7 },
      ]);
      expect(driver.requestsOf('publish')).toHaveLength(1);
      driver.advance(1);
      driver.send('A', publish(qos, { msgId: 7, dup: true }));
      expect(driver.received('A')).toEqual([]);
      expect(driver.requestsOf('publish')).toHaveLength(2);
    },
  );
});

describe('a message that cannot be taken', () => {
  it.each([0, 1, 2] as const)('QoS %i, to a topic that the rules do not allow: refused', (qos) => {
    const allow = { publish: ['mine/#'] };
    const driver = new CoreDriver(coreConfig({ device: { allow } }));
    connected(driver, 'A', 'dev1');
    const msgId = qos === 0 ? 0 : 5;
    driver.send('A', publish(qos, { msgId }));
    expect(driver.received('A')).toEqual([{ type: 'PUBACK', topicId: 1, msgId, returnCode: 3 }]);
    expect(driver.requestsOf('publish')).toEqual([]);
    expect(driver.notices.at(-1)).toMatchObject({
      notice: 'refusal',
      request: 'PUBLISH',
      client: 'dev1',
      why: expect.stringContaining('pre/one') as string,
    });
  });

  it('message id 0 at QoS 1: dropped, and the notice says whose it was', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    driver.send('A', publish(1, { msgId: 0 }));
    expect(driver.notices.at(-1)).toEqual({
      notice: 'drop',
      what: 'frame',
      reason: 'zero-message-id',
      link: LAN,
      address: 'A',
      messageType: 'PUBLISH',
      client: 'dev1',
    });
  });

  it('too many wait for the broker: congestion, until one of them is answered', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    for (let msgId = 1; msgId <= OPEN_EXCHANGES_MAX + 1; msgId++)
      driver.send('A', publish(1, { msgId }));
    expect(driver.received('A')).toEqual([
      { type: 'PUBACK', topicId: 1, msgId: OPEN_EXCHANGES_MAX + 1, returnCode: 1 },
    ]);
    expect(driver.requestsOf('publish')).toHaveLength(OPEN_EXCHANGES_MAX);
    published(driver);
    driver.send('A', publish(1, { msgId: 100 }));
    expect(driver.requestsOf('publish')).toHaveLength(OPEN_EXCHANGES_MAX + 1);
  });

  it.each([1, 2] as const)('QoS %i, refused by the broker: the exchange is over', (qos) => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    driver.send('A', publish(qos, { msgId: 7 }));
    published(driver, 'refused');
    expect(driver.received('A')).toEqual([{ type: 'PUBACK', topicId: 1, msgId: 7, returnCode: 3 }]);
    expect(driver.drops()).toEqual(['broker-refused']);
    driver.send('A', publish(qos, { msgId: 7, dup: true }));
    expect(driver.requestsOf('publish')).toHaveLength(2);
  });

  it('QoS 0 that the broker did not get: the notice says why, and whose it was if anybody knows', () => {
    const driver = new CoreDriver();
    const unsent = { event: 'published', token: 0 } as const;
    driver.event({ ...unsent, client: 'dev1', failure: 'refused', detail: 'not authorized' });
    driver.event({ ...unsent, client: null, failure: 'unavailable' });
    driver.event({ ...unsent, client: 'dev1' });
    expect(driver.notices).toEqual([
      {
        notice: 'drop',
        what: 'uplink',
        reason: 'broker-refused',
        client: 'dev1',
        detail: 'not authorized',
      },
      { notice: 'drop', what: 'uplink', reason: 'broker-unavailable' },
    ]);
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

describe('QoS 2 messages whose device never sends PUBREL', () => {
  /** As many as can be open, each acknowledged with PUBREC. */
  function full(isAnswered = true): CoreDriver {
    const driver = new CoreDriver(coreConfig({ keepsSessions: true }));
    driver.begin();
    connected(driver, 'A', 'dev1', { cleanSession: false, duration: 3600 });
    for (let msgId = 1; msgId <= OPEN_EXCHANGES_MAX; msgId++) {
      driver.send('A', publish(2, { msgId }));
      if (isAnswered) published(driver);
    }
    driver.received('A');
    return driver;
  }
  const next = publish(2, { msgId: OPEN_EXCHANGES_MAX + 1 });
  const oldest = publish(2, { msgId: 1, dup: true });
  const second = publish(2, { msgId: 2, dup: true });
  const RETRIES_OVER_MS = 40_001;

  it.each([
    [
      'has connected again since',
      (driver: CoreDriver) =>
        connected(driver, 'A', 'dev1', { cleanSession: false, duration: 3601 }),
    ],
    ['has had its time to repeat', (driver: CoreDriver) => driver.advance(RETRIES_OVER_MS)],
  ])('%s: the oldest of them makes room, on disk too', (_when, happens) => {
    const driver = full();
    happens(driver);
    driver.send('A', next);
    published(driver);
    expect(driver.received('A')).toEqual([{ type: 'PUBREC', msgId: OPEN_EXCHANGES_MAX + 1 }]);
    expect(driver.store.keys('i')).toHaveLength(OPEN_EXCHANGES_MAX);
    for (const repeat of [second, oldest]) driver.send('A', repeat);
    expect(driver.received('A')).toEqual([
      { type: 'PUBREC', msgId: 2 },
      { type: 'PUBREC', msgId: 1 },
    ]);
    driver.advance(RETRIES_OVER_MS);
    driver.send('A', oldest);
    expect(driver.requestsOf('publish')).toHaveLength(OPEN_EXCHANGES_MAX + 2);
  });

  it.each([
    ['may still send it', (driver: CoreDriver) => driver.advance(RETRIES_OVER_MS - 1)],
    [
      'may still send it, and has repeated the messages',
      (driver: CoreDriver) => {
        driver.advance(RETRIES_OVER_MS - 1);
        for (let msgId = 1; msgId <= OPEN_EXCHANGES_MAX; msgId++)
          driver.send('A', publish(2, { msgId, dup: true }));
        driver.advance(2);
        driver.received('A');
      },
    ],
    [
      'may still send it, because it was answered late',
      (driver: CoreDriver) => {
        driver.advance(RETRIES_OVER_MS);
        for (const { token, client } of driver.requestsOf('publish'))
          driver.event({ event: 'published', token, client });
        driver.received('A');
      },
      false,
    ],
    [
      'may still send it, after a restart',
      (driver: CoreDriver) => {
        driver.advance(RETRIES_OVER_MS);
        driver.crash();
        driver.event({ event: 'availability', up: true });
        driver.received('A');
        driver.advance(RETRIES_OVER_MS - 1);
      },
    ],
  ])('%s: the next message is refused', (_why, happens, isAnswered = true) => {
    const driver = full(isAnswered);
    happens(driver);
    driver.send('A', next);
    expect(driver.received('A')).toEqual([
      { type: 'PUBACK', topicId: 1, msgId: OPEN_EXCHANGES_MAX + 1, returnCode: 1 },
    ]);
  });

  it('repeated on the new connection: not that one makes room, but the next', () => {
    const driver = full();
    connected(driver, 'A', 'dev1', { cleanSession: false, duration: 3601 });
    driver.send('A', oldest);
    driver.advance(RETRIES_OVER_MS);
    driver.send('A', next);
    driver.advance(RETRIES_OVER_MS + 1);
    driver.send('A', oldest);
    expect(driver.requestsOf('publish')).toHaveLength(OPEN_EXCHANGES_MAX + 1);
    driver.send('A', second);
    expect(driver.requestsOf('publish')).toHaveLength(OPEN_EXCHANGES_MAX + 2);
  });
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

  it.each([
    [undefined, { type: 'PUBREC', msgId: 1 }],
    ['refused', { type: 'PUBACK', topicId: 1, msgId: 1, returnCode: 3 }],
    ['unavailable', { type: 'PUBACK', topicId: 1, msgId: 1, returnCode: 1 }],
  ] as const)(
    'QoS 2 after a new CONNECT (%s): the device, which may count anew, is told when it has repeated it',
    (failure, answer) => {
      for (const isRepeated of [false, true]) {
        const driver = new CoreDriver();
        connected(driver, 'A', 'dev1', { cleanSession: false });
        driver.send('A', publish(2));
        connected(driver, 'A', 'dev1', { cleanSession: false, duration: 61 });
        if (isRepeated) driver.send('A', publish(2, { dup: true }));
        published(driver, failure);
        expect(driver.received('A')).toEqual(isRepeated ? [answer] : []);
        expect(driver.requestsOf('publish')).toHaveLength(1);
      }
    },
  );
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
