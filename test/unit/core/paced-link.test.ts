/** Links that send one datagram after the other, and tell what becomes of each. */
import { describe, expect, it } from 'vitest';
import { encapsulate, encode, RETURN_CODE } from '../../../src/codec/index.js';
import type { Effect, LinkEvent } from '../../../src/core/types.js';
import { coreConfig, LAN, RADIO } from '../../support/core/config.js';
import { CoreDriver, type Place } from '../../support/core/driver.js';
import {
  accept,
  connect,
  connected,
  message,
  publish,
  subscribe,
} from '../../support/core/messages.js';

const NODE: Place = { link: RADIO, address: '7' };

/** dev1 is connected by radio. */
function field(): CoreDriver {
  const links = {
    [RADIO]: { maxMessageBytes: 64, isPaced: true, broadcast: true, allowPadding: false },
  };
  const driver = new CoreDriver(coreConfig({ links }));
  driver.event({ event: 'availability', up: true });
  connected(driver, NODE, 'dev1', { duration: 0 });
  driver.received(NODE);
  return driver;
}

const tell = (driver: CoreDriver, event: LinkEvent): readonly Effect[] =>
  driver.step({ kind: 'link', link: RADIO, event });

type Send = Extract<Effect, { kind: 'send' }>;

const sends = (effects: readonly Effect[]): Send[] =>
  effects.filter((effect): effect is Send => effect.kind === 'send');

const incoming = (topic: string, qos: 0 | 1 | 2 = 1) =>
  ({
    event: 'message',
    client: 'dev1',
    token: 1,
    topic,
    payload: Uint8Array.of(1),
    qos,
    retain: false,
  }) as const;

describe('a frame that the device has to answer', () => {
  it('is repeated when its time is over since it left, and not before', () => {
    const driver = field();
    const [sent] = sends(driver.event(incoming('ab')));
    expect(sent?.ref).toBeGreaterThan(0);
    driver.received(NODE);
    driver.advance(120_000);
    expect(driver.received(NODE)).toEqual([]);
    tell(driver, { event: 'transmitted', ref: sent?.ref ?? 0, answerMs: 25_000, failed: false });
    driver.advance(24_999);
    expect(driver.received(NODE)).toEqual([]);
    driver.advance(1);
    expect(driver.received(NODE)).toMatchObject([{ type: 'PUBLISH', dup: true }]);
  });

  it('has no less than the configured interval', () => {
    const driver = field();
    const [sent] = sends(driver.event(incoming('ab')));
    driver.received(NODE);
    tell(driver, { event: 'transmitted', ref: sent?.ref ?? 0, answerMs: 100, failed: false });
    driver.advance(9_999);
    expect(driver.received(NODE)).toEqual([]);
    driver.advance(1);
    expect(driver.received(NODE)).toHaveLength(1);
  });

  it('will not leave: it counts as one attempt, and the next follows', () => {
    const driver = field();
    for (let attempt = 0; attempt < 4; attempt++) {
      if (attempt > 0) driver.now += 10_000;
      const [sent] = sends(
        attempt === 0 ? driver.event(incoming('ab')) : driver.step({ kind: 'deadline' }),
      );
      tell(driver, { event: 'transmitted', ref: sent?.ref ?? 0, answerMs: 0, failed: true });
    }
    driver.advance(10_000);
    expect(driver.notices).toContainEqual({
      notice: 'delivery-paused',
      client: 'dev1',
      why: 'no-answer',
    });
  });

  it.each([
    ['has left, and no repeat can follow for half an hour', false],
    ['cannot leave for half an hour', true],
  ])('%s: a sleeper falls asleep after a minute without an answer', (_what, failed) => {
    const driver = field();
    driver.send(NODE, { type: 'DISCONNECT', duration: 400 });
    driver.event(incoming('ab'));
    const [sent] = sends(driver.send(NODE, { type: 'PINGREQ', clientId: 'dev1' }));
    driver.received(NODE);
    tell(driver, { event: 'transmitted', ref: sent?.ref ?? 0, answerMs: 1_800_000, failed });
    driver.advance(60_000);
    expect(driver.notices.at(-1)).toMatchObject({ to: 'ASLEEP', why: 'no answer while awake' });
    expect(driver.received(NODE)).toEqual([]);
    driver.advance(440_000);
    expect(driver.notices).toContainEqual(expect.objectContaining({ to: 'LOST' }));
  });

  it('was answered before the link told: that changes nothing', () => {
    const driver = field();
    const [sent] = sends(driver.event(incoming('ab')));
    const [publication] = driver.received(NODE);
    const msgId = publication?.type === 'PUBLISH' ? publication.msgId : 0;
    driver.send(NODE, { type: 'PUBACK', topicId: 0x6162, msgId, returnCode: 0 });
    tell(driver, { event: 'transmitted', ref: sent?.ref ?? 0, answerMs: 0, failed: false });
    driver.advance(3_600_000);
    expect(driver.received(NODE)).toEqual([]);
  });

  it('link forgets it: repeated after ten minutes', () => {
    const driver = field();
    driver.event(incoming('ab'));
    driver.received(NODE);
    driver.advance(600_000);
    expect(driver.received(NODE)).toHaveLength(1);
  });
});

