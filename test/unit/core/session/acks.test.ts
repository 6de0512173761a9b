import { describe, expect, it } from 'vitest';
import type { Message } from '../../../../src/codec/index.js';
import { CONGESTION_WAIT_MS } from '../../../../src/core/limits.js';
import { CoreDriver } from '../../../support/core/driver.js';
import {
  connected,
  message,
  puback,
  publish,
  regack,
  register,
  subscribe,
} from '../../../support/core/messages.js';

const pubrec = (msgId: number): Message => ({ type: 'PUBREC', msgId });
const pubcomp = (msgId: number): Message => ({ type: 'PUBCOMP', msgId });
/** A short topic: no REGISTER. */
const AB = 0x6162;
/** The first id above the predefined ones. */
const FIRST_ID = 3;

function active(): CoreDriver {
  const driver = new CoreDriver();
  connected(driver, 'A', 'dev1', { duration: 0 });
  return driver;
}

function sending(topic: string, qos: 0 | 1 | 2): CoreDriver {
  const driver = active();
  message(driver, 'dev1', { topic, qos });
  message(driver, 'dev1', { topic: 'cd', qos: 0 });
  driver.received('A');
  return driver;
}

function releasing(): CoreDriver {
  const driver = sending('ab', 2);
  driver.send('A', pubrec(1));
  driver.received('A');
  return driver;
}

describe('an answer that fits nothing', () => {
  it.each<[string, () => CoreDriver, Message[], Message | undefined]>([
    ['nothing', active, [regack(0, 1), puback(0, 1), pubrec(1), pubcomp(1)], undefined],
    [
      'REGISTER',
      () => sending('a/b', 1),
      [puback(FIRST_ID, 1), pubrec(1), pubcomp(1)],
      regack(FIRST_ID, 1),
    ],
    ['PUBLISH', () => sending('ab', 1), [regack(AB, 1), pubrec(1), pubcomp(1)], puback(AB, 1)],
    ['PUBLISH at QoS 2', () => sending('ab', 2), [regack(AB, 1), pubcomp(1)], pubrec(1)],
    ['PUBREL', releasing, [regack(AB, 1), puback(AB, 1)], pubcomp(1)],
  ])(
    '%s is open: dropped with a notice, and what is open goes on',
    (_what, begin, wrong, right) => {
      const driver = begin();
      const other = [regack(0, 99), puback(0, 99), pubrec(99), pubcomp(99), puback(0, 99, 2)];
      for (const answer of [...wrong, ...other]) {
        driver.send('A', answer);
        expect(driver.received('A')).toEqual([]);
        expect(driver.notices.at(-1)).toMatchObject({
          notice: 'drop',
          reason: 'unexpected-answer',
          messageType: answer.type,
          client: 'dev1',
        });
      }
      if (right === undefined) return;
      driver.send('A', right);
      expect(driver.received('A')).not.toEqual([]);
    },
  );

  it('PUBACK for message id 0 accepts nothing', () => {
    const driver = sending('ab', 1);
    driver.send('A', puback(AB, 0, 0));
    expect(driver.drops()).toEqual(['unexpected-answer']);
  });

  it('refused with another message id: the topic id is known as before', () => {
    const driver = active();
    driver.send('A', register('a/b'));
    driver.received('A');
    driver.send('A', puback(FIRST_ID, 9, 2));
    message(driver, 'dev1', { topic: 'a/b', qos: 0 });
    expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', topicId: FIRST_ID }]);
  });
});

describe('a lost answer', () => {
  it('PUBREL does not arrive: the device repeats PUBREC and gets it again', () => {
    const driver = releasing();
    driver.send('A', pubrec(1));
    expect(driver.received('A')).toEqual([{ type: 'PUBREL', msgId: 1 }]);
  });
});

describe('a device that refuses a topic', () => {
  it('for lack of room: introduced again after T_WAIT', () => {
    const driver = sending('a/b', 1);
    driver.send('A', regack(FIRST_ID, 1, 1));
    expect(driver.notices.at(-1)).toEqual({
      notice: 'delivery-paused',
      client: 'dev1',
      why: 'congestion',
    });
    driver.advance(CONGESTION_WAIT_MS - 1);
    expect(driver.received('A')).toEqual([]);
    driver.advance(1);
    expect(driver.received('A')).toMatchObject([{ type: 'REGISTER', topicName: 'a/b', msgId: 1 }]);
  });

  it('of a wildcard subscription: not offered again, and its messages are dropped', () => {
    const driver = active();
    driver.send('A', subscribe('a/+'));
    const { token } = driver.request('subscribe');
    driver.event({ event: 'subscribed', token, client: 'dev1', grantedQos: 1 });
    message(driver, 'dev1', { topic: 'a/b' });
    driver.received('A');
    driver.send('A', regack(FIRST_ID, 1, 3));
    message(driver, 'dev1', { topic: 'a/b' });
    expect(driver.received('A')).toEqual([]);
    expect(driver.drops()).toEqual(['topic-refused-by-device', 'topic-refused-by-device']);
    expect(driver.requestsOf('unsubscribe')).toEqual([]);
  });
});

