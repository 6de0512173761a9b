import { describe, expect, it } from 'vitest';
import { RESUME_DELAY_MS, TOPIC_IDS_PER_DEVICE_MAX } from '../../../../src/core/limits.js';
import type { UpstreamEvent } from '../../../../src/core/types.js';
import { coreConfig, RADIO } from '../../../support/core/config.js';
import { CoreDriver } from '../../../support/core/driver.js';
import {
  connected,
  message,
  puback,
  publish,
  register,
  subscribe,
} from '../../../support/core/messages.js';

it('a message for a subscription that nobody has any more: its drop is told', () => {
  const driver = new CoreDriver();
  driver.event({ event: 'unclaimed', topic: 'a/b' });
  expect(driver.notices).toEqual([
    { notice: 'drop', what: 'downlink', reason: 'not-subscribed', topic: 'a/b' },
  ]);
});

describe('a device that does not know a topic id', () => {
  it('predefined, told for QoS 0: the id is not used for it any more', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    driver.send('A', publish(0));
    message(driver, 'dev1', { topic: 'pre/one', qos: 0 });
    expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', topicIdType: 1, topicId: 1 }]);
    driver.send('A', puback(1, 0, 2));
    message(driver, 'dev1', { topic: 'pre/one', qos: 0 });
    expect(driver.received('A')).toMatchObject([{ type: 'REGISTER', topicName: 'pre/one' }]);
  });

  it('RIOT says "not supported" with message id 0: the name is introduced again', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    driver.send('A', register('a/b'));
    message(driver, 'dev1', { topic: 'a/b', qos: 0 });
    driver.received('A');
    driver.send('A', puback(3, 0, 3));
    message(driver, 'dev1', { topic: 'a/b', qos: 0 });
    expect(driver.received('A')).toMatchObject([{ type: 'REGISTER', topicId: 3 }]);
  });
});

describe('a device that comes back on a link with smaller messages', () => {
  it('message on the air does not fit any more: dropped with a notice, the next one is sent', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { duration: 0 });
    message(driver, 'dev1', { topic: 'ab', text: 'x'.repeat(100) });
    message(driver, 'dev1', { topic: 'cd' });
    const there = { link: RADIO, address: 'B' };
    driver.send(there, { type: 'PINGREQ', clientId: 'dev1' });
    driver.advance(10_000);
    expect(driver.drops()).toContain('too-big-for-device');
    expect(driver.received(there)).toMatchObject([
      { type: 'PINGRESP' },
      { type: 'PUBLISH', topicName: 'cd' },
      { type: 'PUBLISH', topicName: 'cd', dup: true },
    ]);
  });
});

describe('a message for a device that cannot get it', () => {
  const to = (client: string, qos: 0 | 1, token: number): UpstreamEvent => ({
    event: 'message',
    client,
    token,
    topic: 'ab',
    payload: Uint8Array.of(1),
    qos,
    retain: false,
  });

  it('nobody is known by that name: dropped, and the broker need not keep it', () => {
    const driver = new CoreDriver();
    driver.event(to('dev1', 1, 7));
    driver.event(to('dev1', 0, 0));
    expect(driver.drops()).toEqual(['session-ended', 'session-ended']);
    expect(driver.requests).toEqual([{ op: 'accept', token: 7, client: 'dev1' }]);
  });

  it.each([
    ['device has said good-bye', (driver: CoreDriver) => driver.send('A', { type: 'DISCONNECT' })],
    ['device is lost', (driver: CoreDriver) => driver.advance(90_000)],
  ])('%s: QoS 0 is dropped, QoS 1 waits for it', (_why, goes) => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { cleanSession: false });
    goes(driver);
    message(driver, 'dev1', { topic: 'ab', qos: 0 });
    message(driver, 'dev1', { topic: 'cd', qos: 1 });
    expect(driver.drops()).toEqual(['device-offline']);
    connected(driver, 'A', 'dev1', { cleanSession: false });
    driver.advance(10_000);
    expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', topicName: 'cd' }]);
  });

  it('device has used up its topic ids: dropped, and what it knows still comes', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { duration: 0 });
    for (let i = 1; i <= TOPIC_IDS_PER_DEVICE_MAX; i++) driver.send('A', register(`n/${i}`, i));
    driver.received('A');
    message(driver, 'dev1', { topic: 'one/more' });
    message(driver, 'dev1', { topic: 'n/7', qos: 0 });
    expect(driver.drops()).toEqual(['topic-ids-exhausted']);
    expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', topicIdType: 0 }]);
  });

  it('buffer is full: what is on its way already stays', () => {
    const driver = new CoreDriver(coreConfig({ sleep: { messages: 1 } }));
    connected(driver, 'A', 'dev1', { duration: 0 });
    message(driver, 'dev1', { topic: 'ab' });
    message(driver, 'dev1', { topic: 'cd' });
    expect(driver.notices.at(-1)).toMatchObject({ reason: 'buffer-full', topic: 'cd' });
  });
});

