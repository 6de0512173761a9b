/** What the core shows to those who only look. */
import { describe, expect, it } from 'vitest';
import { coreConfig, LAN, RADIO } from '../../support/core/config.js';
import { CoreDriver } from '../../support/core/driver.js';
import {
  connect,
  connected,
  message,
  publish,
  regack,
  register,
  subscribe,
} from '../../support/core/messages.js';

const kept = { cleanSession: false, duration: 60 };

function keeping(): CoreDriver {
  const driver = new CoreDriver(coreConfig({ keepsSessions: true }));
  driver.begin();
  driver.event({ event: 'availability', up: true });
  return driver;
}

const withSignal = (driver: CoreDriver, rssiDbm: number): void => {
  driver.step({
    kind: 'datagram',
    link: LAN,
    address: 'A',
    data: Uint8Array.of(2, 0x16),
    signal: { rssiDbm },
  });
};

describe('a device in brief', () => {
  it('active: when it was heard, when it is due, and when it is given up', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', kept);
    driver.advance(10_000);
    driver.send('A', { type: 'PINGREQ' });
    const heardAt = driver.now;
    driver.advance(1000);
    expect([...driver.core.inspect.devices()]).toEqual([
      {
        client: 'dev1',
        state: 'ACTIVE',
        place: { link: LAN, address: 'A' },
        signal: undefined,
        heardAt,
        dueAt: heardAt + 60_000,
        givenUpAt: heardAt + 90_000,
        buffered: { messages: 0, bytes: 0, oldestAt: undefined },
        retries: 0,
        paused: undefined,
        isApproved: false,
      },
    ]);
  });

  it('asleep: due by its sleep time, with what waits for it', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', kept);
    driver.send('A', { type: 'DISCONNECT', duration: 300 });
    const since = driver.now;
    driver.advance(5000);
    message(driver, 'dev1', { topic: 'a/b', text: '21.5' });
    driver.advance(5000);
    message(driver, 'dev1', { topic: 'a/b', text: '21.6' });
    expect(driver.core.inspect.device('dev1')).toMatchObject({
      state: 'ASLEEP',
      dueAt: since + 300_000,
      givenUpAt: since + 330_000,
      buffered: { messages: 2, oldestAt: since + 5000 },
    });
    expect(driver.core.inspect.details('dev1')).toMatchObject({ sleepSec: 300, keepAliveSec: 60 });
  });

  it('after a crash: due as before it, and not heard in this run', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', kept);
    driver.send('A', { type: 'DISCONNECT', duration: 300 });
    const since = driver.now;
    driver.crash();
    expect(driver.core.inspect.device('dev1')).toMatchObject({
      state: 'ASLEEP',
      heardAt: undefined,
      dueAt: since + 300_000,
    });
  });

  it('without keep alive: never due', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', { ...kept, duration: 0 });
    const { dueAt, givenUpAt } = driver.core.inspect.device('dev1') ?? {};
    expect([dueAt, givenUpAt]).toEqual([undefined, undefined]);
  });

  it('of an earlier run with CleanSession=1, whose will alone is watched: a stranger', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', { cleanSession: true, will: true });
    driver.crash();
    expect(driver.core.inspect.device('dev1')).toMatchObject({ state: 'DISCONNECTED' });
    expect(driver.core.inspect.device('dev1')?.givenUpAt).toBeGreaterThan(driver.now);
  });

  it('that does not answer: how often it was asked again, and that deliveries wait', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', { ...kept, duration: 600 });
    driver.send('A', publish(0));
    message(driver, 'dev1');
    driver.advance(40_000);
    expect(driver.core.inspect.device('dev1')).toMatchObject({ retries: 3, paused: 'no-answer' });
  });

  it('whose address another one has now: nowhere', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', kept);
    connected(driver, 'A', 'dev2', kept);
    expect(driver.core.inspect.device('dev1')?.place).toBeUndefined();
    expect(driver.core.inspect.device('dev2')?.place).toEqual({ link: LAN, address: 'A' });
  });
});

