import { describe, expect, it } from 'vitest';
import { LAN } from '../../../support/core/config.js';
import { CoreDriver } from '../../../support/core/driver.js';
import { connected, message } from '../../../support/core/messages.js';

const kept = { cleanSession: false, duration: 60 };
const closed = { event: 'closed', client: 'dev1', detail: 'away too long' } as const;

describe('a device that is lost', () => {
  it.each([true, false])('with a will (%s): told only if there is one', (will) => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { will, duration: 60 });
    driver.advance(90_000);
    expect(driver.notices.filter(({ notice }) => notice === 'will-fired')).toEqual(
      will ? [{ notice: 'will-fired', client: 'dev1', topic: 'will' }] : [],
    );
  });
});

describe("the end of a device's side at the broker", () => {
  it('its session is kept for a day, and forgotten then', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', kept);
    driver.event(closed);
    expect(driver.received('A')).toEqual([{ type: 'DISCONNECT' }]);
    driver.advance(86_400_000 - 1);
    expect(driver.requestsOf('close')).toEqual([]);
    driver.advance(1);
    expect(driver.request('close')).toMatchObject({ client: 'dev1', forget: true });
  });

  it('told of a device that has gone already: nothing changes, its day neither', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', kept);
    driver.send('A', { type: 'DISCONNECT' });
    driver.advance(3_600_000);
    expect(driver.event(closed)).toEqual([]);
    driver.advance(86_400_000 - 3_600_000);
    expect(driver.request('close')).toMatchObject({ forget: true });
  });
});

describe('a device that speaks from elsewhere', () => {
  function asleep(): CoreDriver {
    const driver = new CoreDriver();
    for (const client of ['dev1', 'dev2']) {
      connected(driver, client, client, { duration: 600 });
      driver.send(client, { type: 'DISCONNECT', duration: 300 });
      driver.received(client);
    }
    return driver;
  }
  const wake = (driver: CoreDriver, at: string, clientId: string): unknown =>
    driver.send(at, { type: 'PINGREQ', clientId });

  it('is told as a move, and the first time is not', () => {
    const driver = asleep();
    wake(driver, 'B', 'dev1');
    expect(driver.notices.filter(({ notice }) => notice === 'roamed')).toEqual([
      {
        notice: 'roamed',
        client: 'dev1',
        link: LAN,
        address: 'B',
        fromLink: LAN,
        fromAddress: 'dev1',
      },
    ]);
  });

  it('where another one is awake: that one sleeps on, and gets its message from wherever it asks', () => {
    const driver = asleep();
    message(driver, 'dev1', { topic: 'ab' });
    wake(driver, 'dev1', 'dev1');
    expect(driver.stateOf('dev1')).toBe('AWAKE');
    wake(driver, 'dev1', 'dev2');
    expect(driver.stateOf('dev1')).toBe('ASLEEP');
    driver.received('dev1');
    driver.advance(20_000);
    expect(driver.received('dev1')).toEqual([]);
    wake(driver, 'C', 'dev1');
    expect(driver.received('C')).toMatchObject([{ type: 'PUBLISH', dup: true }]);
  });

  it('in the middle of a delivery: what is open is repeated there in its time, not at once', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { duration: 600 });
    message(driver, 'dev1', { topic: 'ab', qos: 2 });
    wake(driver, 'B', 'dev1');
    expect(driver.received('B')).toEqual([{ type: 'PINGRESP' }]);
    driver.advance(10_000);
    expect(driver.received('B')).toMatchObject([{ type: 'PUBLISH', msgId: 1, dup: true }]);
    driver.send('B', { type: 'PUBREC', msgId: 1 });
    driver.received('B');
    wake(driver, 'C', 'dev1');
    driver.advance(10_000);
    expect(driver.received('C')).toEqual([{ type: 'PINGRESP' }, { type: 'PUBREL', msgId: 1 }]);
  });
});
