/** What the operator asks for, device by device. */
import { describe, expect, it } from 'vitest';
import { APPROVALS_MAX } from '../../../src/core/limits.js';
import { coreConfig } from '../../support/core/config.js';
import { CoreDriver } from '../../support/core/driver.js';
import { connect, connected, message, puback, publish } from '../../support/core/messages.js';

const kept = { cleanSession: false, duration: 60 };
const pingreq = (clientId: string) => ({ type: 'PINGREQ', clientId }) as const;
const sleep = (duration: number) => ({ type: 'DISCONNECT', duration }) as const;

function keeping(options: Parameters<typeof coreConfig>[0] = {}): CoreDriver {
  const driver = new CoreDriver(coreConfig({ keepsSessions: true, ...options }));
  driver.begin();
  driver.event({ event: 'availability', up: true });
  return driver;
}

function asleep(driver: CoreDriver, options = kept): CoreDriver {
  connected(driver, 'A', 'dev1', options);
  driver.send('A', sleep(300));
  driver.received('A');
  return driver;
}

/** What waits for dev1, as text. */
const waiting = (driver: CoreDriver): string[] =>
  (driver.core.inspect.buffer('dev1') ?? []).map(({ payload }) =>
    new TextDecoder().decode(payload),
  );

const serialOf = (driver: CoreDriver, text: string): number =>
  driver.core.inspect
    .buffer('dev1')
    ?.find(({ payload }) => new TextDecoder().decode(payload) === text)?.serial ?? -1;

describe('disconnect', () => {
  const disconnect = { command: 'disconnect', client: 'dev1' } as const;

  it('an active device: told, its will does not fire, and it may connect again', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', { ...kept, will: true });
    driver.admin(disconnect);
    expect(driver.received('A')).toEqual([{ type: 'DISCONNECT' }]);
    expect(driver.request('close')).toMatchObject({
      client: 'dev1',
      will: 'discard',
      forget: false,
    });
    expect(driver.notices.at(-1)).toMatchObject({
      notice: 'transition',
      to: 'DISCONNECTED',
      why: 'disconnected by the operator',
    });
    expect(driver.core.inspect.device('dev1')?.state).toBe('DISCONNECTED');
    connected(driver, 'A', 'dev1', kept);
    expect(driver.stateOf('dev1')).toBe('ACTIVE');
  });

  it('an active device that answers with DISCONNECT: nobody says it again', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', kept);
    driver.admin(disconnect);
    driver.received('A');
    driver.send('A', { type: 'DISCONNECT' });
    expect(driver.received('A')).toEqual([]);
  });

  it('a device is told once a restart would know of it, and not before', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', kept);
    driver.store.isPrompt = false;
    driver.admin(disconnect);
    expect(driver.received('A')).toEqual([]);
    driver.commit();
    expect(driver.received('A')).toEqual([{ type: 'DISCONNECT' }]);
    driver.crash();
    expect(driver.core.inspect.device('dev1')?.state).toBe('DISCONNECTED');
  });

  it('a sleeper: not told while it sleeps, and told when it wakes up', () => {
    const driver = asleep(keeping());
    driver.admin(disconnect);
    expect(driver.received('A')).toEqual([]);
    driver.send('A', pingreq('dev1'));
    expect(driver.received('A')).toEqual([{ type: 'DISCONNECT' }]);
  });

  it('a sleeper whose messages are kept: they stay for its next connection', () => {
    const driver = asleep(keeping());
    message(driver, 'dev1', { text: 'later' });
    driver.admin(disconnect);
    expect(waiting(driver)).toEqual(['later']);
  });

  it('a device that is connecting: its attempt comes to nothing', () => {
    const driver = keeping();
    driver.send('A', connect('dev1'));
    driver.admin(disconnect);
    expect(driver.core.inspect.device('dev1')).toBeUndefined();
    expect(driver.request('close')).toMatchObject({ client: 'dev1', will: 'discard' });
  });

  it('a device that is gone already, or was never there: nothing', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', kept);
    driver.send('A', { type: 'DISCONNECT' });
    driver.received('A');
    expect(driver.admin(disconnect)).toEqual([]);
    expect(driver.admin({ command: 'disconnect', client: 'nobody' })).toEqual([]);
  });
});

