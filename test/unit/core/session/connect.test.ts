import { describe, expect, it } from 'vitest';
import { BROKER_TIMEOUT_MS, CLIENT_ID_BYTES_MAX } from '../../../../src/core/limits.js';
import { OPEN_TIMEOUT_MS, WILL_TIMEOUT_MS } from '../../../../src/upstream/limits.js';
import { coreConfig } from '../../../support/core/config.js';
import { CoreDriver } from '../../../support/core/driver.js';
import {
  accept,
  connect,
  connected,
  message,
  register,
  willMessage,
  willTopic,
} from '../../../support/core/messages.js';

/** All transmissions of a request at the default retry settings. */
const ATTEMPT_MS = 40_000;
const DAY_MS = 86_400_000;

const asleep = (driver: CoreDriver, durationSec = 300): void => {
  driver.send('A', { type: 'DISCONNECT', duration: durationSec });
  driver.received('A');
};

/** The broker's answer to the latest `open`, whenever it comes. */
const late = (driver: CoreDriver): { token: number; client: string } => {
  const { token, client } = driver.request('open');
  return { token, client };
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
    driver.advance(ATTEMPT_MS - 1);
    expect(driver.stateOf('dev1')).toBe('CONNECTING');
    driver.advance(1);
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
    driver.advance(DAY_MS - ATTEMPT_MS - 1);
    expect(driver.requestsOf('close')).toEqual([]);
    driver.advance(1);
    expect(driver.requestsOf('close')).toMatchObject([{ forget: true }]);
  });

  it('new device does not answer the will prompt: nobody hears of it, and nothing is left of it', () => {
    const driver = new CoreDriver();
    driver.send('A', connect('dev1', { will: true }));
    driver.advance(2 * ATTEMPT_MS);
    expect(driver.stateOf('dev1')).toBe('DISCONNECTED');
    expect(driver.requests).toEqual([]);
    expect(driver.notices.filter(({ notice }) => notice !== 'transition')).toEqual([]);
  });

  it('broker does not answer: congestion after its time, and its side is closed', () => {
    const driver = new CoreDriver();
    driver.send('A', connect('dev1'));
    driver.advance(BROKER_TIMEOUT_MS - 1);
    expect(driver.received('A')).toEqual([]);
    driver.advance(1);
    expect(driver.received('A')).toEqual([{ type: 'CONNACK', returnCode: 1 }]);
    expect(driver.request('close')).toMatchObject({ client: 'dev1', will: 'discard' });
    expect(driver.event({ ...late(driver), event: 'opened' })).toEqual([]);
  });

  it('answer of the broker to an attempt before: it is for nobody', () => {
    const driver = new CoreDriver();
    driver.send('A', connect('dev1', { duration: 60 }));
    const first = late(driver);
    driver.send('A', connect('dev1', { duration: 61 }));
    driver.event({ ...first, event: 'opened', failure: 'refused' });
    driver.event({ ...first, event: 'opened' });
    expect(driver.received('A')).toEqual([]);
    expect(driver.stateOf('dev1')).toBe('CONNECTING');
    accept(driver);
    expect(driver.received('A')).toEqual([{ type: 'CONNACK', returnCode: 0 }]);
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

describe('a connect attempt of which the broker takes its time', () => {
  /** A will of the session before may fire first, and then a connection begins. */
  const HELD_OPEN_MS = WILL_TIMEOUT_MS + OPEN_TIMEOUT_MS;

  it("the broker's side answers as late as it may: the device is connected", () => {
    const driver = new CoreDriver();
    driver.send('A', connect('dev1'));
    driver.advance(HELD_OPEN_MS);
    accept(driver);
    expect(driver.stateOf('dev1')).toBe('ACTIVE');
    expect(driver.received('A')).toMatchObject([{ type: 'CONNACK', returnCode: 0 }]);
  });

  it("the broker's side forgets to answer: the device hears of congestion", () => {
    const driver = new CoreDriver();
    driver.send('A', connect('dev1'));
    driver.advance(BROKER_TIMEOUT_MS);
    expect(driver.received('A')).toMatchObject([{ type: 'CONNACK', returnCode: 1 }]);
    expect(driver.stateOf('dev1')).toBe('DISCONNECTED');
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
    message(driver, 'dev1', { topic: 'ab', qos: 0 });
    driver.advance(WAIT_MS + 90_000 - 1);
    expect(driver.received('A')).toMatchObject([{ type: 'CONNACK', returnCode: 1 }]);
    expect(driver.notices).toContainEqual({
      notice: 'delivery-paused',
      client: 'dev1',
      why: 'told-to-wait',
    });
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

  it('what the network brings twice of it is not answered with the CONNACK of the connect before', () => {
    const driver = new CoreDriver();
    withWill(driver);
    driver.send('A', connect('dev1', { will: true }));
    driver.send('A', willTopic());
    driver.send('A', willMessage());
    refuse(driver);
    driver.received('A');
    driver.send('A', willMessage());
    expect(driver.received('A')).toEqual([]);
    expect(driver.drops()).toEqual(['wrong-state']);
  });

  it('nor is a late copy of that connect: it asks the broker, too', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { duration: 600 });
    driver.send('A', connect('dev1', { duration: 60 }));
    refuse(driver);
    driver.received('A');
    driver.send('A', connect('dev1', { duration: 600 }));
    expect(driver.received('A')).toEqual([]);
    expect(driver.requestsOf('open')).toHaveLength(3);
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

describe('a CONNECT that cannot be accepted', () => {
  it.each([
    ['a client id with U+0000', 'dev\0', {}],
    ['a client id that is too long', 'x'.repeat(CLIENT_ID_BYTES_MAX + 1), {}],
    ['a client id whose octets are too many', 'ü'.repeat(CLIENT_ID_BYTES_MAX / 2 + 1), {}],
    ['a device that no rule allows', 'dev1', { access: { unknownDevices: 'deny' as const } }],
  ])('%s: refused, and the notice says whom', (_what, clientId, options) => {
    const driver = new CoreDriver(coreConfig(options));
    driver.send('A', connect(clientId));
    expect(driver.received('A')).toEqual([{ type: 'CONNACK', returnCode: 3 }]);
    expect(driver.requests).toEqual([]);
    expect(driver.notices).toMatchObject([
      { notice: 'refusal', request: 'CONNECT', returnCode: 3, client: clientId },
    ]);
  });

  it('a client id as long as it may be is accepted', () => {
    const driver = new CoreDriver();
    driver.send('A', connect('x'.repeat(CLIENT_ID_BYTES_MAX)));
    expect(driver.requestsOf('open')).toHaveLength(1);
  });
});

describe('a CONNECT repeated once it was accepted', () => {
  const session = { duration: 600, cleanSession: false };

  it('answered again for as long as the device may repeat, then it begins anew', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', session);
    driver.advance(ATTEMPT_MS);
    driver.send('A', connect('dev1', session));
    expect(driver.received('A')).toEqual([{ type: 'CONNACK', returnCode: 0 }]);
    expect(driver.requestsOf('open')).toHaveLength(1);
    driver.advance(1);
    driver.send('A', connect('dev1', session));
    expect(driver.requestsOf('open')).toHaveLength(2);
  });

  it('with another CleanSession: it begins anew, and what was owed to it is dropped with a notice', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', session);
    message(driver, 'dev1', { topic: 'ab', qos: 1 });
    driver.send('A', connect('dev1', { ...session, cleanSession: true }));
    accept(driver);
    expect(driver.requestsOf('open')).toHaveLength(2);
    expect(driver.drops()).toEqual(['session-ended']);
  });

  it('what it has confirmed at QoS 2 is no drop, though PUBREL is still to come', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', session);
    message(driver, 'dev1', { topic: 'ab', qos: 2 });
    driver.send('A', { type: 'PUBREC', msgId: 1 });
    driver.send('A', connect('dev1', { ...session, cleanSession: true }));
    accept(driver);
    expect(driver.drops()).toEqual([]);
  });
});

describe('a device that comes back with CleanSession=0 in the middle of a delivery', () => {
  const session = { duration: 600, cleanSession: false };

  it('message is offered again at once, with its message id and DUP', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', session);
    message(driver, 'dev1', { topic: 'ab', qos: 1 });
    driver.received('A');
    connectAgain(driver);
    expect(driver.received('A')).toMatchObject([
      { type: 'CONNACK' },
      { type: 'PUBLISH', msgId: 1, dup: true },
    ]);
  });

  it('its topic id is introduced again, for the device may have forgotten it', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', session);
    driver.send('A', register('a/b'));
    message(driver, 'dev1', { topic: 'a/b', qos: 1 });
    driver.received('A');
    connectAgain(driver);
    expect(driver.received('A')).toMatchObject([{ type: 'CONNACK' }, { type: 'REGISTER' }]);
  });

  function connectAgain(driver: CoreDriver): void {
    driver.send('A', connect('dev1', { ...session, duration: 601 }));
    accept(driver);
  }
});
