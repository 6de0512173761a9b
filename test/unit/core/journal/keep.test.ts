/** What is written of a session, and what becomes of it. */
import { describe, expect, it } from 'vitest';
import { RECORD_KINDS, retiredIdsKey } from '../../../../src/core/journal/keys.js';
import type { Effect } from '../../../../src/core/types.js';
import { coreConfig } from '../../../support/core/config.js';
import { CoreDriver } from '../../../support/core/driver.js';
import {
  connected,
  message,
  publish,
  register,
  subscribe,
} from '../../../support/core/messages.js';

function keeping(): CoreDriver {
  const driver = new CoreDriver(coreConfig({ keepsSessions: true }));
  driver.begin();
  driver.event({ event: 'availability', up: true });
  return driver;
}

describe('what a session has gathered', () => {
  const begun = { duration: 600 };
  /** Everything that can be kept of a session. */
  function gather(driver: CoreDriver): void {
    for (const [i, name] of ['z/z', 'a/b'].entries()) driver.send('A', register(name, i + 1));
    driver.send('A', subscribe('c/+', 3));
    const { token, client } = driver.request('subscribe');
    driver.event({ event: 'subscribed', token, client, grantedQos: 1 });
    driver.send('A', publish(0));
    driver.send('A', publish(2, { msgId: 9 }));
    driver.send('A', publish(1, { msgId: 10 }));
    for (const qos of [1, 0, 2] as const) message(driver, 'dev1', { topic: 'pre/one', qos });
  }
  /** The kinds of all records, in the order of a restart. */
  const kinds = (driver: CoreDriver): string =>
    RECORD_KINDS.flatMap((kind) => driver.store.keys(kind).map(() => kind)).join('');

  it('comes back whole, and nothing of it is reported', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', { ...begun, cleanSession: false });
    gather(driver);
    expect(kinds(driver)).toBe('slfttpddi');
    const sessionRecords = (): Map<string, unknown> => {
      const records = new Map(driver.store.kept);
      expect(records.delete(retiredIdsKey)).toBe(true);
      return records;
    };
    const kept = sessionRecords();
    driver.crash();
    driver.received('A');
    expect(driver.notices.filter(({ notice }) => notice === 'record-skipped')).toEqual([]);
    expect(sessionRecords()).toEqual(kept);
    expect(driver.request('resume').subscriptions).toEqual([{ filter: 'c/+', qos: 1 }]);
    expect(driver.requestsOf('adopt')).toHaveLength(1);
    driver.advance(1000);
    expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', topicIdType: 1, topicId: 1 }]);
    driver.send('A', publish(0, { topicIdType: 0, topicId: 3 }));
    driver.send('A', publish(0, { topicIdType: 0, topicId: 4 }));
    expect(driver.requestsOf('publish').slice(-2)).toMatchObject([
      { topic: 'z/z' },
      { topic: 'a/b' },
    ]);
  });

  it('with CleanSession=1: kept from the CONNECT with CleanSession=0 on, and gone with the next one of the other kind', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', begun);
    gather(driver);
    expect(kinds(driver)).toBe('');
    connected(driver, 'A', 'dev1', { ...begun, cleanSession: false, will: true });
    expect(kinds(driver)).toBe('slfttpddi');
    connected(driver, 'A', 'dev1', { ...begun, will: true });
    expect(kinds(driver)).toBe('sl');
    connected(driver, 'A', 'dev1', begun);
    expect(kinds(driver)).toBe('');
  });

  it('messages after the restart have places of their own, and numbers that no late answer fits', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', { ...begun, cleanSession: false });
    driver.send('A', { type: 'DISCONNECT', duration: 600 });
    for (const text of ['1', '2']) message(driver, 'dev1', { topic: 'ab', text });
    driver.crash();
    for (const text of ['3', '4']) message(driver, 'dev1', { topic: 'ab', text });
    driver.crash();
    driver.received('A');
    expect(driver.store.keys('d')).toHaveLength(4);
    driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
    driver.advance(1000);
    const sent: { msgId: number; text: string }[] = [];
    for (let i = 0; i < 4; i++) {
      const [one] = driver.received('A');
      if (one?.type !== 'PUBLISH') throw new Error('no PUBLISH');
      sent.push({ msgId: one.msgId, text: new TextDecoder().decode(one.data) });
      driver.send('A', { type: 'PUBACK', topicId: one.topicId, msgId: one.msgId, returnCode: 0 });
    }
    expect(sent.map(({ text }) => text)).toEqual(['1', '2', '3', '4']);
    const [one = 0, , three = 0] = sent.map(({ msgId }) => msgId);
    expect(Math.abs(three - one)).toBeGreaterThan(100);
  });
});

describe('the end of the tolerated silence', () => {
  const writes = (effects: readonly Effect[]): string[] =>
    effects.flatMap((effect) =>
      effect.kind === 'journal' ? effect.writes.map(({ key }) => key) : [],
    );

  it('active device: written when the one on disk lags by a quarter of the tolerance', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', { cleanSession: false, duration: 60 });
    driver.now += 22_500;
    expect(writes(driver.send('A', { type: 'PINGREQ' }))).toEqual([]);
    driver.now += 1;
    expect(writes(driver.send('A', { type: 'PINGREQ' }))).toEqual(['l\0dev1']);
  });

  it('keep alive 0: there is none, and none is written', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', { cleanSession: false, duration: 60 });
    connected(driver, 'A', 'dev1', { cleanSession: false, duration: 0 });
    expect(driver.store.keys('l')).toEqual([]);
    expect(writes(driver.send('A', { type: 'PINGREQ' }))).toEqual([]);
  });

  it('active device that speaks no more after a crash: lost a period and the lag later than on disk', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', { cleanSession: false, duration: 60 });
    driver.crash();
    driver.advance(90_000 + 60_000 + 22_500 - 1);
    expect(driver.stateOf('dev1')).toBe('ACTIVE');
    driver.advance(1);
    expect(driver.stateOf('dev1')).toBe('LOST');
  });
});

describe('the disk', () => {
  it('fails and works again: told, with the reason', () => {
    const driver = keeping();
    driver.failStore();
    driver.repairStore();
    expect(driver.notices.slice(-2)).toEqual([
      { notice: 'store', up: false, detail: 'no space left' },
      { notice: 'store', up: true },
    ]);
  });
});
