/** A crash, and what the next run makes of what was kept. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  downlinkKey,
  inboundKey,
  outboxKey,
  RECORD_KINDS,
  retiredIdsKey,
  sessionKey,
} from '../../../../src/core/journal/keys.js';
import { createCore } from '../../../../src/core/core.js';
import { TOPIC_IDS_BLOCK } from '../../../../src/core/limits.js';
import type { JournalValue } from '../../../../src/core/types.js';
import { coreConfig } from '../../../support/core/config.js';
import { CoreDriver } from '../../../support/core/driver.js';
import {
  accept,
  connect,
  connected,
  message,
  publish,
  register,
  subscribe,
} from '../../../support/core/messages.js';

type Options = Parameters<typeof coreConfig>[0];

function keeping(options: Options = {}): CoreDriver {
  const driver = new CoreDriver(coreConfig({ keepsSessions: true, ...options }));
  driver.begin();
  driver.event({ event: 'availability', up: true });
  return driver;
}

function crash(driver: CoreDriver): void {
  driver.crash();
  driver.event({ event: 'availability', up: true });
}

const session = { cleanSession: false, duration: 600 };

/** Of the REGACK that came last. */
const topicIdOf = (driver: CoreDriver, device: string): number =>
  (driver.received(device).at(-1) as { topicId: number }).topicId;