describe('a device that is slow to answer', () => {
  /** A message leaves at once and is answered after that time; undefined: never. */
  function deliver(driver: CoreDriver, answerAfterMs?: number): void {
    const [sent] = sends(driver.event(incoming('ab')));
    const [publication] = driver.received(NODE);
    const msgId = publication?.type === 'PUBLISH' ? publication.msgId : 0;
    tell(driver, { event: 'transmitted', ref: sent?.ref ?? 0, answerMs: 100, failed: false });
    if (answerAfterMs === undefined) return;
    driver.advance(answerAfterMs);
    driver.send(NODE, { type: 'PUBACK', topicId: 0x6162, msgId, returnCode: 0 });
  }

  it('is given the time that it has needed before', () => {
    const driver = field();
    deliver(driver, 9000);
    deliver(driver);
    driver.advance(9000 + 4 * 4500 - 1);
    expect(driver.received(NODE)).toEqual([]);
    driver.advance(1);
    expect(driver.received(NODE)).toMatchObject([{ type: 'PUBLISH', dup: true }]);
  });

  it('is given twice the time after a repeat, until there is a measure again', () => {
    const driver = field();
    deliver(driver, 9000);
    deliver(driver);
    driver.advance(27_000 - 1);
    const [repeat] = sends((driver.now++, driver.step({ kind: 'deadline' })));
    driver.received(NODE);
    tell(driver, { event: 'transmitted', ref: repeat?.ref ?? 0, answerMs: 100, failed: false });
    driver.advance(54_000 - 1);
    expect(driver.received(NODE)).toEqual([]);
    driver.advance(1);
    expect(driver.received(NODE)).toHaveLength(1);
  });
});

describe('a frame that has not left yet', () => {
  const links = {
    [LAN]: { maxMessageBytes: 64, isPaced: false, broadcast: false, allowPadding: false },
    [RADIO]: { maxMessageBytes: 64, isPaced: true, broadcast: false, allowPadding: false },
  };

  /** dev1 sleeps behind the radio, a message waits for it, and it asks for it. */
  function awake(): { driver: CoreDriver; ref: number } {
    const driver = new CoreDriver(coreConfig({ links }));
    driver.event({ event: 'availability', up: true });
    connected(driver, NODE, 'dev1', { duration: 0 });
    driver.send(NODE, { type: 'DISCONNECT', duration: 600 });
    driver.event(incoming('ab'));
    driver.received(NODE);
    const [sent] = sends(driver.send(NODE, { type: 'PINGREQ', clientId: 'dev1' }));
    expect(driver.received(NODE)).toMatchObject([{ type: 'PUBLISH' }]);
    return { driver, ref: sent?.ref ?? 0 };
  }

  it('does not get a second one beside it, however often its device asks', () => {
    const { driver, ref } = awake();
    for (let i = 0; i < 3; i++) driver.send(NODE, { type: 'PINGREQ', clientId: 'dev1' });
    expect(driver.received(NODE)).toEqual([]);
    tell(driver, { event: 'transmitted', ref, answerMs: 20_000, failed: false });
    driver.advance(1000);
    driver.send(NODE, { type: 'PINGREQ', clientId: 'dev1' });
    expect(driver.received(NODE)).toMatchObject([{ type: 'PUBLISH', dup: true }]);
  });

  it('device speaks on another link: it gets the message there, and news of the radio mean nothing', () => {
    const { driver, ref } = awake();
    const elsewhere: Place = { link: LAN, address: '127.0.0.1:4000' };
    driver.send(elsewhere, { type: 'PINGREQ', clientId: 'dev1' });
    expect(driver.received(elsewhere)).toMatchObject([{ type: 'PUBLISH', dup: true }]);
    tell(driver, { event: 'transmitted', ref, answerMs: 3_600_000, failed: true });
    driver.advance(10_000);
    expect(driver.received(elsewhere)).toMatchObject([{ type: 'PUBLISH', dup: true }]);
  });

  it('device that is always on speaks on another link: the repeat goes there', () => {
    const driver = new CoreDriver(coreConfig({ links }));
    driver.event({ event: 'availability', up: true });
    connected(driver, NODE, 'dev1', { duration: 0 });
    const [sent] = sends(driver.event(incoming('ab')));
    const elsewhere: Place = { link: LAN, address: '127.0.0.1:4000' };
    driver.send(elsewhere, { type: 'PINGREQ', clientId: 'dev1' });
    driver.received(elsewhere);
    tell(driver, {
      event: 'transmitted',
      ref: sent?.ref ?? 0,
      answerMs: 3_600_000,
      failed: true,
    });
    driver.advance(9_999);
    expect(driver.received(elsewhere)).toEqual([]);
    driver.advance(1);
    expect(driver.received(elsewhere)).toMatchObject([{ type: 'PUBLISH', dup: true }]);
  });
});