describe('a device that waits for a SUBACK', () => {
  const ask = (driver: CoreDriver, filter: string, msgId: number) =>
    driver.send('A', subscribe(filter, msgId));
  function subscribing(): CoreDriver {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { duration: 0 });
    ask(driver, 'a/+', 1);
    const { token } = driver.request('subscribe');
    driver.event({ event: 'subscribed', token, client: 'dev1', grantedQos: 1 });
    ask(driver, 'b/#', 2);
    ask(driver, '+/c', 3);
    driver.received('A');
    return driver;
  }

  it.each(['a/b', 'a/c', 'x/y'])(
    'message on %s is not for what it waits for alone: it comes',
    (topic) => {
      const driver = subscribing();
      message(driver, 'dev1', { topic });
      expect(driver.received('A')).toMatchObject([{ type: 'REGISTER', topicName: topic }]);
    },
  );

  it.each(['b/x', 'x/c'])('message on %s is for what it waits for alone: SUBACK first', (topic) => {
    const driver = subscribing();
    message(driver, 'dev1', { topic });
    expect(driver.received('A')).toEqual([]);
    driver.advance(60_000);
    expect(driver.core.nextDeadline()).toBeUndefined();
    for (const { token } of driver.requestsOf('subscribe').slice(1))
      driver.event({ event: 'subscribed', token, client: 'dev1', grantedQos: 1 });
    expect(
      driver
        .received('A')
        .map(({ type }) => type)
        .toSorted(),
    ).toEqual(['REGISTER', 'SUBACK', 'SUBACK']);
  });
});

describe('a wake-up', () => {
  const texts = (driver: CoreDriver): string[] =>
    driver
      .received('A')
      .map((one) => (one.type === 'PUBLISH' ? new TextDecoder().decode(one.data) : one.type));
  function asleep(sleep: Parameters<typeof coreConfig>[0] = {}): CoreDriver {
    const driver = new CoreDriver(coreConfig(sleep));
    connected(driver, 'A', 'dev1');
    driver.send('A', { type: 'DISCONNECT', duration: 300 });
    for (const text of ['1', '2', '3']) message(driver, 'dev1', { topic: 'ab', qos: 0, text });
    driver.received('A');
    return driver;
  }

  it('brings so many messages and no more; the next one brings the rest', () => {
    const driver = asleep({ sleep: { perWake: 2 } });
    for (const wanted of [
      ['1', '2', 'PINGRESP'],
      ['3', 'PINGRESP'],
    ]) {
      driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
      expect(texts(driver)).toEqual(wanted);
    }
  });

  it('leaves the configured gap between messages, whatever the device says meanwhile', () => {
    const driver = asleep({ sleep: { gapMs: 500 } });
    driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
    expect(texts(driver)).toEqual(['1']);
    driver.advance(499);
    driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
    expect(texts(driver)).toEqual([]);
    driver.advance(1);
    expect(texts(driver)).toEqual(['2']);
    driver.advance(500);
    expect(texts(driver)).toEqual(['3', 'PINGRESP']);
  });

  it('message waits for a SUBACK that does not come: PINGRESP ends it', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    driver.send('A', { type: 'DISCONNECT', duration: 300 });
    driver.send('A', {
      type: 'SUBSCRIBE',
      dup: false,
      qos: 1,
      msgId: 1,
      topicIdType: 0,
      topicName: 'a/+',
    });
    message(driver, 'dev1', { topic: 'a/b' });
    driver.received('A');
    driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
    expect(driver.received('A')).toEqual([{ type: 'PINGRESP' }]);
    expect(driver.stateOf('dev1')).toBe('ASLEEP');
    driver.advance(330_000);
    expect(driver.stateOf('dev1')).toBe('LOST');
  });
});

