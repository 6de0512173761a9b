/** What a device or the broker is told only when a restart would bring it back. */
import { describe, expect, it } from 'vitest';
import { type Message, RETURN_CODE } from '../../../../src/codec/index.js';
import { coreConfig } from '../../../support/core/config.js';
import { CoreDriver } from '../../../support/core/driver.js';
import {
  accept,
  connect,
  connected,
  message,
  puback,
  publish,
  regack,
  register,
  subscribe,
  willMessage,
  willTopic,
} from '../../../support/core/messages.js';
import { VirtualStore } from '../../../support/core/store.js';

const keeping = { cleanSession: false };

/** A core whose journal commits when it is told to; dev1 is connected, and all of it kept. */
function slowDisk(options: object = keeping): CoreDriver {
  const driver = new CoreDriver(coreConfig({ keepsSessions: true }), [], new VirtualStore());
  driver.begin();
  driver.event({ event: 'availability', up: true });
  connected(driver, 'A', 'dev1', options);
  driver.store.isPrompt = false;
  return driver;
}

const types = (messages: Message[]): string[] => messages.map(({ type }) => type);

function connectAgain(driver: CoreDriver): void {
  driver.send('A', connect('dev1', { ...keeping, duration: 30 }));
  accept(driver);
}

const sleepOn = (driver: CoreDriver): void => {
  driver.send('A', { type: 'DISCONNECT', duration: 600 });
};

/** Nothing comes before the commit, this comes after it. */
function expectAfterCommit(driver: CoreDriver, ...wanted: string[]): void {
  expect(driver.received('A')).toEqual([]);
  driver.commit();
  expect(types(driver.received('A'))).toEqual(wanted);
}

