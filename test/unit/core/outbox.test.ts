/** Messages of devices while the broker is away. */
import { describe, expect, it } from 'vitest';
import {
  OUTBOX_IN_FLIGHT_MAX,
  OUTBOX_IN_FLIGHT_PER_DEVICE_MAX,
  OUTBOX_RETRY_MS,
} from '../../../src/core/limits.js';
import type { UpstreamFailure } from '../../../src/core/types.js';
import { coreConfig } from '../../support/core/config.js';
import { CoreDriver } from '../../support/core/driver.js';
import { accept, connect, connected, octets, publish } from '../../support/core/messages.js';

const offline = { messages: 100, bytes: 65_536, ageMs: 3_600_000, qos0: 'drop' as const };
const session = { cleanSession: false, duration: 0 };

/** The broker is away, dev1 is connected. */
function away(changes: Partial<typeof offline> | { qos0: 'queue' } = {}): CoreDriver {
  const driver = new CoreDriver(
    coreConfig({ keepsSessions: true, offline: { ...offline, ...changes } }),
  );
  driver.begin();
  driver.event({ event: 'availability', up: true });
  connected(driver, 'A', 'dev1', session);
  driver.event({ event: 'availability', up: false });
  return driver;
}

const back = (driver: CoreDriver): unknown => driver.event({ event: 'availability', up: true });

function say(driver: CoreDriver, at: string, qos: 0 | 1 | 2, text: string, msgId = 1): void {
  driver.send(at, publish(qos, { msgId: qos === 0 ? 0 : msgId, data: octets(text) }));
}

/** The texts that the broker was asked to publish. */
const published = (driver: CoreDriver): string[] =>
  driver.requestsOf('publish').map(({ payload }) => new TextDecoder().decode(payload));

/** The broker's answer to everything it was asked since the last time. */
function answer(driver: CoreDriver, from: number, failure?: UpstreamFailure): void {
  for (const { token, client } of driver.requestsOf('publish').slice(from)) {
    driver.event({ event: 'published', token, client, ...(failure ? { failure } : {}) });
  }
}

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

  it('too old: dropped with a notice, the journal too', () => {
    const driver = away();
    say(driver, 'A', 1, 'a');
    driver.advance(offline.ageMs + 60_000);
    expect(driver.drops()).toEqual(['expired']);
    expect(driver.store.keys('o')).toEqual([]);
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
    expect(driver.requestsOf('publish')).toMatchObject([{ qos: 1 }, { qos: 2, ref: 'run1-1' }]);
    answer(driver, 0);
    expect(driver.store.keys('o')).toEqual([]);
  });

  it("restart: what the broker's side has begun is asked for at once, and not published again", () => {
    const driver = away();
    say(driver, 'A', 1, 'a', 1);
    say(driver, 'A', 2, 'b', 2);
    driver.crash();
    const { token, ref, client } = driver.request('adopt');
    expect(driver.requestsOf('adopt')).toHaveLength(1);
    expect(ref).toBe('run1-1');
    driver.event({ event: 'published', token, client });
    driver.commit();
    expect(driver.store.keys('o')).toHaveLength(1);
    back(driver);
    expect(published(driver)).toEqual(['a']);
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
  });

  it('broker refuses one: dropped with a notice, the others go on', () => {
    const driver = away();
    say(driver, 'A', 1, 'a', 1);
    say(driver, 'A', 1, 'b', 2);
    back(driver);
    answer(driver, 0, 'refused');
    expect(driver.drops()).toEqual(['broker-refused', 'broker-refused']);
    expect(driver.store.keys('o')).toEqual([]);
  });

  it("broker's side of the device is not there: tried again later", () => {
    const driver = away();
    say(driver, 'A', 1, 'a');
    back(driver);
    answer(driver, 0, 'unavailable');
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
});

describe('a device that has gone', () => {
  function gone(): CoreDriver {
    const driver = away();
    say(driver, 'A', 1, 'a');
    driver.send('A', { type: 'DISCONNECT' });
    driver.received('A');
    back(driver);
    answer(driver, 0, 'unavailable');
    return driver;
  }

  it('a courier opens its session at the broker, and closes it when all is through', () => {
    const driver = gone();
    expect(driver.request('open')).toMatchObject({ client: 'dev1', cleanSession: false });
    const closed = driver.requestsOf('close').length;
    accept(driver);
    expect(published(driver)).toEqual(['a', 'a']);
    answer(driver, 1);
    expect(driver.requestsOf('close').slice(closed)).toEqual([
      { op: 'close', client: 'dev1', will: 'discard', forget: false },
    ]);
  });

  it('comes back meanwhile: its own connection takes over, and is not closed', () => {
    const driver = gone();
    const courier = driver.request('open');
    const closed = driver.requestsOf('close').length;
    driver.send('A', connect('dev1', session));
    driver.event({ event: 'opened', token: courier.token, client: 'dev1' });
    accept(driver);
    answer(driver, 1);
    expect(published(driver)).toEqual(['a', 'a']);
    expect(driver.requestsOf('close')).toHaveLength(closed);
    expect(driver.store.keys('o')).toEqual([]);
  });

  it('has a message that expires while the courier is asked: the courier goes home', () => {
    const driver = gone();
    const closed = driver.requestsOf('close').length;
    driver.now += offline.ageMs;
    driver.step({ kind: 'deadline' });
    expect(driver.drops()).toContain('expired');
    accept(driver);
    expect(driver.requestsOf('close')).toHaveLength(closed + 1);
  });
});

function connect2(driver: CoreDriver): void {
  back(driver);
  connected(driver, 'B', 'dev2', session);
  driver.event({ event: 'availability', up: false });
}