describe('a device that refuses a message', () => {
  it('dropped with a notice, and the next one comes', () => {
    const driver = sending('ab', 1);
    driver.send('A', puback(AB, 1, 3));
    expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', topicName: 'cd' }]);
    expect(driver.notices.at(-1)).toEqual({
      notice: 'drop',
      what: 'downlink',
      reason: 'message-refused-by-device',
      client: 'dev1',
      topic: 'ab',
    });
  });

  it('for lack of room: left alone for T_WAIT whatever it says, then repeated', () => {
    const driver = sending('ab', 1);
    driver.send('A', puback(AB, 1, 1));
    driver.advance(CONGESTION_WAIT_MS - 1);
    driver.send('A', { type: 'PINGREQ' });
    message(driver, 'dev1', { topic: 'ef', qos: 0 });
    expect(driver.received('A')).toEqual([{ type: 'PINGRESP' }]);
    expect(driver.stateOf('dev1')).toBe('ACTIVE');
    driver.advance(1);
    expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', topicName: 'ab', dup: true }]);
    driver.advance(30_000);
    expect(driver.received('A')).toHaveLength(3);
    driver.send('A', puback(AB, 1));
    expect(driver.received('A')).toMatchObject([{ topicName: 'cd' }, { topicName: 'ef' }]);
  });

  it.each([
    ['a normal topic id', 'a/b', FIRST_ID],
    ['a short topic', 'ab', AB],
    ['a predefined topic id', 'pre/one', 1],
  ])('%s is unknown there: introduced once, and no more', (_what, topic, topicId) => {
    const driver = active();
    if (topic === 'a/b') driver.send('A', register(topic));
    if (topic === 'pre/one') driver.send('A', publish(0));
    message(driver, 'dev1', { topic });
    driver.received('A');
    driver.send('A', puback(topicId, 1, 2));
    expect(driver.received('A')).toMatchObject([
      { type: 'REGISTER', topicId: FIRST_ID, topicName: topic },
    ]);
    driver.send('A', regack(FIRST_ID, 2));
    expect(driver.received('A')).toMatchObject([
      { type: 'PUBLISH', topicIdType: 0, topicId: FIRST_ID, dup: false },
    ]);
    driver.send('A', puback(FIRST_ID, 3, 2));
    expect(driver.received('A')).toEqual([]);
    expect(driver.drops()).toEqual(['message-refused-by-device']);
  });

  it('RIOT, with message id 0: the topic id tells which message is meant', () => {
    const driver = sending('ab', 1);
    driver.send('A', puback(0x7878, 0, 3));
    expect(driver.received('A')).toEqual([]);
    driver.send('A', puback(AB, 0, 3));
    expect(driver.received('A')).toMatchObject([{ type: 'REGISTER', topicName: 'ab' }]);
  });

  it('with message id 0, which may mean a message at QoS 0: the other one is not sent again before its time', () => {
    const driver = active();
    driver.send('A', register('a/b'));
    message(driver, 'dev1', { topic: 'a/b', qos: 0 });
    message(driver, 'dev1', { topic: 'a/b', qos: 2 });
    message(driver, 'dev1', { topic: 'a/b', qos: 0 });
    driver.received('A');
    driver.send('A', puback(FIRST_ID, 0, 2));
    expect(driver.received('A')).toEqual([]);
    driver.send('A', { type: 'PUBREC', msgId: 1 });
    driver.send('A', { type: 'PUBCOMP', msgId: 1 });
    expect(driver.received('A')).toMatchObject([
      { type: 'PUBREL', msgId: 1 },
      { type: 'REGISTER', topicId: FIRST_ID },
    ]);
  });

  it('the repeat at QoS 2, with message id 0: the device knows it again, if it has it', () => {
    const driver = sending('ab', 2);
    driver.advance(10_000);
    driver.received('A');
    driver.send('A', puback(AB, 0, 2));
    const [offer] = driver.received('A');
    if (offer?.type !== 'REGISTER') throw new Error('no REGISTER');
    driver.send('A', regack(offer.topicId, offer.msgId));
    expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', msgId: 1, dup: true }]);
    driver.send('A', { type: 'PUBREC', msgId: 1 });
    expect(driver.received('A')).toMatchObject([{ type: 'PUBREL', msgId: 1 }]);
  });

  it('a predefined id unknown at QoS 0: the other ones that it has used are used as before', () => {
    const driver = active();
    driver.send('A', publish(0, { topicId: 1 }));
    driver.send('A', publish(0, { topicId: 2 }));
    driver.send('A', puback(1, 0, 2));
    message(driver, 'dev1', { topic: 'pre/dev1', qos: 0 });
    expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', topicIdType: 1, topicId: 2 }]);
  });
});
