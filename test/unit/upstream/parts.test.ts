import { describe, expect, it } from 'vitest';
import { Backoff, FIRST_DELAY_MS, LONGEST_DELAY_MS } from '../../../src/upstream/backoff.js';
import { Brokers } from '../../../src/upstream/brokers.js';
import { PacketIds } from '../../../src/upstream/packet-ids.js';
import type { Failure } from '../../../src/upstream/reasons.js';
import { hurried } from '../../contract/upstream/harness.js';
import { WillRecords } from '../../../src/upstream/will-records.js';
import { type WillPublish, Wills } from '../../../src/upstream/wills.js';
import { TestJournal } from '../../support/journal.js';
import { until } from '../../support/wait.js';

describe('Backoff', () => {
  it('doubles from half a second to half a minute and starts again after a success', () => {
    const backoff = new Backoff(() => 0);
    const delays = Array.from({ length: 8 }, () => backoff.nextDelayMs());
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    backoff.reset();
    expect(backoff.nextDelayMs()).toBe(FIRST_DELAY_MS);
  });

  it('stays within its limits for ever, and is shortened by up to a half', () => {
    const backoff = new Backoff(() => 0.999);
    for (let i = 0; i < 5000; i++) {
      const delay = backoff.nextDelayMs();
      expect(delay).toBeGreaterThanOrEqual(FIRST_DELAY_MS / 2);
      expect(delay).toBeLessThanOrEqual(LONGEST_DELAY_MS);
    }
  });
});

describe('PacketIds', () => {
  it('pass over an id that is still in use when they come round', () => {
    const ids = new PacketIds();
    const stuck = ids.allocate();
    for (let i = 0; i < 70_000; i++) {
      const id = ids.allocate();
      expect(id).not.toBe(stuck);
      ids.deallocate(id ?? 0);
    }
  });

  it('are 1 to 65,535, and none when all are in use', () => {
    const ids = new PacketIds();
    const all = Array.from({ length: 0xffff }, () => ids.allocate());
    expect(new Set(all).size).toBe(0xffff);
    expect(Math.min(...all.slice(0, 10).map(Number))).toBe(1);
    expect(ids.allocate()).toBeNull();
    expect(ids.register(7)).toBe(false);
    ids.deallocate(7);
    expect(ids.allocate()).toBe(7);
    expect(ids.getLastAllocated()).toBe(7);
    ids.clear();
    expect(ids.register(7)).toBe(true);
  });
});