describe('with CleanSession=0, kept first', () => {
  it('CONNACK, and nothing is sent before it', () => {
    const driver = slowDisk();
    message(driver, 'dev1', { topic: 'ab', qos: 0 });
    driver.received('A');
    driver.send('A', connect('dev1', { ...keeping, duration: 30 }));
    accept(driver);
    message(driver, 'dev1', { topic: 'ab', qos: 0 });
    driver.send('A', { type: 'PINGREQ' });
    expectAfterCommit(driver, 'CONNACK', 'PUBLISH');
  });

  it('CONNECT repeated meanwhile: one CONNACK', () => {
    const driver = slowDisk();
    driver.send('A', connect('dev1', { ...keeping, duration: 30 }));
    accept(driver);
    driver.send('A', connect('dev1', { ...keeping, duration: 30 }));
    expectAfterCommit(driver, 'CONNACK');
  });

  it('CONNECT with something else meanwhile: one CONNACK, and none after a good-bye', () => {
    const driver = slowDisk();
    for (const duration of [30, 31]) {
      driver.send('A', connect('dev1', { ...keeping, duration }));
      accept(driver);
    }
    expectAfterCommit(driver, 'CONNACK');
    driver.send('A', connect('dev1', { ...keeping, duration: 32 }));
    accept(driver);
    driver.send('A', { type: 'DISCONNECT' });
    expectAfterCommit(driver, 'DISCONNECT');
  });

  it('CONNACK before any other answer; and none to what was asked before it', () => {
    const driver = slowDisk();
    driver.send('A', publish(2, { msgId: 9 }));
    const asked = driver.request('publish');
    driver.event({ event: 'published', token: asked.token, client: 'dev1' });
    driver.received('A');
    driver.send('A', { type: 'PUBREL', msgId: 9 });
    driver.send('A', connect('dev1', { ...keeping, duration: 30 }));
    accept(driver);
    driver.send('A', publish(1, { msgId: 4 }));
    const { token } = driver.request('publish');
    driver.event({ event: 'published', token, client: 'dev1' });
    expectAfterCommit(driver, 'CONNACK', 'PUBACK');
  });

  it.each<[string, number, string, (driver: CoreDriver) => void]>([
    ['CONNACK', 45_000, 'ACTIVE', connectAgain],
    ['DISCONNECT', 660_000, 'ASLEEP', sleepOn],
  ])('%s that has waited long: the period begins with it', (_, toleratedMs, state, ask) => {
    const driver = slowDisk();
    ask(driver);
    driver.advance(25_000);
    driver.commit();
    driver.advance(toleratedMs - 1);
    expect(driver.stateOf('dev1')).toBe(state);
    driver.advance(1);
    expect(driver.stateOf('dev1')).toBe('LOST');
  });

  it('CONNACK, although its device repeats WILLMSG meanwhile', () => {
    const driver = slowDisk();
    driver.send('A', connect('dev1', { ...keeping, will: true, duration: 30 }));
    driver.send('A', willTopic());
    driver.received('A');
    driver.send('A', willMessage());
    accept(driver);
    driver.send('A', willMessage());
    expectAfterCommit(driver, 'CONNACK');
  });

  it('REGISTER of the gateway, unless the device has gone to sleep or begun anew', () => {
    const driver = slowDisk();
    message(driver, 'dev1', { topic: 'a/b', qos: 0 });
    driver.send('A', connect('dev1', { ...keeping, duration: 30 }));
    accept(driver);
    expectAfterCommit(driver, 'CONNACK', 'REGISTER');
    message(driver, 'dev1', { topic: 'c/d', qos: 0 });
    driver.send('A', regack(3, 2));
    driver.received('A');
    driver.send('A', { type: 'DISCONNECT', duration: 600 });
    expectAfterCommit(driver, 'DISCONNECT');
  });

  it('PUBREL, although the device repeats PUBREC meanwhile', () => {
    const driver = slowDisk();
    message(driver, 'dev1', { topic: 'ab', qos: 2 });
    driver.commit();
    driver.received('A');
    driver.send('A', { type: 'PUBREC', msgId: 1 });
    driver.send('A', { type: 'PUBREC', msgId: 1 });
    expectAfterCommit(driver, 'PUBREL');
  });

  it.each(['PUBREL', 'REGISTER'])(
    '%s, and kept in the middle of a CONNECT: sent when that has come to nothing',
    (type) => {
      const driver = slowDisk();
      if (type === 'REGISTER') message(driver, 'dev1', { topic: 'a/b', qos: 0 });
      else {
        message(driver, 'dev1', { topic: 'ab', qos: 2 });
        driver.commit();
        driver.received('A');
        driver.send('A', { type: 'PUBREC', msgId: 1 });
      }
      driver.send('A', connect('dev1', { ...keeping, will: true }));
      driver.commit();
      expect(types(driver.received('A'))).toEqual(['WILLTOPICREQ']);
      driver.advance(40_000);
      expect(driver.stateOf('dev1')).toBe('ACTIVE');
      driver.advance(1);
      expect(types(driver.received('A'))).toEqual([type]);
    },
  );

  it('PUBLISH with a new message id after a repair: the id that a restart would use', () => {
    const driver = slowDisk();
    message(driver, 'dev1', { topic: 'ab', qos: 1 });
    driver.commit();
    driver.received('A');
    driver.send('A', puback(0x6162, 1, 2));
    driver.commit();
    const [offer] = driver.received('A');
    if (offer?.type !== 'REGISTER') throw new Error('not introduced again');
    driver.send('A', regack(offer.topicId, offer.msgId));
    expect(driver.received('A')).toEqual([]);
    driver.commit();
    const [sent] = driver.received('A');
    if (sent?.type !== 'PUBLISH') throw new Error('not sent again');
    const [key = ''] = driver.store.keys('d');
    expect(driver.store.kept.get(key)).toContain(sent.msgId);
  });

  it('REGACK, and the id is not used before it', () => {
    const driver = slowDisk();
    driver.send('A', register('a/b', 7));
    message(driver, 'dev1', { topic: 'a/b', qos: 0 });
    expectAfterCommit(driver, 'REGACK', 'REGISTER');
  });

  it('device begins anew meanwhile: no REGACK of before', () => {
    const driver = slowDisk();
    driver.send('A', register('a/b', 7));
    driver.send('A', connect('dev1', { cleanSession: true, duration: 30 }));
    accept(driver);
    expectAfterCommit(driver, 'CONNACK');
  });

  it('SUBACK and UNSUBACK', () => {
    const driver = slowDisk();
    driver.send('A', subscribe('a/b', 7));
    const { token } = driver.request('subscribe');
    driver.event({ event: 'subscribed', token, client: 'dev1', grantedQos: 1 });
    expectAfterCommit(driver, 'SUBACK');
    driver.send('A', { type: 'UNSUBSCRIBE', msgId: 8, topicIdType: 0, topicName: 'a/b' });
    const asked = driver.request('unsubscribe');
    driver.event({ event: 'unsubscribed', token: asked.token, client: 'dev1' });
    expectAfterCommit(driver, 'UNSUBACK');
  });

  it('REGISTER of the gateway, PUBLISH, PUBREL: the broker hears with the first commit', () => {
    const driver = slowDisk();
    message(driver, 'dev1', { topic: 'a/b', qos: 2 });
    expect(driver.requestsOf('accept')).toHaveLength(0);
    expectAfterCommit(driver);
    expect(driver.requestsOf('accept')).toHaveLength(1);
    driver.commit();
    const [offer] = driver.received('A');
    expect(offer?.type).toBe('REGISTER');
    if (offer?.type !== 'REGISTER') return;
    driver.send('A', regack(offer.topicId, offer.msgId));
    const [sent] = driver.received('A');
    expect(sent).toMatchObject({ type: 'PUBLISH', dup: false });
    if (sent?.type !== 'PUBLISH') return;
    driver.send('A', { type: 'PUBREC', msgId: sent.msgId });
    expectAfterCommit(driver, 'PUBREL');
    driver.send('A', { type: 'PUBCOMP', msgId: sent.msgId });
    driver.commit();
    expect(driver.store.keys('d')).toEqual([]);
  });

  it('PUBCOMP, and not the PUBREC of a message that the broker has', () => {
    const driver = slowDisk();
    driver.send('A', publish(2, { msgId: 9 }));
    const { token } = driver.request('publish');
    driver.event({ event: 'published', token, client: 'dev1' });
    expect(types(driver.received('A'))).toEqual(['PUBREC']);
    driver.send('A', { type: 'PUBREL', msgId: 9 });
    expectAfterCommit(driver, 'PUBCOMP');
    expect(driver.store.keys('i')).toEqual([]);
  });

  it('DISCONNECT, and PINGRESP of a sleeper, behind all other answers', () => {
    const driver = slowDisk();
    driver.send('A', { type: 'DISCONNECT', duration: 600 });
    driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
    expectAfterCommit(driver, 'DISCONNECT', 'PINGRESP');
    driver.advance(600_000);
    driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
    driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
    message(driver, 'dev1', { topic: 'ab', qos: 0 });
    driver.send('A', { type: 'UNSUBSCRIBE', msgId: 8, topicIdType: 0, topicName: 'a/b' });
    driver.event({
      event: 'unsubscribed',
      token: driver.request('unsubscribe').token,
      client: 'dev1',
    });
    expectAfterCommit(driver, 'UNSUBACK', 'PINGRESP');
    driver.send('A', { type: 'DISCONNECT' });
    expectAfterCommit(driver, 'DISCONNECT');
  });

  it('DISCONNECT of a device that wakes up at once: what is on its way to it comes behind', () => {
    const driver = slowDisk();
    message(driver, 'dev1', { topic: 'ab', qos: 1 });
    driver.commit();
    driver.received('A');
    driver.send('A', { type: 'DISCONNECT', duration: 600 });
    driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
    expectAfterCommit(driver, 'DISCONNECT', 'PUBLISH');
  });

  it('DISCONNECT in the middle of a wake-up: no PINGRESP comes behind it', () => {
    const driver = slowDisk();
    driver.send('A', { type: 'DISCONNECT', duration: 600 });
    driver.commit();
    driver.received('A');
    driver.advance(600_000);
    driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
    driver.send('A', { type: 'DISCONNECT' });
    expectAfterCommit(driver, 'DISCONNECT');
  });

  it('WILLTOPICRESP and WILLMSGRESP', () => {
    const driver = slowDisk();
    driver.send('A', { type: 'WILLTOPICUPD', qos: 1, retain: false, willTopic: 'w' });
    const { token } = driver.request('set-will');
    driver.event({ event: 'will-set', token, client: 'dev1' });
    expectAfterCommit(driver, 'WILLTOPICRESP');
    driver.send('A', { type: 'WILLMSGUPD', willMsg: Uint8Array.of(1) });
    const again = driver.request('set-will').token;
    driver.event({ event: 'will-set', token: again, client: 'dev1' });
    expectAfterCommit(driver, 'WILLMSGRESP');
  });
});