describe('forget', () => {
  const forget = { command: 'forget', client: 'dev1' } as const;

  it.each([
    ['active', () => keeping()],
    ['asleep', () => asleep(keeping())],
  ])(
    'a device that is %s: disconnected, its messages dropped, nothing comes back',
    (state, begin) => {
      const driver = begin();
      if (state === 'active') connected(driver, 'A', 'dev1', kept);
      else message(driver, 'dev1', { text: 'later' });
      driver.admin(forget);
      expect(driver.request('close')).toMatchObject({
        client: 'dev1',
        will: 'discard',
        forget: true,
      });
      expect(driver.notices).toContainEqual({
        notice: 'forgotten',
        client: 'dev1',
        why: 'the operator wants it forgotten',
      });
      if (state === 'asleep') expect(driver.drops()).toEqual(['session-ended']);
      expect(driver.core.inspect.device('dev1')).toBeUndefined();
      driver.crash();
      expect(driver.core.inspect.device('dev1')).toBeUndefined();
      expect([...driver.store.recovered()].filter(({ key }) => key !== 'n')).toEqual([]);
    },
  );

  it('a device with CleanSession=1: told as forgotten all the same', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', { cleanSession: true });
    driver.admin(forget);
    expect(driver.received('A')).toEqual([{ type: 'DISCONNECT' }]);
    expect(driver.notices.at(-1)).toMatchObject({ notice: 'forgotten', client: 'dev1' });
  });

  it('a device that was lost: gone', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', kept);
    driver.advance(90_000);
    driver.admin(forget);
    expect(driver.core.inspect.device('dev1')).toBeUndefined();
  });

  it('what it has sent, and the broker does not have yet, goes on', () => {
    const driver = keeping({
      offline: { messages: 10, bytes: 65_536, ageMs: 86_400_000, qos0: 'drop' },
    });
    connected(driver, 'A', 'dev1', kept);
    driver.event({ event: 'availability', up: false });
    driver.send('A', publish(1));
    driver.admin(forget);
    expect(driver.core.inspect.totals().outbox.messages).toBe(1);
    driver.event({ event: 'availability', up: true });
    expect(driver.request('publish')).toMatchObject({ client: 'dev1', topic: 'pre/one' });
  });
});

describe('what waits for a device', () => {
  it('one message is removed: the others come, and it does not come back after a crash', () => {
    const driver = asleep(keeping());
    for (const text of ['one', 'two', 'three']) message(driver, 'dev1', { text });
    driver.admin({ command: 'buffer-remove', client: 'dev1', serial: serialOf(driver, 'two') });
    expect(waiting(driver)).toEqual(['one', 'three']);
    expect(driver.notices.at(-1)).toMatchObject({
      notice: 'drop',
      what: 'downlink',
      reason: 'removed-by-operator',
      client: 'dev1',
      topic: 'pre/one',
    });
    driver.crash();
    expect(waiting(driver)).toEqual(['one', 'three']);
  });

  it('a message that only memory has is removed: the broker has to keep it no longer', () => {
    const driver = asleep(keeping());
    driver.failStore();
    message(driver, 'dev1', { text: 'one' });
    expect(driver.requestsOf('accept')).toEqual([]);
    driver.admin({ command: 'buffer-clear', client: 'dev1' });
    expect(driver.requestsOf('accept')).toHaveLength(1);
  });

  it('one that is on its way is removed: the next one goes, and a late answer is nobody’s', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', kept);
    driver.send('A', publish(0)); // it knows the predefined id now
    for (const text of ['one', 'two']) message(driver, 'dev1', { text });
    const [first] = driver.received('A');
    if (first?.type !== 'PUBLISH') throw new Error('nothing was sent');
    driver.admin({ command: 'buffer-remove', client: 'dev1', serial: serialOf(driver, 'one') });
    const [second] = driver.received('A');
    expect(second).toMatchObject({ type: 'PUBLISH', dup: false });
    driver.send('A', puback(1, first.msgId));
    expect(driver.drops()).toEqual(['removed-by-operator', 'unexpected-answer']);
    expect(waiting(driver)).toEqual(['two']);
  });

  it('the last one is removed while its device is awake for it: PINGRESP ends the wake-up', () => {
    const driver = asleep(keeping());
    driver.send('A', publish(0)); // it knows the predefined id now
    message(driver, 'dev1', { text: 'one' });
    driver.send('A', pingreq('dev1'));
    driver.received('A');
    driver.admin({ command: 'buffer-clear', client: 'dev1' });
    expect(driver.received('A')).toEqual([{ type: 'PINGRESP' }]);
  });

  it('what its device has, and only the handshake of is open, stays: the device waits for PUBREL', () => {
    const driver = keeping();
    connected(driver, 'A', 'dev1', kept);
    driver.send('A', publish(0));
    message(driver, 'dev1', { text: 'one', qos: 2 });
    const [sent] = driver.received('A');
    if (sent?.type !== 'PUBLISH') throw new Error('nothing was sent');
    driver.send('A', { type: 'PUBREC', msgId: sent.msgId });
    driver.admin({ command: 'buffer-clear', client: 'dev1' });
    expect(driver.core.inspect.buffer('dev1')).toMatchObject([{ progress: 'received' }]);
    driver.send('A', { type: 'PUBCOMP', msgId: sent.msgId });
    expect(driver.core.inspect.buffer('dev1')).toEqual([]);
    expect(driver.drops()).toEqual([]);
  });

  it('what is not there cannot be removed: nothing happens', () => {
    const driver = asleep(keeping());
    message(driver, 'dev1', { text: 'one' });
    expect(driver.admin({ command: 'buffer-remove', client: 'dev1', serial: 99 })).toEqual([]);
    expect(driver.admin({ command: 'buffer-clear', client: 'nobody' })).toEqual([]);
    expect(waiting(driver)).toEqual(['one']);
  });
});