describe('after a crash, a session with CleanSession=0', () => {
  it('goes on with its subscriptions, its will and its topic ids, confirmed as they were', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', { ...session, will: true });
    driver.send('A', register('a/b', 1));
    driver.send('A', subscribe('a/c', 2));
    const { token } = driver.request('subscribe');
    driver.event({ event: 'subscribed', token, client: 'dev1', grantedQos: 1 });
    driver.received('A');
    crash(driver);
    expect(driver.request('resume')).toMatchObject({
      client: 'dev1',
      cleanSession: false,
      connected: true,
      will: { topic: 'will' },
      subscriptions: [{ filter: 'a/c', qos: 1 }],
    });
    message(driver, 'dev1', { topic: 'a/b', qos: 0 });
    driver.advance(1000);
    expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', topicId: 3 }]);
    driver.send('A', register('new', 3));
    expect(topicIdOf(driver, 'A')).toBeGreaterThanOrEqual(5 + TOPIC_IDS_BLOCK);
  });

  it('topic ids of the first run of all mean no other name, though its disk failed before there was a session', () => {
    const driver = keeping();
    driver.failStore();
    connected(driver, 'A', 'dev1', session);
    driver.send('A', register('first', 1));
    const forgotten = topicIdOf(driver, 'A');
    crash(driver);
    connected(driver, 'A', 'dev1', session);
    driver.send('A', register('second', 1));
    expect(topicIdOf(driver, 'A')).not.toBe(forgotten);
  });

  it('topic ids of a run without a journal mean no other name in the next one', () => {
    const driver = keeping({ keepsSessions: false });
    connected(driver, 'A', 'dev1', session);
    driver.send('A', register('first', 1));
    const forgotten = topicIdOf(driver, 'A');
    crash(driver);
    connected(driver, 'A', 'dev1', session);
    driver.send('A', register('second', 1));
    expect(topicIdOf(driver, 'A')).not.toBe(forgotten);
  });

  it('topic ids that it got while the disk failed mean nothing, and no other name', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', session);
    driver.failStore();
    connected(driver, 'B', 'dev2', session);
    const forgotten = new Map<string, number[]>();
    // Once with a disk that fails as it runs, and once with one that fails all the time.
    for (const name of ['first', 'second', 'third']) {
      for (const device of ['A', 'B']) {
        driver.send(device, register(name, 1));
        const id = topicIdOf(driver, device);
        for (const topicId of forgotten.get(device) ?? []) {
          expect(topicId).not.toBe(id);
          driver.send(device, publish(1, { msgId: 2, topicIdType: 0, topicId }));
          expect(driver.received(device)).toMatchObject([{ type: 'PUBACK', returnCode: 2 }]);
        }
        forgotten.set(device, [...(forgotten.get(device) ?? []), id]);
      }
      crash(driver);
      driver.failStore();
      connected(driver, 'B', 'dev2', session);
    }
  });

  it('device has connected anew since: its topic ids have to be confirmed again', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', session);
    driver.send('A', register('a/b', 1));
    connected(driver, 'A', 'dev1', { ...session, duration: 30 });
    crash(driver);
    message(driver, 'dev1', { topic: 'a/b', qos: 0 });
    driver.advance(1000);
    expect(driver.received('A')).toMatchObject([{ type: 'REGISTER', topicId: 3 }]);
  });

  it('message on its way to the device: sent again with its id and DUP, once the links are open', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', session);
    message(driver, 'dev1', { topic: 'ab', qos: 1 });
    const [sent] = driver.received('A');
    crash(driver);
    expect(driver.received('A')).toEqual([]);
    driver.advance(1000);
    expect(driver.received('A')).toEqual([{ ...sent, dup: true }]);
  });

  it('device has said PUBREC: PUBREL, and not the message again', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', session);
    message(driver, 'dev1', { topic: 'ab', qos: 2 });
    const [sent] = driver.received('A');
    if (sent?.type !== 'PUBLISH') throw new Error('no PUBLISH');
    driver.send('A', { type: 'PUBREC', msgId: sent.msgId });
    driver.received('A');
    crash(driver);
    driver.advance(1000);
    expect(driver.received('A')).toEqual([{ type: 'PUBREL', msgId: sent.msgId }]);
    driver.send('A', { type: 'PUBCOMP', msgId: sent.msgId });
    expect(driver.store.keys('d')).toEqual([]);
  });

  it('device says PUBREC just after the restart: PUBREL, and not the message again', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', session);
    message(driver, 'dev1', { topic: 'ab', qos: 2 });
    message(driver, 'dev1', { topic: 'ab', qos: 2 });
    const [sent] = driver.received('A');
    if (sent?.type !== 'PUBLISH') throw new Error('no PUBLISH');
    crash(driver);
    driver.send('A', { type: 'PUBREC', msgId: sent.msgId + 7 });
    expect(driver.received('A')).toEqual([]);
    driver.send('A', { type: 'PUBREC', msgId: sent.msgId });
    driver.commit();
    expect(driver.received('A')).toEqual([{ type: 'PUBREL', msgId: sent.msgId }]);
    driver.send('A', { type: 'PUBCOMP', msgId: sent.msgId });
    expect(driver.store.keys('d')).toHaveLength(1);
  });

  it('device says PUBREC just after the restart: what is newer on the topic neither takes its place nor goes with its end', () => {
    const driver = keeping({ sleep: { policy: 'newest-per-topic' } });
    connected(driver, 'A', 'dev1', session);
    message(driver, 'dev1', { topic: 'ab', qos: 2 });
    const [sent] = driver.received('A');
    if (sent?.type !== 'PUBLISH') throw new Error('no PUBLISH');
    crash(driver);
    driver.send('A', { type: 'PUBREC', msgId: sent.msgId });
    driver.commit();
    message(driver, 'dev1', { topic: 'ab', qos: 2 });
    expect(driver.drops()).toEqual([]);
    driver.send('A', { type: 'PUBCOMP', msgId: sent.msgId });
    expect(driver.received('A')).toMatchObject([
      { type: 'PUBREL', msgId: sent.msgId },
      { type: 'PUBLISH', dup: false, qos: 2 },
    ]);
  });

  it('message may have been sent before: what is newer on the topic comes behind it, not in its place', () => {
    const driver = keeping({ sleep: { policy: 'newest-per-topic' } });
    connected(driver, 'A', 'dev1', session);
    message(driver, 'dev1', { topic: 'ab', qos: 1 });
    const [sent] = driver.received('A');
    crash(driver);
    for (let round = 0; round < 2; round++) message(driver, 'dev1', { topic: 'ab', qos: 1 });
    expect(driver.drops()).toEqual(['replaced-by-newer']);
    driver.advance(1000);
    expect(driver.received('A')).toEqual([{ ...sent, dup: true }]);
  });

  it.each([
    ['its device to wake', { asleep: true, topic: 'ab' }],
    ['its topic id to be confirmed', { asleep: false, topic: 'a/b' }],
  ])(
    'message waits for %s: what is newer on the topic takes its place, as before',
    (_what, { asleep, topic }) => {
      const driver = keeping({ sleep: { policy: 'newest-per-topic' } });
      connected(driver, 'A', 'dev1', session);
      if (asleep) driver.send('A', { type: 'DISCONNECT', duration: 600 });
      message(driver, 'dev1', { topic, qos: 1 });
      crash(driver);
      message(driver, 'dev1', { topic, qos: 1 });
      expect(driver.drops()).toEqual(['replaced-by-newer']);
    },
  );

  it('QoS 2 message at the broker: asked for by its name, its repeat is not published again', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', session);
    const message9 = publish(2, { msgId: 9 });
    driver.send('A', message9);
    const { ref } = driver.request('publish');
    crash(driver);
    const { token, ref: adopted } = driver.request('adopt');
    expect(adopted).toBe(ref);
    driver.send('A', { ...message9, dup: true } as typeof message9);
    expect(driver.requestsOf('publish')).toHaveLength(1);
    driver.event({ event: 'published', token, client: 'dev1' });
    expect(driver.received('A')).toEqual([{ type: 'PUBREC', msgId: 9 }]);
  });

  it('QoS 2 message never came to the broker: silence, and the repeat is published', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', session);
    driver.send('A', publish(2, { msgId: 9 }));
    crash(driver);
    const { token } = driver.request('adopt');
    driver.event({ event: 'published', token, client: 'dev1', failure: 'unavailable' });
    expect(driver.received('A')).toEqual([]);
    driver.send('A', publish(2, { msgId: 9, dup: true }));
    expect(driver.requestsOf('publish')).toHaveLength(2);
  });

  it('PUBREL shows that PUBREC came: answered, though the broker has not said it again', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', session);
    driver.send('A', publish(2, { msgId: 9 }));
    crash(driver);
    driver.send('A', { type: 'PUBREL', msgId: 9 });
    expect(driver.received('A')).toEqual([{ type: 'PUBCOMP', msgId: 9 }]);
    expect(driver.store.keys('i')).toEqual([]);
  });

  it('same number and payload without DUP after a new CONNECT: another message', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', session);
    driver.send('A', publish(2, { msgId: 1 }));
    const { token } = driver.request('publish');
    driver.event({ event: 'published', token, client: 'dev1' });
    connected(driver, 'A', 'dev1', { ...session, duration: 30 });
    crash(driver);
    driver.send('A', publish(2, { msgId: 1 }));
    expect(driver.requestsOf('publish')).toHaveLength(2);
  });

  it('asleep: stays so, and is lost at its deadline, its will once', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', { ...session, will: true });
    driver.send('A', { type: 'DISCONNECT', duration: 100 });
    crash(driver);
    message(driver, 'dev1', { topic: 'ab' });
    driver.advance(110_000 + 1000 - 1);
    expect(driver.requestsOf('close')).toHaveLength(0);
    driver.advance(1);
    expect(driver.requestsOf('close')).toMatchObject([{ client: 'dev1', will: 'fire' }]);
    crash(driver);
    driver.advance(3_600_000);
    expect(driver.requestsOf('close')).toHaveLength(1);
  });

  it('one crash after the other: the grace does not add up, though something of the session was written', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', { ...session, duration: 60 });
    connected(driver, 'B', 'dev2', session);
    driver.send('B', { type: 'DISCONNECT', duration: 1000 });
    crash(driver);
    const before = driver.store.kept.get(sessionKey('dev1'));
    // Another device speaks from its address, so that it has none any more.
    driver.send('A', { type: 'PINGREQ', clientId: 'dev2' });
    expect(driver.store.kept.get(sessionKey('dev1'))).not.toEqual(before);
    crash(driver);
    driver.advance(90_000 + 60_000 + 22_500 - 1);
    expect(driver.stateOf('dev1')).toBe('ACTIVE');
    driver.advance(1);
    expect(driver.stateOf('dev1')).toBe('LOST');
  });

  it('awake at the crash: comes back asleep, with all the time of a sleep', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', session);
    driver.send('A', { type: 'DISCONNECT', duration: 100 });
    message(driver, 'dev1', { topic: 'ab' });
    driver.advance(100_000);
    driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
    crash(driver);
    driver.received('A');
    driver.advance(109_000);
    expect(driver.received('A')).toEqual([]);
    driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
    expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', dup: true }]);
  });

  it('whose connection is given up while its device begins anew is disconnected', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', { ...session, will: true });
    driver.send('A', connect('dev1', { ...session, will: true }));
    driver.event({ event: 'closed', client: 'dev1', detail: 'away too long' });
    crash(driver);
    expect(driver.request('resume')).toMatchObject({ client: 'dev1', connected: false });
  });

  it('disconnected: forgotten a day later, with all its records but the numbers that are not to be given again', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', session);
    driver.send('A', register('a/b', 1));
    driver.send('A', { type: 'DISCONNECT' });
    crash(driver);
    message(driver, 'dev1', { topic: 'ab' });
    driver.advance(24 * 3_600_000);
    expect(driver.notices.at(-1)).toMatchObject({ notice: 'drop', reason: 'session-ended' });
    expect([...driver.store.kept.keys()]).toEqual(['n']);
  });
});

