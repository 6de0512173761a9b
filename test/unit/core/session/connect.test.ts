import { describe, expect, it } from 'vitest';
import { coreConfig } from '../../../support/core/config.js';
import { CoreDriver } from '../../../support/core/driver.js';
import { accept, connect, connected, message, willTopic } from '../../../support/core/messages.js';

/** All transmissions of a request at the default retry settings. */
const ATTEMPT_MS = 40_000;
const DAY_MS = 86_400_000;

const asleep = (driver: CoreDriver, durationSec = 300): void => {
  driver.send('A', { type: 'DISCONNECT', duration: durationSec });
  driver.received('A');
};

describe('a connect attempt that comes to nothing', () => {
  it('awake device does not answer the will prompt: it is asleep again and supervised', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    asleep(driver, 300);
    message(driver, 'dev1');
    driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
    expect(driver.stateOf('dev1')).toBe('AWAKE');

    driver.send('A', connect('dev1', { will: true }));
    driver.advance(ATTEMPT_MS);
    expect(driver.stateOf('dev1')).toBe('ASLEEP');
    driver.advance(330_000 - ATTEMPT_MS - 1);
    expect(driver.stateOf('dev1')).toBe('ASLEEP');
    driver.advance(1);
    expect(driver.stateOf('dev1')).toBe('LOST');
  });

  it('lost device: it is lost as before, and its data expire when they would have', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { cleanSession: false, duration: 10 });
    driver.advance(15_000);
    expect(driver.stateOf('dev1')).toBe('LOST');
    driver.send('A', connect('dev1', { will: true, cleanSession: false }));
    driver.advance(ATTEMPT_MS);
    expect(driver.stateOf('dev1')).toBe('LOST');
    expect(driver.requestsOf('close')).toMatchObject([{ will: 'fire', forget: false }]);
    driver.advance(DAY_MS - ATTEMPT_MS - 1);
    expect(driver.requestsOf('close')).toHaveLength(1);
    driver.advance(1);
    expect(driver.requestsOf('close').at(-1)).toMatchObject({ will: 'discard', forget: true });
  });

  it('active device: messages that came meanwhile are delivered', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { duration: 0 });
    driver.send('A', connect('dev1', { will: true, duration: 0 }));
    message(driver, 'dev1', { topic: 'ab', qos: 0 });
    driver.received('A');
    driver.advance(ATTEMPT_MS);
    expect(driver.stateOf('dev1')).toBe('ACTIVE');
    expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', topicName: 'ab' }]);
  });

  it('active device: its CONNECT counts as a sign of life', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { duration: 40 });
    driver.advance(50_000);
    driver.send('A', connect('dev1', { will: true, duration: 40 }));
    driver.advance(59_999);
    expect(driver.stateOf('dev1')).toBe('ACTIVE');
    driver.advance(1);
    expect(driver.stateOf('dev1')).toBe('LOST');
  });

  it('broker asked, then asked again by another CONNECT that stays unfinished: its side is closed', () => {
    const driver = new CoreDriver();
    driver.send('A', connect('dev1'));
    driver.send('A', connect('dev1', { will: true }));
    driver.advance(ATTEMPT_MS);
    expect(driver.stateOf('dev1')).toBe('DISCONNECTED');
    expect(driver.requestsOf('close')).toMatchObject([{ client: 'dev1', will: 'discard' }]);
  });

  it('broker asked, then another CONNECT and DISCONNECT: its side is closed', () => {
    const driver = new CoreDriver();
    driver.send('A', connect('dev1'));
    driver.send('A', connect('dev1', { will: true }));
    driver.send('A', { type: 'DISCONNECT' });
    expect(driver.requestsOf('close')).toMatchObject([{ client: 'dev1', will: 'discard' }]);
  });

  it('session closed by the broker meanwhile: nothing to go back to', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { cleanSession: false });
    driver.send('A', connect('dev1', { will: true, cleanSession: false }));
    driver.event({ event: 'closed', client: 'dev1', detail: 'away too long' });
    driver.advance(ATTEMPT_MS);
    expect(driver.stateOf('dev1')).toBe('DISCONNECTED');
  });

  it('session closed by the broker while it is asked anew: the attempt goes on', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    driver.send('A', connect('dev1', { duration: 61 }));
    driver.event({ event: 'closed', client: 'dev1', detail: 'away too long' });
    accept(driver);
    expect(driver.stateOf('dev1')).toBe('ACTIVE');
  });

  it('refused will: the session from before goes on, with what came meanwhile', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    driver.send('A', connect('dev1', { will: true }));
    driver.received('A');
    message(driver, 'dev1', { topic: 'ab', qos: 0 });
    driver.send('A', willTopic('a/#'));
    expect(driver.received('A')).toMatchObject([
      { type: 'CONNACK', returnCode: 3 },
      { type: 'PUBLISH', topicName: 'ab' },
    ]);
    expect(driver.stateOf('dev1')).toBe('ACTIVE');
  });
});