describe('approve, where unknown devices are denied', () => {
  const access = { unknownDevices: 'deny' } as const;
  const approve = { command: 'approve', client: 'dev1' } as const;

  it('a device that was refused may connect, also after a crash', () => {
    const driver = keeping({ access });
    driver.send('A', connect('dev1'));
    expect(driver.received('A')).toEqual([{ type: 'CONNACK', returnCode: 3 }]);
    expect(driver.core.inspect.isApprovable('dev1')).toBe(true);
    driver.admin(approve);
    expect(driver.core.inspect.isApprovable('dev1')).toBe(false);
    expect(driver.notices.at(-1)).toEqual({ notice: 'approval', client: 'dev1', isGiven: true });
    driver.crash();
    driver.event({ event: 'availability', up: true });
    connected(driver, 'A', 'dev1', kept);
    expect(driver.core.inspect.device('dev1')).toMatchObject({ state: 'ACTIVE', isApproved: true });
  });

  it('is of no use to who is allowed already, and for names that no device can have', () => {
    const isApprovable = (client: string, options: Parameters<typeof keeping>[0]): boolean =>
      keeping(options).core.inspect.isApprovable(client);
    expect(isApprovable('dev1', {})).toBe(false);
    for (const name of ['', 'a\0b', 'x'.repeat(300)]) {
      expect(isApprovable(name, { access })).toBe(false);
    }
  });

  it('its session survives a crash, too', () => {
    const driver = keeping({ access });
    driver.admin(approve);
    connected(driver, 'A', 'dev1', kept);
    driver.crash();
    expect(driver.core.inspect.device('dev1')?.state).toBe('ACTIVE');
  });

  it('forget takes it back: the device is refused again, also after a crash', () => {
    const driver = keeping({ access });
    driver.admin(approve);
    connected(driver, 'A', 'dev1', kept);
    driver.admin({ command: 'forget', client: 'dev1' });
    expect(driver.notices).toContainEqual({ notice: 'approval', client: 'dev1', isGiven: false });
    driver.crash();
    driver.send('A', connect('dev1'));
    expect(driver.received('A')).toContainEqual({ type: 'CONNACK', returnCode: 3 });
  });

  it('twice, or of no client id at all: nothing is written', () => {
    const driver = keeping({ access });
    driver.admin(approve);
    expect(driver.admin(approve)).toEqual([]);
    for (const client of ['', 'a\0b', 'x'.repeat(257)]) {
      expect(driver.admin({ command: 'approve', client })).toEqual([]);
    }
  });

  it('of more devices than may be approved: those beyond are not', () => {
    const driver = new CoreDriver(coreConfig({ access }));
    for (let i = 0; i <= APPROVALS_MAX; i++) driver.admin({ command: 'approve', client: `d${i}` });
    expect(driver.core.inspect.isApproved(`d${APPROVALS_MAX - 1}`)).toBe(true);
    expect(driver.core.inspect.isApproved(`d${APPROVALS_MAX}`)).toBe(false);
  });
});