describe('after a crash, a session with CleanSession=1', () => {
  it('without a will: nothing was kept, its device is a stranger', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1');
    expect([...driver.store.kept.keys()]).toEqual([retiredIdsKey]);
    crash(driver);
    driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
    expect(driver.received('A')).toEqual([{ type: 'DISCONNECT' }]);
  });

  it('with a will: a stranger, whose will fires at its deadline whatever it says meanwhile', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', { will: true, duration: 60 });
    crash(driver);
    expect(driver.request('resume')).toMatchObject({ cleanSession: true, connected: true });
    driver.advance(60_000);
    driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
    expect(driver.received('A')).toEqual([{ type: 'DISCONNECT' }]);
    driver.advance(90_000 + 22_500);
    expect(driver.requestsOf('close')).toMatchObject([{ will: 'fire' }]);
    expect([...driver.store.kept.keys()]).toEqual([retiredIdsKey]);
  });

  it('whose connection is given up while its device begins anew is over, with its will', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', { will: true });
    driver.send('A', connect('dev1', { will: true }));
    driver.event({ event: 'closed', client: 'dev1', detail: 'away too long' });
    crash(driver);
    expect(driver.requestsOf('resume')).toEqual([]);
  });

  it('comes again while asleep, with resume_on_wake: there is nothing to resume', () => {
    const driver = keeping({ device: { resumeOnWake: true } });
    connected(driver, 'A', 'dev1', { will: true });
    driver.send('A', { type: 'DISCONNECT', duration: 600 });
    crash(driver);
    driver.send('A', connect('dev1'));
    expect(driver.request('open')).toMatchObject({ cleanSession: true });
    accept(driver);
    expect([...driver.store.kept.keys()]).toEqual([retiredIdsKey]);
  });
});

