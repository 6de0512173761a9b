import { describe, expect, it } from 'vitest';
import { accountOf } from '../../support/crash/account.js';
import { connect, hears, puback, publish, register, says, trace } from './traces.js';

describe('what a device has published', () => {
  it('counts from its first PUBLISH and is acknowledged by PUBACK with code 0', () => {
    const { uplinks } = accountOf(
      trace(
        says(publish(7, 'up/a 1')),
        hears(puback(7, 1)),
        says(publish(8, 'up/a 1')),
        says(publish(8, 'up/a 1', { dup: true })),
        hears(puback(9)),
        hears(puback(8)),
      ),
    );
    expect(uplinks).toEqual([{ payload: 'up/a 1', qos: 1, firstSentAt: 1, ackedAt: 6 }]);
  });

  it('is acknowledged by the first PUBREC at QoS 2', () => {
    const { uplinks } = accountOf(
      trace(
        says(publish(7, 'up/a 1', { qos: 2 })),
        hears({ type: 'PUBREC', msgId: 7 }),
        hears({ type: 'PUBREC', msgId: 7 }),
        hears({ type: 'PUBCOMP', msgId: 7 }),
      ),
    );
    expect(uplinks).toMatchObject([{ ackedAt: 2 }]);
  });

  it('may not be refused for its topic id', () => {
    expect(accountOf(trace(says(publish(7, 'up/a 1')), hears(puback(7, 2)))).faults).toHaveLength(
      1,
    );
  });
});

describe('what a device has received', () => {
  it('has the topic that its id was registered for', () => {
    const { deliveries } = accountOf(
      trace(
        hears(register(1, 'down/a')),
        hears(publish(7, 'down/a 1')),
        hears(publish(8, 'down/b 1', { topicId: 2, dup: true })),
      ),
    );
    expect(deliveries).toEqual([
      { at: 2, topic: 'down/a', payload: 'down/a 1', qos: 1, dup: false },
      { at: 3, topic: undefined, payload: 'down/b 1', qos: 1, dup: true },
    ]);
  });

  it('learns topic ids from REGACK and SUBACK too', () => {
    const { deliveries } = accountOf(
      trace(
        says({ type: 'REGISTER', topicId: 0, msgId: 1, topicName: 'down/a' }),
        hears({ type: 'REGACK', topicId: 1, msgId: 1, returnCode: 0 }),
        says({
          type: 'SUBSCRIBE',
          dup: false,
          qos: 2,
          msgId: 2,
          topicIdType: 0,
          topicName: 'down/b',
        }),
        hears({ type: 'SUBACK', qos: 2, topicId: 2, msgId: 2, returnCode: 0 }),
        hears(publish(7, 'down/a 1', { topicId: 1 })),
        hears(publish(8, 'down/b 1', { topicId: 2 })),
      ),
    );
    expect(deliveries.map(({ topic }) => topic)).toEqual(['down/a', 'down/b']);
  });

  it('comes once for each QoS 2 exchange, however often PUBLISH is repeated', () => {
    const { deliveries, faults } = accountOf(
      trace(
        hears(publish(7, 'down/a 1', { qos: 2 })),
        hears(publish(7, 'down/a 1', { qos: 2, dup: true })),
        hears({ type: 'PUBREL', msgId: 7 }),
        hears(publish(7, 'down/a 2', { qos: 2 })),
      ),
    );
    expect(deliveries.map(({ payload }) => payload)).toEqual(['down/a 1', 'down/a 2']);
    expect(faults).toEqual([]);
  });

  it('is swallowed when its message id is still in use, which is the fault of the gateway', () => {
    const { deliveries, faults } = accountOf(
      trace(hears(publish(7, 'down/a 1', { qos: 2 })), hears(publish(7, 'down/a 2', { qos: 2 }))),
    );
    expect(deliveries).toHaveLength(1);
    expect(faults).toHaveLength(1);
  });

  it('does not count while its radio is off', () => {
    const { deliveries } = accountOf(
      trace('off', hears(publish(7, 'down/a 1')), 'on', hears(publish(7, 'down/a 1'))),
    );
    expect(deliveries).toMatchObject([{ at: 4 }]);
  });
});

describe('a topic id', () => {
  it('may not change its meaning', () => {
    const { faults } = accountOf(
      trace(
        hears(register(1, 'down/a')),
        hears(register(1, 'down/a')),
        hears(register(1, 'down/b')),
      ),
    );
    expect(faults).toHaveLength(1);
  });

  it('means nothing any more after a CONNECT with CleanSession=1', () => {
    const { faults } = accountOf(
      trace(hears(register(1, 'down/a')), says(connect(true)), hears(register(1, 'down/b'))),
    );
    expect(faults).toEqual([]);
  });
});