describe('not kept first', () => {
  it('PINGRESP, QoS 0, PUBACK of a message that the broker has, refusals', () => {
    const driver = slowDisk();
    driver.send('A', { type: 'PINGREQ' });
    driver.send('A', publish(1, { msgId: 4 }));
    const { token } = driver.request('publish');
    driver.event({ event: 'published', token, client: 'dev1' });
    driver.send('A', register('+', 5));
    message(driver, 'dev1', { topic: 'ab', qos: 0 });
    expect(driver.received('A')).toMatchObject([
      { type: 'PINGRESP' },
      { type: 'PUBACK', returnCode: RETURN_CODE.accepted },
      { type: 'REGACK', returnCode: RETURN_CODE.notSupported },
      { type: 'PUBLISH' },
    ]);
  });

  it('CleanSession=1: everything at once, whatever the disk is busy with', () => {
    const driver = slowDisk();
    connected(driver, 'B', 'dev2');
    driver.commit();
    driver.received('B');
    driver.send('A', register('a/b', 7));
    driver.send('B', register('a/b', 7));
    message(driver, 'dev2', { topic: 'a/b', qos: 1 });
    expect(types(driver.received('B'))).toEqual(['REGACK', 'PUBLISH']);
    expect(driver.requestsOf('accept')).toMatchObject([{ client: 'dev2' }]);
    expect(driver.received('A')).toEqual([]);
  });

  it('disk fails: all of it goes out, and only the broker has to wait for the device', () => {
    const driver = slowDisk();
    driver.send('A', register('ab', 7));
    message(driver, 'dev1', { topic: 'cd', qos: 1 });
    driver.failStore();
    const [answer, sent] = driver.received('A');
    expect(answer?.type).toBe('REGACK');
    expect(sent).toMatchObject({ type: 'PUBLISH', qos: 1 });
    expect(driver.requestsOf('accept')).toHaveLength(0);
    message(driver, 'dev1', { topic: 'cd', qos: 1, text: 'y' });
    driver.repairStore();
    expect(driver.requestsOf('accept')).toHaveLength(0);
    driver.commit();
    expect(driver.requestsOf('accept')).toHaveLength(2);
  });

  it('disk fails: QoS 0 that the broker waits for is its own until the device has it', () => {
    const driver = slowDisk();
    driver.send('A', { type: 'DISCONNECT', duration: 600 });
    driver.failStore();
    const payload = Uint8Array.of(1);
    const to = { client: 'dev1', topic: 'ab', payload, qos: 0, retain: false } as const;
    driver.event({ event: 'message', token: 7, ...to });
    expect(driver.requestsOf('accept')).toEqual([]);
    driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
    expect(driver.requestsOf('accept')).toEqual([{ op: 'accept', token: 7, client: 'dev1' }]);
  });

  it('disk works again: of a device with CleanSession=1, too, the broker need not keep what waits', () => {
    const driver = slowDisk({ cleanSession: true, will: true });
    driver.send('A', { type: 'DISCONNECT', duration: 600 });
    driver.failStore();
    message(driver, 'dev1', { topic: 'ab', qos: 1 });
    expect(driver.requestsOf('accept')).toEqual([]);
    driver.repairStore();
    driver.commit();
    expect(driver.requestsOf('accept')).toHaveLength(1);
  });

  it('disk works again: that vouches for nothing that came later', () => {
    const driver = slowDisk();
    driver.send('A', { type: 'DISCONNECT', duration: 600 });
    driver.failStore();
    message(driver, 'dev1', { topic: 'ab', qos: 1 });
    driver.repairStore();
    message(driver, 'dev1', { topic: 'ab', qos: 1, text: 'y' });
    driver.commit(1);
    expect(driver.requestsOf('accept')).toHaveLength(1);
    driver.commit();
    expect(driver.requestsOf('accept')).toHaveLength(2);
  });
});