describe('all of a device', () => {
  it('topic ids, subscriptions, will, and what it has not answered', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', { ...kept, will: true });
    driver.send('A', publish(0));
    driver.send('A', register('a/b', 1));
    driver.send('A', subscribe('a/c', 2));
    const { token } = driver.request('subscribe');
    driver.event({ event: 'subscribed', token, client: 'dev1', grantedQos: 1 });
    message(driver, 'dev1', { topic: 'new' });
    expect(driver.core.inspect.details('dev1')).toMatchObject({
      will: { topic: 'will', qos: 1 },
      topicIds: [
        { id: 1, topic: 'pre/one', isPredefined: true, isConfirmed: true },
        { id: 3, topic: 'a/b', isPredefined: false, isConfirmed: true },
        { id: 4, topic: 'a/c', isConfirmed: true },
        { id: 5, topic: 'new', isConfirmed: false, isRefused: false },
      ],
      subscriptions: [{ filter: 'a/c', qos: 1, topicIdType: 'normal', isAcknowledged: true }],
      exchange: { message: 'REGISTER', topic: 'new', retries: 0, nextAt: driver.now + 10_000 },
      settings: { maxMessageBytes: 1024 },
    });
    const { exchange } = driver.core.inspect.details('dev1') ?? {};
    driver.send('A', regack(5, exchange?.msgId ?? 0, 3));
    expect(driver.core.inspect.details('dev1')?.topicIds.at(-1)).toMatchObject({ isRefused: true });
  });

  it('of whom nobody knows: nothing', () => {
    const { inspect } = new CoreDriver().core;
    expect([inspect.device('x'), inspect.details('x'), inspect.buffer('x')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('whose datagram a step was about', () => {
  it('is known for devices with a session, from their CONNECT on, and of no other step', () => {
    const driver = keeping();
    driver.send('A', publish(0));
    expect(driver.core.inspect.speaker).toBeUndefined();
    driver.send('A', connect('dev1'));
    expect(driver.core.inspect.speaker).toBe('dev1');
    driver.send('B', { type: 'PINGREQ' });
    expect(driver.core.inspect.speaker).toBeUndefined();
    driver.send('A', publish(0));
    expect(driver.core.inspect.speaker).toBe('dev1');
    driver.event({ event: 'unclaimed', topic: 'x' });
    expect(driver.core.inspect.speaker).toBeUndefined();
  });

  it('is the one who speaks, behind a forwarder, and from an address that was another one’s', () => {
    const driver = keeping();
    const node = { link: RADIO, address: 'F', node: Uint8Array.of(1) };
    connected(driver, node, 'dev1', kept);
    connected(driver, 'A', 'dev2', kept);
    driver.send('A', { type: 'DISCONNECT', duration: 300 });
    driver.send(node, { type: 'PINGREQ', clientId: 'dev2' });
    expect(driver.core.inspect.speaker).toBe('dev2');
  });

  it('its signal stays until another one comes', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', kept);
    withSignal(driver, -97);
    driver.send('A', { type: 'PINGREQ' });
    expect(driver.core.inspect.device('dev1')?.signal).toEqual({ rssiDbm: -97 });
  });
});

describe('the whole', () => {
  it('counts devices by state and by link, and what waits', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', kept);
    connected(driver, { link: RADIO, address: 'B' }, 'dev2', kept);
    connected(driver, 'C', 'dev3', kept);
    driver.send('C', { type: 'DISCONNECT' });
    driver.send('A', { type: 'DISCONNECT', duration: 300 });
    message(driver, 'dev1', { topic: 'a/b', text: '21.5' });
    const { sessions, connected: links, buffered, outbox } = driver.core.inspect.totals();
    expect(sessions).toMatchObject({ ACTIVE: 1, ASLEEP: 1, DISCONNECTED: 1, LOST: 0 });
    expect(Object.fromEntries(links)).toEqual({ [LAN]: 1, [RADIO]: 1 });
    expect(buffered).toEqual({
      messages: 1,
      bytes: driver.core.inspect.device('dev1')?.buffered.bytes,
    });
    expect(buffered.bytes).toBeGreaterThan(0);
    expect(outbox).toEqual({ messages: 0, bytes: 0 });
  });

  it('knows who is late or lost, where and since when, also while nobody says anything', () => {
    const driver = keeping();
    const missing = () => [...driver.core.inspect.missing(driver.now)];
    connected(driver, 'A', 'dev1', { ...kept, duration: 60 });
    connected(driver, { link: RADIO, address: 'B' }, 'dev2', { ...kept, duration: 600 });
    const dueAt = driver.now + 60_000;
    driver.now += 64_000;
    expect(missing()).toEqual([]);
    driver.now += 2000;
    expect(missing()).toEqual([{ link: LAN, since: dueAt }]);
    driver.advance(60_000);
    expect(driver.stateOf('dev1')).toBe('LOST');
    expect(missing()).toEqual([{ link: LAN, since: dueAt + 30_000 }]);
    driver.send({ link: RADIO, address: 'B' }, { type: 'DISCONNECT' });
    expect(missing()).toHaveLength(1);
  });

  it('counts sessions that make no room for others', () => {
    const driver = keeping();
    const held = () => driver.core.inspect.totals().held;
    connected(driver, 'A', 'dev1', kept);
    connected(driver, 'B', 'dev2', kept);
    expect(held()).toBe(2);
    driver.send('A', { type: 'DISCONNECT' });
    expect(held()).toBe(1);
  });
});
