import { describe, expect, it } from 'vitest';
import { coreConfig } from '../../../support/core/config.js';
import { CoreDriver } from '../../../support/core/driver.js';
import {
  connect,
  connected,
  message,
  publish,
  willMessage,
  willTopic,
} from '../../../support/core/messages.js';

const bye = { type: 'DISCONNECT' } as const;
const goodNight = { type: 'DISCONNECT', duration: 300 } as const;
const kept = { cleanSession: false, duration: 60 };

describe('DISCONNECT of a device without a connection', () => {
  it.each([
    ['after its good-bye', (driver: CoreDriver) => driver.send('A', bye), 'DISCONNECTED'],
    ['after it was lost', (driver: CoreDriver) => driver.advance(90_000), 'LOST'],
  ])('%s: answered once a second, and changes nothing', (_when, happens, state) => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', kept);
    happens(driver);
    driver.received('A');
    driver.advance(1000);
    const before = driver.requests.length;
    for (const message of [bye, goodNight]) driver.send('A', message);
    expect(driver.received('A')).toEqual([bye]);
    expect(driver.requests).toHaveLength(before);
    expect(driver.stateOf('dev1')).toBe(state);
    expect(driver.notices.at(-1)).toMatchObject({
      reason: 'unknown-sender',
      messageType: 'DISCONNECT',
    });
  });

  it('of an earlier run that has a will, and whose CONNECT came to nothing: its will is watched as before', () => {
    const driver = ghost();
    driver.send('A', connect('dev1', { will: true, duration: 600 }));
    driver.advance(40_000);
    driver.received('A');
    driver.send('A', bye);
    expect(driver.received('A')).toEqual([bye]);
    expect(driver.requestsOf('close')).toEqual([]);
  });

  it('of an earlier run that has a will: whatever it says but CONNECT, its will fires at its deadline', () => {
    const driver = ghost();
    driver.send('A', connect('dev1', { will: true, duration: 60 }));
    driver.advance(40_000);
    driver.received('A');
    driver.send('A', { type: 'PINGREQ' });
    driver.send('A', publish(1));
    expect(driver.received('A')).toEqual([bye]);
    driver.advance(660_000 - 40_000 - 1);
    expect(driver.requestsOf('close')).toEqual([]);
    driver.advance(1);
    expect(driver.requestsOf('close')).toMatchObject([{ will: 'fire' }]);
  });

  it('of an earlier run that has a will: it may begin anew, and give another one', () => {
    const driver = ghost();
    driver.send('A', connect('dev1', { will: true, duration: 60 }));
    driver.send('A', willTopic('new'));
    driver.send('A', willMessage());
    expect(driver.request('open').will).toMatchObject({ topic: 'new' });
  });

  it('of an earlier run that has a will, in the middle of its CONNECT: its will goes with it', () => {
    const driver = ghost();
    driver.send('A', connect('dev1', { will: true, duration: 600 }));
    driver.send('A', bye);
    expect(driver.requestsOf('close')).toMatchObject([{ client: 'dev1', will: 'discard' }]);
  });

  function ghost(): CoreDriver {
    const driver = new CoreDriver(coreConfig({ keepsSessions: true }));
    driver.begin();
    connected(driver, 'A', 'dev1', { will: true, duration: 600 });
    driver.crash();
    driver.received('A');
    return driver;
  }
});

describe('DISCONNECT in the middle of a CONNECT', () => {
  it.each([bye, goodNight])(
    '%o of a new device: answered, and nobody else hears of it',
    (message) => {
      const driver = new CoreDriver();
      driver.send('A', connect('dev1', { will: true }));
      driver.received('A');
      driver.send('A', message);
      expect(driver.received('A')).toEqual([bye]);
      expect(driver.requests).toEqual([]);
      expect(driver.stateOf('dev1')).toBe('DISCONNECTED');
    },
  );

  it('of a device that had a connection: its side at the broker is closed', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', kept);
    driver.send('A', connect('dev1', { will: true, cleanSession: false }));
    driver.send('A', bye);
    expect(driver.requestsOf('close')).toMatchObject([{ client: 'dev1', will: 'discard' }]);
  });

  it('with the broker asked already: its side is closed, whatever was before', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', kept);
    driver.send('A', bye);
    driver.send('A', connect('dev1', { will: true, cleanSession: false }));
    driver.send('A', willTopic());
    driver.send('A', willMessage());
    driver.send('A', bye);
    expect(driver.requestsOf('close')).toHaveLength(2);
  });
});

describe('good night in the middle of a delivery', () => {
  it.each([0, 40_000])(
    'PUBLISH unanswered for %i ms: no repeat before the device wakes up',
    (ms) => {
      const driver = new CoreDriver();
      connected(driver, 'A', 'dev1', { duration: 600 });
      message(driver, 'dev1', { topic: 'ab', qos: 1 });
      driver.advance(ms);
      driver.received('A');
      driver.send('A', goodNight);
      driver.advance(100_000);
      expect(driver.received('A')).toEqual([bye]);
      driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
      expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', msgId: 1, dup: true }]);
    },
  );
});
