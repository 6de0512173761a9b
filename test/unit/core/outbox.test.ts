/** Messages of devices while the broker is away. */
import { describe, expect, it } from 'vitest';
import {
  OUTBOX_IN_FLIGHT_MAX,
  OUTBOX_IN_FLIGHT_PER_DEVICE_MAX,
  OUTBOX_RETRY_MS,
} from '../../../src/core/limits.js';
import { connected } from '../../support/core/messages.js';
import { answer, away, back, connect2, offline, published, say, session } from './outbox-world.js';

describe('with the broker away', () => {
  it('QoS 1 and 2 are acknowledged once the journal has them', () => {
    const driver = away();
    driver.store.isPrompt = false;
    say(driver, 'A', 1, 'a', 1);
    say(driver, 'A', 2, 'b', 2);
    expect(driver.received('A')).toEqual([]);
    driver.commit();
    expect(driver.received('A')).toMatchObject([
      { type: 'PUBACK', returnCode: 0 },
      { type: 'PUBREC' },
    ]);
    expect(published(driver)).toEqual([]);
    back(driver);
    answer(driver, 0);
    expect(driver.received('A')).toEqual([]);
  });

  it('broker returns: all of it in order, what comes meanwhile behind it', () => {
    const driver = away({ qos0: 'queue' });
    say(driver, 'A', 1, 'a', 1);
    say(driver, 'A', 0, 'b');
    say(driver, 'A', 2, 'c', 2);
    back(driver);
    say(driver, 'A', 0, 'd');
    driver.advance(1);
    expect(published(driver)).toEqual(['a', 'b', 'c', 'd']);
    answer(driver, 0);
    expect(driver.notices.at(-1)).toEqual({ notice: 'outbox-delivered', messages: 4 });
    expect(driver.store.keys('o')).toEqual([]);
    say(driver, 'A', 1, 'e', 3);
    expect(published(driver).at(-1)).toBe('e');
  });

  it('beyond the messages or octets allowed: congestion, and QoS 0 goes before anything else', () => {
    for (const changes of [{ messages: 2 }, { bytes: 160 }]) {
      const driver = away({ ...changes, qos0: 'queue' });
      say(driver, 'A', 0, 'a');
      say(driver, 'A', 1, 'b', 1);
      say(driver, 'A', 1, 'c', 2);
      say(driver, 'A', 1, 'd', 3);
      expect(driver.received('A')).toMatchObject([
        { type: 'PUBACK', msgId: 1, returnCode: 0 },
        { type: 'PUBACK', msgId: 2, returnCode: 0 },
        { type: 'PUBACK', msgId: 3, returnCode: 1 },
      ]);
      expect(driver.drops()).toEqual(['buffer-full', 'broker-unavailable']);
      expect(driver.store.keys('o')).toHaveLength(2);
    }
  });

  it('full of what has been acknowledged: QoS 0 is dropped with a notice', () => {
    const driver = away({ messages: 1, qos0: 'queue' });
    say(driver, 'A', 1, 'a');
    say(driver, 'A', 0, 'b');
    expect(driver.notices.at(-1)).toMatchObject({ what: 'uplink', reason: 'buffer-full' });
  });

  it('exactly so many octets: there is room', () => {
    // Each message: a topic of 7 octets, one of payload, 64 of bookkeeping.
    for (const [bytes, returnCode] of [
      [144, 0],
      [143, 1],
    ]) {
      const driver = away({ bytes: bytes as number });
      say(driver, 'A', 1, 'a', 1);
      say(driver, 'A', 1, 'b', 2);
      expect(driver.received('A')).toMatchObject([{ returnCode: 0 }, { returnCode }]);
    }
    const driver = away({ bytes: 72 });
    say(driver, 'A', 1, 'a', 1);
    expect(driver.received('A')).toMatchObject([{ returnCode: 0 }]);
  });

  it('larger than all there is room for: refused, and nothing else goes for it', () => {
    const driver = away({ bytes: 160, qos0: 'queue' });
    say(driver, 'A', 0, 'a');
    say(driver, 'A', 1, 'x'.repeat(100), 1);
    expect(driver.received('A')).toMatchObject([{ type: 'PUBACK', returnCode: 1 }]);
    expect(driver.drops()).toEqual(['broker-unavailable']);
    back(driver);
    expect(published(driver)).toEqual(['a']);
  });

  it('too old: dropped with a notice, the journal too', () => {
    const driver = away();
    say(driver, 'A', 1, 'a');
    driver.advance(offline.ageMs - 1);
    expect(driver.drops()).toEqual([]);
    driver.advance(60_000);
    expect(driver.notices.at(-1)).toEqual({
      notice: 'drop',
      what: 'uplink',
      reason: 'expired',
      client: 'dev1',
      topic: 'pre/one',
    });
    expect(driver.store.keys('o')).toEqual([]);
    expect(driver.core.nextDeadline()).toBeUndefined();
  });

  it('old, but on its way to the broker: it is the broker that decides', () => {
    const driver = away();
    say(driver, 'A', 1, 'a');
    back(driver);
    driver.advance(offline.ageMs + 60_000);
    expect(driver.drops()).toEqual([]);
    answer(driver, 0);
    expect(driver.notices.at(-1)).toEqual({ notice: 'outbox-delivered', messages: 1 });
  });

  it("QoS 0 without a place in it is refused by the broker's side as ever", () => {
    const driver = away();
    say(driver, 'A', 0, 'a');
    expect(published(driver)).toEqual(['a']);
    expect(driver.store.keys('o')).toEqual([]);
  });

  it('what the broker was asked for before it went is acknowledged too, and published once', () => {
    const driver = away();
    back(driver);
    say(driver, 'A', 2, 'a', 7);
    expect(driver.received('A')).toEqual([]);
    driver.event({ event: 'availability', up: false });
    expect(driver.received('A')).toEqual([{ type: 'PUBREC', msgId: 7 }]);
    back(driver);
    expect(published(driver)).toEqual(['a']);
    answer(driver, 0);
    expect(driver.store.keys('o')).toEqual([]);
  });

  it('repeat under the same number, no DUP, other payload: both are published', () => {
    const driver = away();
    back(driver);
    say(driver, 'A', 2, 'a', 7);
    driver.event({ event: 'availability', up: false });
    say(driver, 'A', 2, 'b', 7);
    answer(driver, 0);
    back(driver);
    expect(published(driver)).toEqual(['a', 'b']);
    answer(driver, 1);
    expect(driver.store.keys('o')).toEqual([]);
  });

  it('restart with the broker still away: the same messages, under the same names', () => {
    const driver = away();
    say(driver, 'A', 1, 'a', 1);
    say(driver, 'A', 2, 'b', 2);
    driver.crash();
    const { token, client } = driver.request('adopt');
    driver.event({ event: 'published', token, client, failure: 'unavailable' });
    driver.advance(10_000);
    expect(published(driver)).toEqual([]);
    back(driver);
    expect(driver.requestsOf('publish')).toMatchObject([
      { qos: 1 },
      { qos: 2, ref: 'run1-1', isHeld: true },
    ]);
    answer(driver, 0);
    expect(driver.store.keys('o')).toEqual([]);
  });

  it("restart: what the broker's side has begun is asked for at once, and not published again", () => {
    const driver = away();
    say(driver, 'A', 1, 'a', 1);
    say(driver, 'A', 2, 'b', 2);
    driver.crash();
    const { token, ref, client, isHeld } = driver.request('adopt');
    expect(isHeld).toBe(true);
    expect(driver.requestsOf('adopt')).toHaveLength(1);
    expect(ref).toBe('run1-1');
    driver.event({ event: 'published', token, client });
    driver.commit();
    expect(driver.store.keys('o')).toHaveLength(1);
    back(driver);
    expect(published(driver)).toEqual(['a']);
  });

  it('restart with the broker still away: what comes then has a place of its own', () => {
    const driver = away();
    say(driver, 'A', 1, 'a', 1);
    say(driver, 'A', 1, 'b', 2);
    driver.crash();
    say(driver, 'A', 1, 'c', 3);
    driver.crash();
    back(driver);
    expect(published(driver)).toEqual(['a', 'b', 'c']);
  });

  it('disk fails: what is not kept is refused', () => {
    const driver = away();
    driver.store.isPrompt = false;
    say(driver, 'A', 1, 'a', 1);
    driver.failStore();
    say(driver, 'A', 1, 'b', 2);
    expect(driver.received('A')).toMatchObject([
      { type: 'PUBACK', msgId: 1, returnCode: 1 },
      { type: 'PUBACK', msgId: 2, returnCode: 1 },
    ]);
    driver.repairStore();
    back(driver);
    expect(published(driver)).toEqual([]);
    say(driver, 'A', 1, 'c', 3);
    expect(published(driver)).toEqual(['c']);
  });

  it('disk fails: QoS 0, which nobody has answered for, waits in memory, and makes room for nothing', () => {
    const driver = away({ messages: 1, qos0: 'queue' });
    driver.failStore();
    say(driver, 'A', 0, 'a');
    say(driver, 'A', 1, 'b');
    expect(driver.drops()).toEqual(['broker-unavailable']);
    back(driver);
    expect(published(driver)).toEqual(['a']);
  });

  it('disk fails again and again while messages are on their way: there is still room on the way', () => {
    const driver = away();
    for (let i = 1; i <= OUTBOX_IN_FLIGHT_MAX; i++) {
      driver.store.isPrompt = false;
      say(driver, 'A', 2, 'a', i);
      back(driver);
      driver.failStore();
      answer(driver, i - 1);
      driver.send('A', { type: 'PUBREL', msgId: i });
      driver.repairStore();
      driver.store.isPrompt = true;
      driver.event({ event: 'availability', up: false });
    }
    say(driver, 'A', 1, 'b', 100);
    back(driver);
    expect(published(driver).at(-1)).toBe('b');
  });

  it('disk fails while the message is on its way to the broker: the broker decides', () => {
    const driver = away();
    driver.store.isPrompt = false;
    say(driver, 'A', 2, 'a', 1);
    back(driver);
    driver.failStore();
    expect(driver.received('A')).toEqual([]);
    answer(driver, 0);
    expect(driver.received('A')).toEqual([{ type: 'PUBREC', msgId: 1 }]);
    expect(published(driver)).toEqual(['a']);
  });
});

