import { describe, expect, it } from 'vitest';
import { CoreDriver } from '../../../support/core/driver.js';
import { connect, connected, message, puback } from '../../../support/core/messages.js';

const pingreq = (clientId?: string) =>
  clientId === undefined
    ? ({ type: 'PINGREQ' } as const)
    : ({ type: 'PINGREQ', clientId } as const);

/** A device that did not answer a message at all, and so is left alone until it speaks. */
function withPausedDelivery(): CoreDriver {
  const driver = new CoreDriver();
  connected(driver, 'A', 'dev1', { duration: 600 });
  message(driver, 'dev1', { topic: 'ab', qos: 1 });
  driver.advance(40_000);
  expect(driver.notices.at(-1)).toMatchObject({ notice: 'delivery-paused' });
  driver.received('A');
  return driver;
}

describe('PINGREQ of one device from the address of another', () => {
  it('is no sign of life of the other', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { duration: 40 });
    connected(driver, 'B', 'dev2', { duration: 0 });
    driver.advance(50_000);
    driver.send('A', pingreq('dev2'));
    driver.advance(10_000);
    expect(driver.stateOf('dev1')).toBe('LOST');
  });

  it('is no sign of life of the other, even if nobody knows the id', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { duration: 40 });
    driver.advance(50_000);
    driver.send('A', pingreq('nobody'));
    driver.advance(10_000);
    expect(driver.stateOf('dev1')).toBe('LOST');
  });
});

describe('a delivery that waits until the device speaks', () => {
  it('goes on when it speaks, and is repeated in its time, also without a keep alive', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { duration: 0 });
    message(driver, 'dev1', { topic: 'ab', qos: 1 });
    driver.advance(40_000);
    driver.received('A');
    driver.send('A', pingreq());
    driver.received('A');
    driver.advance(10_000);
    expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', dup: true }]);
  });

  it('goes on when it speaks from another address', () => {
    const driver = withPausedDelivery();
    driver.send('B', pingreq('dev1'));
    expect(driver.received('B')).toMatchObject([
      { type: 'PINGRESP' },
      { type: 'PUBLISH', dup: true },
    ]);
  });

  it('PUBREC after all: PUBREL goes out once', () => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1', { duration: 600 });
    message(driver, 'dev1', { topic: 'ab', qos: 2 });
    driver.advance(40_000);
    driver.received('A');
    driver.send('A', { type: 'PUBREC', msgId: 1 });
    expect(driver.received('A')).toEqual([{ type: 'PUBREL', msgId: 1 }]);
  });

  it('PUBACK after all: the next message goes out once', () => {
    const driver = withPausedDelivery();
    message(driver, 'dev1', { topic: 'cd', qos: 1 });
    driver.send('A', puback(0x6162, 1));
    expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', topicName: 'cd', dup: false }]);
  });
});

describe('PINGREQ in the middle of a CONNECT', () => {
  it('dropped with a notice: the answer to CONNECT comes first', () => {
    const driver = new CoreDriver();
    driver.send('A', connect('dev1'));
    driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
    expect(driver.received('A')).toEqual([]);
    expect(driver.notices.at(-1)).toMatchObject({
      reason: 'wrong-state',
      messageType: 'PINGREQ',
      client: 'dev1',
    });
  });
});

describe('an awake device asks again', () => {
  const awake = (): CoreDriver => {
    const driver = new CoreDriver();
    connected(driver, 'A', 'dev1');
    driver.send('A', { type: 'DISCONNECT', duration: 60 });
    message(driver, 'dev1', { topic: 'ab', qos: 2 });
    driver.received('A');
    driver.send('A', pingreq('dev1'));
    expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', dup: false }]);
    return driver;
  };

  it('a second later: it gets the open message again', () => {
    const driver = awake();
    driver.advance(1000);
    driver.send('A', pingreq('dev1'));
    expect(driver.received('A')).toMatchObject([{ type: 'PUBLISH', dup: true }]);
  });

  it('sooner: that is a copy of the network, and a repeat could come behind PUBREL', () => {
    const driver = awake();
    driver.advance(999);
    driver.send('A', pingreq('dev1'));
    expect(driver.received('A')).toEqual([]);
  });
});