describe('a message without the answer it needs', () => {
  it('active device silent: repeated with DUP after T_retry, and not before', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { duration: 0 });
    message(driver, 'dev1', { topic: 'ab' });
    driver.received('A');
    driver.advance(9_999);
    expect(driver.received('A')).toEqual([]);
    driver.advance(1);
    expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', dup: true, msgId: 1 }]);
  });

  it('awake device congested: left alone until it wakes up again', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    driver.send('A', { type: 'DISCONNECT', duration: 60 });
    message(driver, 'dev1', { topic: 'ab' });
    driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
    driver.send('A', puback(0x6162, 1, 1));
    driver.received('A');
    driver.advance(60_000);
    expect(driver.received('A')).toEqual([]);
    driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
    driver.send('A', puback(0x6162, 1));
    expect(driver.received('A')).toMatchObject([
      { type: 'PUBLISH', dup: true },
      { type: 'PINGRESP' },
    ]);
  });
});

describe('after a restart', () => {
  it('nothing is delivered before links have had time to open', () => {
    const driver = new CoreDriver(coreConfig({ keepsSessions: true }));
    driver.begin();
    connected(driver, 'A', 'dev1', { cleanSession: false, duration: 0 });
    message(driver, 'dev1', { topic: 'ab' });
    driver.crash();
    driver.received('A');
    driver.advance(RESUME_DELAY_MS - 1);
    expect(driver.received('A')).toEqual([]);
    driver.advance(1);
    expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', msgId: 1, dup: true }]);
  });
});

describe('advertising', () => {
  const advertising = coreConfig({ advertise: { enabled: true, intervalSec: 900 } });
  const quiet = coreConfig();

  it('switched off by a reload: the next ADVERTISE does not come', () => {
    const driver = new CoreDriver(advertising);
    driver.event({ event: 'availability', up: true });
    driver.admin({ command: 'reload', config: quiet });
    driver.received('*');
    driver.advance(2_000_000);
    expect(driver.received('*')).toEqual([]);
  });

  it('switched on by a reload: the first ADVERTISE goes out at once', () => {
    const driver = new CoreDriver(quiet);
    driver.event({ event: 'availability', up: true });
    driver.admin({ command: 'reload', config: advertising });
    expect(driver.received('*')).toEqual([{ type: 'ADVERTISE', gwId: 1, duration: 900 }]);
  });

  it('a shorter interval reloaded: it counts from then on; a longer one after the next', () => {
    for (const [intervalSec, heard] of [
      [60, 3],
      [1800, 1],
    ] as const) {
      const driver = new CoreDriver(advertising);
      driver.event({ event: 'availability', up: true });
      driver.received('*');
      driver.advance(600_000);
      const config = coreConfig({ advertise: { enabled: true, intervalSec } });
      driver.admin({ command: 'reload', config });
      driver.advance(59_999);
      expect(driver.received('*')).toEqual([]);
      driver.advance(intervalSec === 60 ? 120_001 : 240_001);
      expect(driver.received('*')).toHaveLength(heard);
    }
  });

  it('goes to links that reach everybody at once, and to no other', () => {
    const driver = new CoreDriver(advertising);
    driver.event({ event: 'availability', up: true });
    expect(driver.received('*')).toHaveLength(1);
    expect(driver.received({ link: RADIO, address: '*' })).toEqual([]);
  });

  it('SEARCHGW with the broker away: dropped with a notice', () => {
    const driver = new CoreDriver(advertising);
    driver.send('A', { type: 'SEARCHGW', radius: 1 });
    expect(driver.received('A')).toEqual([]);
    expect(driver.notices).toMatchObject([
      { reason: 'broker-unavailable', messageType: 'SEARCHGW' },
    ]);
  });

  it('other settings reloaded: the rhythm is kept', () => {
    const driver = new CoreDriver(advertising);
    driver.event({ event: 'availability', up: true });
    driver.advance(600_000);
    driver.admin({ command: 'reload', config: advertising });
    driver.advance(300_000);
    expect(driver.received('*')).toHaveLength(2);
  });
});

describe('the end of everything', () => {
  it('device in the middle of its CONNECT: its side at the broker is closed, too', () => {
    const driver = new CoreDriver();
    driver.send('A', {
      type: 'CONNECT',
      clientId: 'dev1',
      cleanSession: true,
      will: false,
      duration: 1,
      protocolId: 1,
    });
    driver.admin({ command: 'disconnect-all' });
    expect(driver.requestsOf('close')).toMatchObject([{ client: 'dev1', will: 'discard' }]);
    expect(driver.stateOf('dev1')).toBe('DISCONNECTED');
  });
});