describe('a connect attempt while the broker is away', () => {
  /** T_WAIT: "congestion" asks for so much patience. */
  const WAIT_MS = 301_000;

  const refuse = (driver: CoreDriver): void => {
    const { token, client } = driver.request('open');
    driver.event({ event: 'opened', token, client, failure: 'unavailable' });
  };
  const withWill = (driver: CoreDriver): void =>
    connected(driver, 'A', 'dev1', { will: true, cleanSession: false });

  it('sleeper: it is asleep as before, and its will is fired when it never comes again', () => {
    const driver = new CoreDriver();
    withWill(driver);
    asleep(driver, 300);
    driver.send('A', connect('dev1', { cleanSession: false }));
    refuse(driver);
    expect(driver.received('A')).toMatchObject([{ type: 'CONNACK', returnCode: 1 }]);
    expect(driver.stateOf('dev1')).toBe('ASLEEP');
    driver.advance(WAIT_MS + 330_000 - 1);
    expect(driver.requestsOf('close')).toEqual([]);
    driver.advance(1);
    expect(driver.requestsOf('close')).toMatchObject([{ client: 'dev1', will: 'fire' }]);
  });

  it('active device: it may wait as long as it was told before its silence counts, and is left alone meanwhile', () => {
    const driver = new CoreDriver();
    withWill(driver);
    driver.send('A', connect('dev1', { cleanSession: false, duration: 60 }));
    message(driver, 'dev1', { topic: 'ab', qos: 1 });
    refuse(driver);
    driver.advance(WAIT_MS + 90_000 - 1);
    expect(driver.received('A')).toMatchObject([{ type: 'CONNACK', returnCode: 1 }]);
    expect(driver.stateOf('dev1')).toBe('ACTIVE');
    driver.advance(1);
    expect(driver.stateOf('dev1')).toBe('LOST');
  });

  it('active device that goes on nevertheless: it gets what waits for it', () => {
    const driver = new CoreDriver();
    withWill(driver);
    driver.send('A', connect('dev1', { cleanSession: false }));
    message(driver, 'dev1', { topic: 'ab', qos: 1 });
    refuse(driver);
    driver.received('A');
    driver.send('A', { type: 'PINGREQ' });
    expect(driver.received('A')).toMatchObject([{ type: 'PINGRESP' }, { type: 'PUBLISH' }]);
  });

  it('its patience outlives a restart of the gateway', () => {
    const driver = new CoreDriver(coreConfig({ keepsSessions: true }));
    driver.begin();
    withWill(driver);
    asleep(driver, 300);
    driver.send('A', connect('dev1', { cleanSession: false }));
    refuse(driver);
    driver.crash();
    driver.advance(WAIT_MS + 330_000 - 1);
    expect(driver.requestsOf('close')).toEqual([]);
    driver.advance(2000);
    expect(driver.requestsOf('close')).toMatchObject([{ client: 'dev1', will: 'fire' }]);
  });

  it('the broker says no to the device itself: its session is over', () => {
    const driver = new CoreDriver();
    withWill(driver);
    asleep(driver, 300);
    driver.send('A', connect('dev1', { cleanSession: false }));
    const { token, client } = driver.request('open');
    driver.event({ event: 'opened', token, client, failure: 'refused' });
    expect(driver.stateOf('dev1')).toBe('DISCONNECTED');
  });

  it('its connection has ended for the attempt: there is nothing to go back to', () => {
    const driver = new CoreDriver();
    withWill(driver);
    driver.send('A', connect('dev1', { cleanSession: false, duration: 61 }));
    driver.event({ event: 'closed', client: 'dev1', detail: 'ended for another one' });
    refuse(driver);
    expect(driver.stateOf('dev1')).toBe('DISCONNECTED');
  });

  it('two attempts: the broker was asked by the first, and only its answer to the second counts', () => {
    const driver = new CoreDriver();
    withWill(driver);
    asleep(driver, 300);
    driver.send('A', connect('dev1', { cleanSession: false, duration: 61 }));
    driver.send('A', connect('dev1', { cleanSession: false, duration: 62 }));
    refuse(driver);
    expect(driver.stateOf('dev1')).toBe('DISCONNECTED');
  });
});

describe('resumeOnWake', () => {
  it('session with CleanSession=1 is still one of that kind afterwards', () => {
    const driver = new CoreDriver(coreConfig({ device: { resumeOnWake: true } }));
    connected(driver, 'A', 'dev1');
    asleep(driver);
    driver.send('A', connect('dev1'));
    expect(driver.request('open').cleanSession).toBe(false);
    accept(driver);
    driver.send('A', { type: 'DISCONNECT' });
    expect(driver.request('close').forget).toBe(true);
  });
});

it('an answer of the broker that comes twice changes nothing', () => {
  const driver = new CoreDriver();
  connected(driver, 'A', 'dev1');
  expect(
    driver.event({ event: 'opened', token: driver.request('open').token, client: 'dev1' }),
  ).toEqual([]);
});
