/** Exchanges of devices whose messages wait in the outbox: who answers what, once. */
import { describe, expect, it } from 'vitest';
import type { CoreDriver } from '../../support/core/driver.js';
import { octets, publish } from '../../support/core/messages.js';
import { answer, away, back, connect2, offline, published, say } from './outbox-world.js';

const gone = (driver: CoreDriver): unknown => driver.event({ event: 'availability', up: false });

/** The message is in the outbox and on its way to the broker; the disk has not written it yet. */
function underWay(qos: 1 | 2): CoreDriver {
  const driver = away();
  driver.store.isPrompt = false;
  say(driver, 'A', qos, 'a', 7);
  back(driver);
  expect(published(driver)).toEqual(['a']);
  expect(driver.received('A')).toEqual([]);
  return driver;
}

describe('a message that is on its way to the broker before the journal has it', () => {
  it.each([
    [1, 'PUBACK'],
    [2, 'PUBREC'],
  ] as const)('QoS %i, broker is quicker than the disk: one answer', (qos, type) => {
    const driver = underWay(qos);
    answer(driver, 0);
    expect(driver.received('A')).toMatchObject([{ type }]);
    driver.commit();
    expect(driver.received('A')).toEqual([]);
    expect(driver.store.keys('o')).toEqual([]);
  });

  it('broker goes once more: it waits in one place only', () => {
    const driver = underWay(1);
    gone(driver);
    driver.commit();
    expect(driver.store.keys('o')).toHaveLength(1);
    expect(driver.received('A')).toMatchObject([{ type: 'PUBACK', returnCode: 0 }]);
  });

  it('repeated by the device: it waits in one place only', () => {
    const driver = away();
    driver.store.isPrompt = false;
    say(driver, 'A', 1, 'a', 7);
    driver.send('A', publish(1, { msgId: 7, dup: true, data: octets('a') }));
    driver.commit();
    expect(driver.store.keys('o')).toHaveLength(1);
    expect(driver.received('A')).toHaveLength(1);
  });

  it("broker's side of the device is not there: it waits in one place only", () => {
    const driver = underWay(1);
    answer(driver, 0, 'unavailable');
    driver.commit();
    expect(driver.store.keys('o')).toHaveLength(1);
    expect(driver.received('A')).toMatchObject([{ type: 'PUBACK', returnCode: 0 }]);
  });

  it('broker refuses it: the device hears so, and it is dropped once', () => {
    const driver = underWay(1);
    answer(driver, 0, 'refused');
    driver.commit();
    expect(driver.received('A')).toMatchObject([{ type: 'PUBACK', returnCode: 3 }]);
    expect(driver.drops()).toEqual(['broker-refused']);
  });
});

describe('a message that the broker was asked for', () => {
  it("broker's side of the device is not there: kept, acknowledged, and tried again", () => {
    const driver = away();
    back(driver);
    say(driver, 'A', 1, 'a', 7);
    answer(driver, 0, 'unavailable');
    expect(driver.received('A')).toMatchObject([{ type: 'PUBACK', msgId: 7, returnCode: 0 }]);
    driver.event({ event: 'reachable', client: 'dev1' });
    expect(published(driver)).toEqual(['a', 'a']);
  });

  it('broker goes, and there is no room: its late answer still counts', () => {
    const driver = away({ messages: 1 });
    connect2(driver);
    say(driver, 'B', 1, 'b');
    back(driver);
    say(driver, 'A', 1, 'a', 7);
    gone(driver);
    expect(driver.received('A')).toEqual([]);
    answer(driver, 1);
    expect(driver.received('A')).toMatchObject([{ type: 'PUBACK', msgId: 7, returnCode: 0 }]);
  });

  it('QoS 2, broker goes: its side hears that the outbox has taken it over, once that is on disk', () => {
    const driver = away();
    back(driver);
    say(driver, 'A', 2, 'a', 7);
    say(driver, 'A', 1, 'b', 8);
    const ref = driver.requestsOf('publish')[0]?.ref;
    driver.store.isPrompt = false;
    gone(driver);
    expect(driver.requestsOf('hold')).toEqual([]);
    driver.commit();
    expect(driver.requestsOf('hold')).toEqual([{ op: 'hold', client: 'dev1', ref }]);
  });

  it('so it does when another message has come under the number before the disk had it', () => {
    const driver = away();
    back(driver);
    say(driver, 'A', 2, 'a', 7);
    driver.store.isPrompt = false;
    gone(driver);
    say(driver, 'A', 2, 'b', 7);
    driver.commit();
    expect(driver.requestsOf('hold')).toHaveLength(1);
  });

  it("QoS 2, too old: its side hears that nobody asks for the message's end any more", () => {
    const driver = away();
    back(driver);
    say(driver, 'A', 2, 'a', 7);
    const ref = driver.requestsOf('publish')[0]?.ref;
    gone(driver);
    answer(driver, 0, 'unavailable');
    expect(driver.requestsOf('give-up')).toEqual([]);
    driver.advance(offline.ageMs + 60_000);
    expect(driver.drops()).toContain('expired');
    expect(driver.requestsOf('give-up')).toEqual([{ op: 'give-up', client: 'dev1', ref }]);
  });

  it('QoS 2, broker has it and goes: it is not published once more', () => {
    const driver = away();
    back(driver);
    say(driver, 'A', 2, 'a', 7);
    answer(driver, 0);
    gone(driver);
    back(driver);
    expect(published(driver)).toEqual(['a']);
    expect(driver.store.keys('o')).toEqual([]);
  });
});

describe('QoS 2 over a restart', () => {
  const repeat = publish(2, { msgId: 7, dup: true, data: octets('a') });

  it('waits in the outbox, and its device repeats it: answered at once, published once', () => {
    const driver = away();
    say(driver, 'A', 2, 'a', 7);
    driver.crash();
    driver.received('A');
    driver.send('A', repeat);
    expect(driver.received('A')).toEqual([{ type: 'PUBREC', msgId: 7 }]);
    expect(driver.store.keys('o')).toHaveLength(1);
  });

  /** The broker was asked for it in the run before. */
  function begun(): CoreDriver {
    const driver = away();
    back(driver);
    say(driver, 'A', 2, 'a', 7);
    driver.crash();
    driver.received('A');
    return driver;
  }

  it('broker stays away: what is not known to be kept by anybody is not answered', () => {
    const driver = begun();
    gone(driver);
    expect(driver.store.keys('o')).toEqual([]);
    expect(driver.received('A')).toEqual([]);
  });

  it('broker stays away, and the device repeats it: kept with its payload, answered, published under its name', () => {
    const driver = begun();
    const { token, ref, client } = driver.request('adopt');
    driver.send('A', repeat);
    expect(driver.received('A')).toEqual([{ type: 'PUBREC', msgId: 7 }]);
    expect(driver.store.keys('o')).toHaveLength(1);
    driver.event({ event: 'published', token, client, failure: 'unavailable' });
    back(driver);
    driver.advance(10_000);
    expect(driver.requestsOf('publish').at(-1)).toMatchObject({ ref, payload: octets('a') });
  });

  it('broker is there, and the device repeats it: the broker answers', () => {
    const driver = begun();
    back(driver);
    driver.send('A', repeat);
    expect(driver.store.keys('o')).toEqual([]);
    const { token, client } = driver.request('adopt');
    driver.event({ event: 'published', token, client });
    expect(driver.received('A')).toEqual([{ type: 'PUBREC', msgId: 7 }]);
  });
});