describe('Brokers', () => {
  it.each([
    ['mqtt://host', 'mqtt', 'host', 1883, '/'],
    ['tcp://host:1', 'mqtt', 'host', 1, '/'],
    ['ssl://host', 'mqtts', 'host', 8883, '/'],
    ['mqtts://[::1]:8884', 'mqtts', '::1', 8884, '/'],
    ['ws://host/mqtt?x=1', 'ws', 'host', 80, '/mqtt?x=1'],
    ['wss://host', 'wss', 'host', 443, '/'],
  ])('understand %s', (server, protocol, host, port, path) => {
    expect(new Brokers([server], 5).current).toMatchObject({ protocol, host, port, path });
  });

  it('say what is wrong with an address', () => {
    expect(() => new Brokers(['http://host'], 5)).toThrow(/http:\/\/host.*mqtt:\/\//);
  });

  it('never show credentials', () => {
    expect(new Brokers(['mqtt://user:secret@host'], 5).current.name).toBe('mqtt://host:1883');
  });

  it('move on once when many connections notice the same failure', () => {
    const brokers = new Brokers(['mqtt://a', 'mqtt://b', 'mqtt://c'], 5);
    const first = brokers.current;
    for (let i = 0; i < 10; i++) brokers.moveOn(first);
    expect(brokers.current.host).toBe('b');
  });

  it('ask a broker that keeps closing for 3.1.1 in between, and for 5 again', () => {
    const brokers = new Brokers(['mqtt://a'], 5);
    const versions = Array.from({ length: 6 }, () => {
      const { version } = brokers.current;
      brokers.closedWithoutAnswer(brokers.current);
      return version;
    });
    expect(versions).toEqual([5, 5, 4, 5, 5, 4]);
  });
});

describe('Wills', () => {
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const away: Failure = { failure: 'unavailable', detail: 'away' };
  const records = () => new WillRecords(TestJournal.memory());
  const adopt = () => false;
  const will = { topic: 't', payload: new Uint8Array(), qos: 1, retain: false } as const;

  it('of ten thousand devices at once go out a few at a time, each once', () => {
    const sent: WillPublish[] = [];
    const publish = (message: WillPublish) => void sent.push(message);
    const wills = new Wills({ isUp: true, publish, adopt }, records(), log, hurried);
    for (let i = 0; i < 10_000; i++) wills.fire(`d${i}`, will);
    expect(sent).toHaveLength(16);
    for (let i = 0; i < sent.length; i++) wills.settled(sent[i] as WillPublish);
    expect(new Set(sent.map((message) => message.client)).size).toBe(10_000);
    expect(sent).toHaveLength(10_000);
  });

  it('wait while the broker is away, also when it goes away in between', () => {
    let broker: Failure | undefined = away;
    const sent: WillPublish[] = [];
    const publish = (message: WillPublish) => {
      if (broker === undefined) sent.push(message);
      return broker;
    };
    const carrier = { isUp: false, publish, adopt };
    const wills = new Wills(carrier, records(), log, hurried);
    wills.fire('a', will);
    wills.fire('b', { ...will, qos: 0 });
    expect(sent).toEqual([]);
    broker = undefined;
    carrier.isUp = true;
    wills.resume();
    expect(sent.map((message) => message.client).sort()).toEqual(['a', 'b']);
    wills.settled(sent.find((message) => message.client === 'a') as WillPublish, away);
    wills.resume();
    expect(sent.at(-1)).toMatchObject({ client: 'a' });
    wills.settled(sent.at(-1) as WillPublish);
    wills.resume();
    expect(sent).toHaveLength(3);
  });

  it.each([
    ['has', undefined],
    ['refuses', { failure: 'refused', detail: 'no' } as const],
  ])('that the broker %s leave the disk soon, though nobody waits for that', async (_, failure) => {
    // It commits only when it is asked to.
    const journal = new TestJournal('soon');
    const sent: WillPublish[] = [];
    const publish = (message: WillPublish) => void sent.push(message);
    const carrier = { isUp: true, publish, adopt };
    const wills = new Wills(carrier, new WillRecords(journal), log, hurried);
    wills.fire('a', will);
    await until(() => sent.length === 1, 5000, 'the will');
    expect(journal.kept('uw')).toHaveLength(1);
    wills.settled(sent[0] as WillPublish, failure);
    await until(() => journal.kept('uw').length === 0, 5000, 'the end of its record');
  });

  it('that the broker refuses are given up', () => {
    const tried: string[] = [];
    const publish = ({ client }: WillPublish): Failure => {
      tried.push(client);
      return { failure: 'refused', detail: 'no' };
    };
    const wills = new Wills({ isUp: true, publish, adopt }, records(), log, hurried);
    wills.fire('a', will);
    wills.resume();
    expect(tried).toEqual(['a']);
  });

  it('that the broker refuses after a while make room for those behind them', () => {
    const sent: WillPublish[] = [];
    const publish = (message: WillPublish) => void sent.push(message);
    const wills = new Wills({ isUp: true, publish, adopt }, records(), log, hurried);
    for (let i = 0; i < 17; i++) wills.fire(`d${i}`, will);
    wills.settled(sent[0] as WillPublish, { failure: 'refused', detail: 'no' });
    expect(sent).toHaveLength(17);
  });

  it('that the broker has no room for are tried again after a while, without other traffic', async () => {
    const sent: WillPublish[] = [];
    const publish = (message: WillPublish) => void sent.push(message);
    const wills = new Wills({ isUp: true, publish, adopt }, records(), log, hurried);
    wills.fire('a', will);
    wills.settled(sent[0] as WillPublish, away);
    expect(sent).toHaveLength(1);
    await until(() => sent.length === 2, 5000, 'the second attempt');
    wills.settled(sent[1] as WillPublish, away);
    wills.stop();
  });
});
