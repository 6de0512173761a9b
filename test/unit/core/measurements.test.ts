import { describe, expect, it } from 'vitest';
import type { Effect } from '../../../src/core/types.js';
import { coreConfig, RADIO } from '../../support/core/config.js';
import { CoreDriver } from '../../support/core/driver.js';
import { connected, message, puback, publish } from '../../support/core/messages.js';
import { answer, away, back, say } from './outbox-world.js';

type Measured = Extract<Effect, { kind: 'measured' }>;

function watched(config = coreConfig()) {
  const measured: string[] = [];
  const refs: number[] = [];
  const onEffect = (effect: Effect): void => {
    if (effect.kind === 'measured') measured.push(text(effect));
    if (effect.kind === 'send' && effect.ref !== undefined) refs.push(effect.ref);
  };
  return { driver: new CoreDriver(config, [{ onEffect }]), measured, refs };
}

const text = ({ what, link, ms }: Measured): string => `${what} ${link} ${ms}`;

describe('what takes time', () => {
  it('a message of a device until the broker has it', () => {
    const { driver, measured } = watched();
    connected(driver, 'A', 'dev1');
    driver.send('A', publish(1, { msgId: 7 }));
    driver.advance(30);
    answer(driver, 0);
    expect(measured).toEqual(['uplink lan 30']);
  });

  it('a message at QoS 0, or that the broker refuses, is nothing that can be measured', () => {
    const { driver, measured } = watched();
    connected(driver, 'A', 'dev1');
    driver.send('A', publish(0));
    driver.send('A', publish(1, { msgId: 7 }));
    answer(driver, 1, 'refused');
    message(driver, 'dev1', { qos: 0 });
    expect(measured).toEqual([]);
  });

  it('a message that waits in the outbox counts from when it came', () => {
    const { driver, measured } = watched(
      coreConfig({
        keepsSessions: true,
        offline: { messages: 9, bytes: 999, ageMs: 1e6, qos0: 'drop' },
      }),
    );
    driver.begin();
    back(driver);
    connected(driver, 'A', 'dev1', { cleanSession: false, duration: 0 });
    driver.event({ event: 'availability', up: false });
    say(driver, 'A', 1, 'x');
    driver.commit();
    driver.advance(5000);
    back(driver);
    answer(driver, 0);
    expect(measured).toEqual(['uplink lan 5000']);
  });

  it('a message for a device until its PUBACK, and the answer itself', () => {
    const { driver, measured } = watched();
    connected(driver, 'A', 'dev1', { duration: 0 });
    message(driver, 'dev1', { topic: 'ab' });
    message(driver, 'dev1', { topic: 'ab' });
    const [first] = driver.received('A');
    driver.advance(40);
    driver.send('A', puback(0x6162, msgIdOf(first)));
    driver.advance(2);
    driver.send('A', puback(0x6162, msgIdOf(driver.received('A')[0])));
    expect(measured).toEqual([
      'device-round-trip lan 40',
      'downlink lan 40',
      'device-round-trip lan 2',
      'downlink lan 42',
    ]);
  });

  it('a message at QoS 2 until PUBCOMP', () => {
    const { driver, measured } = watched();
    connected(driver, 'A', 'dev1', { duration: 0 });
    message(driver, 'dev1', { topic: 'ab', qos: 2 });
    const msgId = msgIdOf(driver.received('A')[0]);
    driver.advance(10);
    driver.send('A', { type: 'PUBREC', msgId });
    driver.advance(5);
    driver.send('A', { type: 'PUBCOMP', msgId });
    expect(measured.at(-1)).toBe('downlink lan 15');
  });

  it('an answer to what was sent twice may be to either, and is no round trip', () => {
    const { driver, measured } = watched();
    connected(driver, 'A', 'dev1', { duration: 0 });
    message(driver, 'dev1', { topic: 'ab' });
    const msgId = msgIdOf(driver.received('A')[0]);
    driver.advance(10_000);
    expect(driver.received('A')).toMatchObject([{ dup: true }]);
    driver.send('A', puback(0x6162, msgId));
    expect(measured).toEqual(['downlink lan 10000']);
  });

  it('on a radio the round trip begins when the frame has left', () => {
    const paced = { maxMessageBytes: 64, isPaced: true, broadcast: true, allowPadding: false };
    const { driver, measured, refs } = watched(coreConfig({ links: { [RADIO]: paced } }));
    const there = { link: RADIO, address: 'B' };
    connected(driver, there, 'dev1', { duration: 0 });
    message(driver, 'dev1', { topic: 'ab' });
    const msgId = msgIdOf(driver.received(there).at(-1));
    driver.advance(3000);
    const [ref = 0] = refs;
    const event = { event: 'transmitted', ref, answerMs: 1000, failed: false } as const;
    driver.step({ kind: 'link', link: RADIO, event });
    driver.advance(700);
    driver.send(there, puback(0x6162, msgId));
    expect(measured).toEqual([`device-round-trip ${RADIO} 700`, `downlink ${RADIO} 3700`]);
  });

  it('how long a sleeper was awake', () => {
    const { driver, measured } = watched();
    connected(driver, 'A', 'dev1');
    driver.send('A', { type: 'DISCONNECT', duration: 60 });
    message(driver, 'dev1', { topic: 'ab' });
    driver.advance(20_000);
    driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
    const msgId = msgIdOf(driver.received('A').at(-1));
    driver.advance(150);
    driver.send('A', puback(0x6162, msgId));
    expect(measured).toContain('awake-window lan 150');
    expect(measured).toContain('downlink lan 20150');
  });

  it('a broker that comes back is not measured by what it never got', () => {
    const driver = away();
    say(driver, 'A', 1, 'x');
    back(driver);
    const effects = driver.step({ kind: 'deadline' });
    expect(effects.filter(({ kind }) => kind === 'measured')).toEqual([]);
  });
});

const msgIdOf = (sent: unknown): number => (sent as { msgId: number }).msgId;
