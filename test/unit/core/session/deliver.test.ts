import { describe, expect, it } from 'vitest';
import { coreConfig, RADIO } from '../../../support/core/config.js';
import { CoreDriver } from '../../../support/core/driver.js';
import { connected, message, puback, publish, register } from '../../../support/core/messages.js';

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

describe('a wake-up', () => {
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