describe('urgency', () => {
  it('answers first, then pings, then messages by QoS; discovery last', () => {
    const driver = field();
    const urgencies = (effects: readonly Effect[]): number[] =>
      sends(effects).map(({ urgency }) => urgency);
    expect(urgencies(driver.send(NODE, { type: 'SEARCHGW', radius: 1 }))).toEqual([5]);
    expect(urgencies(driver.send(NODE, { type: 'PINGREQ' }))).toEqual([2]);
    expect(urgencies(driver.event(incoming('ab', 0)))).toEqual([4]);
    expect(urgencies(driver.event(incoming('ab', 1)))).toEqual([3]);
    driver.send(NODE, publish(1, { msgId: 4 }));
    const { token } = driver.request('publish');
    expect(urgencies(driver.event({ event: 'published', token, client: 'dev1' }))).toEqual([1]);
  });

  it('whatever a sleeper has woken up for', () => {
    const driver = field();
    driver.send(NODE, { type: 'DISCONNECT', duration: 60 });
    message(driver, 'dev1', { topic: 'ab', qos: 0 });
    const effects = driver.send(NODE, { type: 'PINGREQ', clientId: 'dev1' });
    expect(sends(effects).map(({ urgency }) => urgency)).toEqual([2, 2]);
  });
});