describe('the way back to the broker', () => {
  it('is paced: so many at a time, so many of one device, one after the other', () => {
    const driver = away();
    connect2(driver);
    for (let i = 1; i <= 20; i++) say(driver, 'A', 1, `a${i}`, i);
    for (let i = 1; i <= 3; i++) say(driver, 'B', 1, `b${i}`, i);
    back(driver);
    expect(published(driver).slice(0, 6)).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b3']);
    expect(published(driver)).toHaveLength(OUTBOX_IN_FLIGHT_PER_DEVICE_MAX + 3);
    answer(driver, 0);
    expect(published(driver)).toHaveLength(23);
  });

  it('holds no more than its limit, however many devices there are', () => {
    const driver = away({ messages: 1000 });
    back(driver);
    for (let i = 0; i < 100; i++) connected(driver, `d${i}`, `d${i}`, session);
    driver.event({ event: 'availability', up: false });
    for (let i = 0; i < 100; i++) say(driver, `d${i}`, 1, 'x');
    back(driver);
    expect(published(driver)).toHaveLength(OUTBOX_IN_FLIGHT_MAX);
    answer(driver, 0);
    expect(published(driver)).toHaveLength(100);
  });

  it('has taken back what the disk did not keep: the limit is what it was', () => {
    const driver = away({ messages: 1000 });
    back(driver);
    for (let i = 0; i < 100; i++) connected(driver, `d${i}`, `d${i}`, session);
    driver.event({ event: 'availability', up: false });
    driver.store.isPrompt = false;
    for (let i = 0; i < 50; i++) say(driver, `d${i}`, 1, 'x');
    driver.failStore();
    driver.repairStore();
    driver.store.isPrompt = true;
    for (let i = 0; i < 100; i++) say(driver, `d${i}`, 1, 'x', 2);
    back(driver);
    expect(published(driver)).toHaveLength(OUTBOX_IN_FLIGHT_MAX);
  });

  it('all devices are through: told once, with the number of their messages', () => {
    const driver = away();
    connect2(driver);
    say(driver, 'A', 1, 'a');
    say(driver, 'B', 1, 'b');
    back(driver);
    answer(driver, 0);
    expect(driver.notices.filter(({ notice }) => notice === 'outbox-delivered')).toEqual([
      { notice: 'outbox-delivered', messages: 2 },
    ]);
  });

  it('has nothing to bring: there is nothing to wake up for', () => {
    const driver = away();
    back(driver);
    driver.advance(120_000);
    expect(driver.core.nextDeadline()).toBeUndefined();
  });

  it('QoS 0 whose device has no connection yet, or for which there is no room, goes with the next try', () => {
    const driver = away({ qos0: 'queue' });
    say(driver, 'A', 0, 'a');
    say(driver, 'A', 0, 'b');
    back(driver);
    answer(driver, 0, 'unavailable');
    expect(driver.store.keys('o')).toHaveLength(2);
    expect(driver.notices.map(({ notice }) => notice)).not.toContain('outbox-delivered');
    driver.event({ event: 'reachable', client: 'dev1' });
    answer(driver, 2);
    expect(published(driver)).toEqual(['a', 'b', 'a', 'b']);
    expect(driver.notices.at(-1)).toEqual({ notice: 'outbox-delivered', messages: 2 });
    expect([driver.drops(), driver.store.keys('o')]).toEqual([[], []]);
  });

  it('QoS 0 that finds the broker gone again when the disk has forgotten it survives a crash after that', () => {
    const driver = away({ qos0: 'queue' });
    say(driver, 'A', 0, 'a');
    driver.store.isPrompt = false;
    back(driver);
    driver.event({ event: 'availability', up: false });
    driver.commit();
    answer(driver, 0, 'unavailable');
    driver.commit();
    driver.crash();
    back(driver);
    driver.commit();
    expect(published(driver).at(-1)).toBe('a');
    answer(driver, 1);
    driver.commit();
    expect(driver.store.keys('o')).toEqual([]);
  });

  it('QoS 0 that the broker refuses is dropped with a notice', () => {
    const driver = away({ qos0: 'queue' });
    say(driver, 'A', 0, 'a');
    back(driver);
    answer(driver, 0, 'refused');
    expect(driver.drops()).toEqual(['broker-refused']);
  });

  it('QoS 0 leaves when the disk has forgotten it: a crash sends it at most once', () => {
    const driver = away({ qos0: 'queue' });
    say(driver, 'A', 0, 'a');
    driver.store.isPrompt = false;
    back(driver);
    expect(published(driver)).toEqual([]);
    driver.commit();
    expect(published(driver)).toEqual(['a']);
    driver.crash();
    back(driver);
    driver.commit();
    expect(published(driver)).toEqual(['a']);
  });

  it('QoS 0 that waits for the disk is overtaken by nothing, and makes room for nothing', () => {
    const driver = away({ qos0: 'queue', messages: 2 });
    say(driver, 'A', 0, 'a');
    driver.store.isPrompt = false;
    back(driver);
    say(driver, 'A', 0, 'b');
    say(driver, 'A', 1, 'c', 1);
    driver.commit();
    driver.advance(1);
    driver.commit();
    expect(driver.drops()).toEqual(['buffer-full']);
    expect(published(driver)).toEqual(['a', 'c']);
  });

  it('broker refuses one: dropped with a notice, the others go on', () => {
    const driver = away();
    say(driver, 'A', 1, 'a', 1);
    say(driver, 'A', 1, 'b', 2);
    back(driver);
    answer(driver, 0, 'refused');
    expect(driver.drops()).toEqual(['broker-refused', 'broker-refused']);
    expect(driver.store.keys('o')).toEqual([]);
    expect(driver.notices.at(-1)?.notice).toBe('drop');
  });

  it("broker's side of the device is not there: tried again later, and its connection left alone", () => {
    const driver = away();
    say(driver, 'A', 1, 'a');
    back(driver);
    const opened = driver.requestsOf('open').length;
    answer(driver, 0, 'unavailable');
    expect(driver.requestsOf('open')).toHaveLength(opened);
    driver.advance(OUTBOX_RETRY_MS - 1);
    expect(published(driver)).toEqual(['a']);
    driver.advance(1);
    expect(published(driver)).toEqual(['a', 'a']);
  });

  it("broker's side of the device is there again: tried at once", () => {
    const driver = away();
    say(driver, 'A', 1, 'a');
    back(driver);
    answer(driver, 0, 'unavailable');
    driver.event({ event: 'reachable', client: 'dev1' });
    expect(published(driver)).toEqual(['a', 'a']);
  });

  it("device's own connection is there and the gateway's is not: its messages go, and no other's", () => {
    const driver = away();
    connect2(driver);
    say(driver, 'A', 2, 'a', 1);
    say(driver, 'A', 2, 'b', 2);
    say(driver, 'B', 2, 'c', 1);
    driver.event({ event: 'reachable', client: 'dev1' });
    expect(published(driver)).toEqual(['a', 'b']);
    answer(driver, 0);
    expect(driver.store.keys('o')).toHaveLength(1);
    back(driver);
    expect(published(driver)).toEqual(['a', 'b', 'c']);
  });

  it.each([undefined, 'refused'] as const)(
    "device's own connection is there and the gateway's is not: all of its messages go, however many (answer: %s)",
    (failure) => {
      const driver = away();
      const texts = Array.from({ length: OUTBOX_IN_FLIGHT_PER_DEVICE_MAX + 4 }, (_, n) => `${n}`);
      for (const [n, text] of texts.entries()) say(driver, 'A', 2, text, n + 1);
      driver.event({ event: 'reachable', client: 'dev1' });
      answer(driver, 0, failure);
      expect(published(driver)).toEqual(texts);
    },
  );

  it("broker's side of the device is not there: what was behind it, and what comes, keeps its place", () => {
    const driver = away();
    say(driver, 'A', 1, 'a', 1);
    say(driver, 'A', 1, 'b', 2);
    back(driver);
    const [a, b] = driver.requestsOf('publish');
    const client = 'dev1';
    driver.event({ event: 'published', token: a?.token ?? 0, client, failure: 'unavailable' });
    driver.event({ event: 'published', token: b?.token ?? 0, client });
    say(driver, 'A', 1, 'c', 3);
    driver.advance(OUTBOX_RETRY_MS - 1);
    expect(published(driver)).toEqual(['a', 'b']);
    driver.advance(1);
    expect(published(driver)).toEqual(['a', 'b', 'a', 'c']);
  });

  it("broker's side of the device is not there, and there is no room: congestion, and nothing to come back to", () => {
    const driver = away({ messages: 1 });
    connect2(driver);
    say(driver, 'B', 1, 'b');
    back(driver);
    say(driver, 'A', 1, 'a');
    const opened = driver.requestsOf('open').length;
    driver.send('A', { type: 'DISCONNECT' });
    answer(driver, 1, 'unavailable');
    expect(driver.drops()).toEqual(['broker-unavailable']);
    expect(driver.requestsOf('open')).toHaveLength(opened);
  });
});