describe('a record that makes no sense', () => {
  const text = fc.constantFrom('dev1', 'dev2', '', 'a/b', '1', '000000000001', 'NaN', '-1');
  const leaf = fc.constantFrom<JournalValue>(
    ...[null, true, 0, 1, 2, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 70_000, 1e300],
    ...['ACTIVE', 'ASLEEP', 'LOST', 'lan', 'A', 'a/b', '#', '', 'run-1'],
    new Uint8Array(3),
    new Uint8Array(300),
  );
  const value: fc.Arbitrary<JournalValue> = fc.oneof(
    leaf,
    fc.array(leaf, { maxLength: 13 }),
    fc.dictionary(fc.string(), leaf),
  );
  const key = fc
    .tuple(fc.constantFrom(...RECORD_KINDS, 'x', ''), fc.array(text, { maxLength: 3 }))
    .map(([kind, parts]) => [kind, ...parts].join('\0'));
  const wholeSession = fc.tuple(
    fc.constantFrom('s\0dev1', 's\0dev2'),
    fc.tuple(
      fc.constantFrom('ACTIVE', 'ASLEEP', 'LOST'),
      fc.constantFrom(0, 60),
      fc.nat(600),
      fc.boolean(),
      fc.nat(9),
    ),
  );

  it('is reported and deleted; whatever is left works, and the core goes on', () => {
    fc.assert(
      fc.property(
        fc.array(wholeSession, { maxLength: 2 }),
        fc.array(fc.tuple(key, value), { maxLength: 12 }),
        (sessions, records) => {
          const driver = keeping();
          for (const [name, content] of [...sessions, ...records])
            driver.store.kept.set(name, content);
          driver.crash();
          const left = driver.store.recovered().map((record) => record.key.replaceAll('\0', ' '));
          // Silence is watched all the same, and its end written down anew; so are the ids that are retired.
          for (const notice of driver.notices)
            if (notice.notice === 'record-skipped' && !/^(l |n$)/.test(notice.key))
              expect(left).not.toContain(notice.key);
          driver.event({ event: 'availability', up: true });
          for (const client of ['dev1', 'dev2'])
            connected(driver, client, client, { cleanSession: false });
          driver.advance(200_000);
        },
      ),
      { seed: 20_261_123, numRuns: 500 },
    );
  });

  it('topic id that another name has: left out', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', session);
    driver.send('A', register('a/b', 1));
    driver.store.kept.set('t\0dev1\0z', [3, 1]);
    driver.crash();
    expect(driver.notices).toContainEqual({ notice: 'record-skipped', key: 't dev1 z' });
    expect(driver.store.keys('t')).toEqual(['t\0dev1\0a/b']);
  });

  it.each<[string, JournalValue]>([
    ['n', 'x'],
    ['s\0', ['ACTIVE', 0, 60, false, 1]],
    ['s\0dev2', 'x'],
    ['l\0dev1', 'x'],
    ['l\0nobody', 1],
    ['f\0dev1\0a/#', 'x'],
    ['f\0dev1\0#/a', [1, 0]],
    ['t\0dev1\0a', 'x'],
    ['p\0dev1\0pre/one', 'x'],
    [downlinkKey('dev1', 1), 'x'],
    [inboundKey('dev1', 9), 'x'],
    [outboxKey(1), 'x'],
    ['o\0x', [null, 'a', new Uint8Array(1), 1, false, 1, null]],
  ])('%j: reported and deleted, and the rest comes back', (key, value) => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', session);
    driver.store.kept.set(key, value);
    driver.crash();
    expect(driver.notices.filter(({ notice }) => notice === 'record-skipped')).toEqual([
      { notice: 'record-skipped', key: key.replaceAll('\0', ' ') },
    ]);
    if (!/^[ln]/.test(key)) expect([...driver.store.kept.keys()]).not.toContain(key);
    driver.send('A', { type: 'PINGREQ' });
    expect(driver.received('A').at(-1)).toEqual({ type: 'PINGRESP' });
  });

  it('silence without its record: watched from now on', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', { ...session, duration: 60 });
    driver.store.kept.delete('l\0dev1');
    driver.crash();
    driver.advance(90_000);
    expect(driver.stateOf('dev1')).toBe('LOST');
  });

  it('predefined topic that means something else now: not used', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', session);
    driver.store.kept.set('p\0dev1\0old/name', 1);
    driver.crash();
    expect(driver.store.keys('p')).toEqual([]);
    message(driver, 'dev1', { topic: 'old/name', qos: 0 });
    driver.advance(1000);
    expect(driver.received('A')).toMatchObject([{ type: 'REGISTER', topicName: 'old/name' }]);
  });
});