describe('what the link tells', () => {
  it('how well a frame was received: with the next change of its device', () => {
    const driver = field();
    const signal = { rssiDbm: -97, snrDb: -4 };
    const data = encode({ type: 'PINGREQ' });
    driver.step({ kind: 'datagram', link: RADIO, address: '7', data, signal });
    driver.send(NODE, { type: 'DISCONNECT', duration: 60 });
    expect(driver.notices.at(-1)).toMatchObject({ to: 'ASLEEP', signal });
  });

  it('a frame that will not leave: one notice, with the device and what it was', () => {
    const driver = field();
    const [sent] = sends(driver.event(incoming('a/b', 0)));
    const { address, data } = sent as Send;
    tell(driver, { event: 'dropped', address, data, reason: 'air-time-used-up' });
    expect(driver.notices).toContainEqual({
      notice: 'drop',
      what: 'transmission',
      reason: 'air-time-used-up',
      link: RADIO,
      address: '7',
      client: 'dev1',
      messageType: 'REGISTER',
    });
  });

  it('an acknowledgement of the link that will not leave: one notice, and it is no message', () => {
    const driver = field();
    tell(driver, { event: 'dropped', address: '7', reason: 'air-time-used-up' });
    expect(driver.notices.at(-1)).toEqual({
      notice: 'drop',
      what: 'acknowledgement',
      reason: 'air-time-used-up',
      link: RADIO,
      address: '7',
    });
  });

  it('a message that its device cannot be sent is given up, and the next one goes', () => {
    const driver = field();
    const [sent] = sends(driver.event(incoming('ab')));
    driver.event(incoming('cd'));
    expect(driver.received(NODE)).toMatchObject([{ type: 'PUBLISH', topicId: 0x6162 }]);
    const { address, data, ref = 0 } = sent as Send;
    tell(driver, { event: 'dropped', address, data, reason: 'too-big-for-device' });
    tell(driver, { event: 'transmitted', ref, answerMs: 0, failed: true });
    expect(driver.received(NODE)).toMatchObject([{ type: 'PUBLISH', topicId: 0x6364 }]);
    expect(driver.notices).toContainEqual({
      notice: 'drop',
      what: 'downlink',
      reason: 'too-big-for-device',
      client: 'dev1',
      topic: 'ab',
    });
    driver.advance(20_000);
    expect(driver.received(NODE)).toEqual([]);
  });

  it('one frame that waited too long is no reason to give its message up', () => {
    const driver = field();
    const [sent] = sends(driver.event(incoming('ab')));
    driver.received(NODE);
    const { address, data, ref = 0 } = sent as Send;
    tell(driver, { event: 'dropped', address, data, reason: 'waited-too-long' });
    tell(driver, { event: 'transmitted', ref, answerMs: 0, failed: true });
    driver.advance(10_000);
    expect(driver.received(NODE)).toMatchObject([{ type: 'PUBLISH', topicId: 0x6162 }]);
  });

  it('a frame of something that is over gives up nothing else, and the end of an exchange is never given up', () => {
    const driver = field();
    const [sent] = sends(driver.event(incoming('ab', 2)));
    driver.send(NODE, { type: 'PUBREC', msgId: 1 });
    const { address, data } = sent as Send;
    tell(driver, { event: 'dropped', address, data, reason: 'too-big-for-device' });
    driver.received(NODE);
    driver.send(NODE, { type: 'PUBCOMP', msgId: 1 });
    driver.event(incoming('cd'));
    tell(driver, { event: 'dropped', address, data, reason: 'too-big-for-device' });
    expect(driver.received(NODE)).toMatchObject([{ type: 'PUBLISH', msgId: 2 }]);
    driver.send(NODE, { type: 'PUBACK', topicId: 0x6364, msgId: 2, returnCode: 0 });
    expect(driver.drops()).toEqual(['too-big-for-device', 'too-big-for-device']);
  });

  it('a frame for everybody, for a node behind a forwarder, and octets that are no message', () => {
    const driver = field();
    const node = Uint8Array.of(9);
    connected(driver, { ...NODE, node }, 'dev9', { duration: 0 });
    const reason = 'link-down';
    const ping = encode({ type: 'PINGRESP' });
    tell(driver, { event: 'dropped', address: null, data: ping, reason });
    tell(driver, { event: 'dropped', address: '7', data: encapsulate(ping, node), reason });
    tell(driver, { event: 'dropped', address: '7', data: Uint8Array.of(9), reason });
    tell(driver, { event: 'dropped', address: null, reason });
    const drop = { notice: 'drop', what: 'transmission', reason, link: RADIO };
    expect(driver.notices.slice(-4)).toEqual([
      { ...drop, messageType: 'PINGRESP' },
      { ...drop, address: '7', client: 'dev9', messageType: 'PINGRESP' },
      { ...drop, address: '7', client: 'dev1' },
      { ...drop, what: 'acknowledgement' },
    ]);
  });

  it('ready: its devices hear of the gateway, if there is a broker', () => {
    const links = {
      [RADIO]: { maxMessageBytes: 64, isPaced: true, broadcast: true, allowPadding: false },
    };
    const advertise = { enabled: true, intervalSec: 900 };
    const driver = new CoreDriver(coreConfig({ links, advertise }));
    expect(tell(driver, { event: 'ready' })).toEqual([]);
    expect(sends(driver.event({ event: 'availability', up: true }))).toHaveLength(1);
    expect(sends(tell(driver, { event: 'ready' }))).toMatchObject([{ address: null, urgency: 5 }]);
  });

  it('no room: connections and subscriptions are refused, what is there goes on', () => {
    const driver = field();
    const other: Place = { link: RADIO, address: '8' };
    tell(driver, { event: 'congestion', isCongested: true });
    tell(driver, { event: 'congestion', isCongested: true });
    const told = (): unknown[] =>
      driver.notices.filter(({ notice }) => notice === 'link-congestion');
    expect(told()).toEqual([{ notice: 'link-congestion', link: RADIO, isOver: false }]);
    driver.send(other, connect('dev2'));
    expect(driver.received(other)).toMatchObject([
      { type: 'CONNACK', returnCode: RETURN_CODE.congestion },
    ]);
    driver.send(NODE, subscribe('a/b', 7));
    expect(driver.received(NODE)).toMatchObject([
      { type: 'SUBACK', returnCode: RETURN_CODE.congestion },
    ]);
    driver.send(NODE, connect('dev1', { duration: 5 }));
    accept(driver);
    expect(driver.received(NODE)).toMatchObject([{ type: 'CONNACK', returnCode: 0 }]);
    tell(driver, { event: 'congestion', isCongested: false });
    expect(told().at(-1)).toEqual({ notice: 'link-congestion', link: RADIO, isOver: true });
    driver.send(other, connect('dev2'));
    accept(driver);
    expect(driver.received(other)).toMatchObject([{ type: 'CONNACK', returnCode: 0 }]);
  });
});