describe('a run without records', () => {
  it('asks nobody for anything, and leaves a sign for the next one', () => {
    const core = createCore(coreConfig({ keepsSessions: true }));
    core.step({ kind: 'store', event: { event: 'recovered', records: [] } }, 1);
    expect(core.step({ kind: 'store', event: { event: 'ready', run: 'r' } }, 1)).toMatchObject([
      { kind: 'journal', writes: [{ key: retiredIdsKey, value: 0 }] },
    ]);
    expect(core.nextDeadline()).toBeUndefined();
  });
});

describe('rules that have changed over a restart', () => {
  /** Another run with another configuration on what the store has kept. */
  function restarted(driver: CoreDriver, options: Options): CoreDriver {
    driver.store.crash();
    const next = new CoreDriver(coreConfig({ keepsSessions: true, ...options }), [], driver.store);
    next.begin();
    next.event({ event: 'availability', up: true });
    return next;
  }

  it('a device that no rule allows any more is a stranger, and only the numbers that it had are left', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', session);
    driver.send('A', register('a/b', 1));
    const next = restarted(driver, { access: { unknownDevices: 'deny' } });
    expect(next.request('close')).toMatchObject({ client: 'dev1', forget: true });
    next.received('A');
    next.send('A', publish(1, { msgId: 7 }));
    expect(next.received('A')).toEqual([{ type: 'DISCONNECT' }]);
    expect([...next.store.kept.keys()]).toEqual(['n']);
  });

  it('a subscription and a will that the rules do not allow any more end', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', { ...session, will: true });
    driver.send('A', subscribe('a/c', 2));
    const { token } = driver.request('subscribe');
    driver.event({ event: 'subscribed', token, client: 'dev1', grantedQos: 1 });
    const next = restarted(driver, { device: { allow: { publish: ['b'], subscribe: ['b'] } } });
    expect(next.request('resume')).not.toHaveProperty('will');
    expect(next.request('unsubscribe')).toMatchObject({ client: 'dev1', filter: 'a/c' });
  });
});
