import { describe, expect, it } from 'vitest';
import { Deliveries, type Way } from '../../support/soak/deliveries.js';
import { FaultLog } from '../../support/soak/faults.js';

const MINUTE_MS = 60_000;

/** One way from a device to the broker, with its messages as serial numbers. */
function way(qos: 0 | 1 | 2) {
  const faults = new FaultLog();
  const deliveries = new Deliveries(faults);
  const plan: Way = { receiver: 'broker', topic: `up/a/${qos}`, qos, link: 'lan' };
  const say = (serial: number, at = 0, isAcknowledged = true): void => {
    const message = deliveries.expect(plan, serial, at);
    if (isAcknowledged) message.ackedAt = at;
  };
  const come = (serial: number, at = 0, dup = false): void =>
    deliveries.arrives({
      receiver: 'broker',
      topic: plan.topic,
      payload: `${plan.topic} ${serial}`,
      dup,
      at,
    });
  const verdict = (): string[] => {
    deliveries.close();
    return deliveries.breaches;
  };
  return { faults, deliveries, say, come, verdict };
}

describe('a message', () => {
  it('that came once is nobody’s concern, at any QoS', () => {
    for (const qos of [0, 1, 2] as const) {
      const { say, come, verdict, deliveries } = way(qos);
      say(1);
      come(1);
      expect(verdict()).toEqual([]);
      expect(deliveries.arrivedCount).toBe(1);
    }
  });

  it('that was acknowledged and did not come was lost', () => {
    const { say, come, verdict, deliveries } = way(1);
    say(1);
    say(2);
    come(2);
    expect(deliveries.owed).toBe(1);
    expect(verdict()).toEqual(['broker: "up/a/1 1" at QoS 1 was lost']);
  });

  it('that nobody has acknowledged may be lost', () => {
    const { say, verdict } = way(2);
    say(1, 0, false);
    expect(verdict()).toEqual([]);
  });

  it('may be lost at QoS 0, and is counted', () => {
    const { say, come, verdict, deliveries, faults } = way(0);
    faults.begin('broker', 0)(1000);
    say(1, 500);
    say(2, MINUTE_MS);
    say(3, MINUTE_MS);
    come(3, MINUTE_MS);
    expect(verdict()).toEqual([]);
    expect(deliveries.lostQos0).toEqual({ all: 2, unexplained: 1 });
  });

  it('may not come twice at QoS 0 and 2, whatever has happened', () => {
    for (const qos of [0, 2] as const) {
      const { say, come, verdict, faults } = way(qos);
      faults.begin('gateway', 0);
      say(1);
      come(1);
      come(1, 5, true);
      expect(verdict()).toEqual([`broker: "up/a/${qos} 1" at QoS ${qos} came 2 times`]);
    }
  });

  it('may come once more at QoS 1 after the gateway was killed on its way', () => {
    const { say, come, verdict, deliveries, faults } = way(1);
    faults.begin('gateway', 10)(20);
    say(1, 5);
    come(1, 25);
    come(1, 30);
    expect(deliveries.breaches).toEqual([]);
    come(1, 35);
    expect(verdict()).toEqual(['broker: "up/a/1 1" at QoS 1 came 3 times']);
    expect(deliveries.repeatedCount).toBe(1);
  });

  it('may come twice more at QoS 1 after the broker ended: it repeats, and so does its sender', () => {
    const { say, come, deliveries, faults } = way(1);
    faults.begin('broker', 10)(20);
    say(1, 5);
    for (const at of [8, 25, 26]) come(1, at);
    expect(deliveries.breaches).toEqual([]);
    come(1, 27);
    expect(deliveries.breaches).toHaveLength(1);
  });

  it('is not excused by what happened to another link', () => {
    const { say, come, verdict, faults } = way(1);
    faults.begin('dongle', 0, 'field');
    say(1);
    come(1);
    come(1);
    expect(verdict()).toHaveLength(1);
  });

  it('may come again at QoS 1 when it says so', () => {
    const { say, come, verdict } = way(1);
    say(1);
    come(1);
    come(1, 1, true);
    expect(verdict()).toEqual([]);
  });

  it('that is marked uses up no excuse: the journal repeats it with DUP, the broker without', () => {
    const { say, come, deliveries, faults } = way(1);
    faults.begin('gateway', 10)(20);
    say(1, 5);
    come(1, 8);
    come(1, 25, true);
    come(1, 26);
    expect(deliveries.breaches).toEqual([]);
    come(1, 27);
    expect(deliveries.breaches).toHaveLength(1);
  });

  it('may not come after a later one', () => {
    const { say, come, verdict } = way(1);
    say(1);
    say(2);
    come(2);
    come(1);
    expect(verdict()).toEqual(['broker: "up/a/1 1" came after 2']);
  });

  it('that nobody has sent is a stranger', () => {
    const { say, come, verdict } = way(1);
    say(1);
    come(1);
    come(2);
    expect(verdict()).toEqual(['broker got "up/a/1 2" under up/a/1, which nobody has sent there']);
  });

  it('that comes under another topic is a stranger there', () => {
    const { say, come, verdict, deliveries } = way(1);
    say(1);
    come(1);
    const stray = { topic: 'up/a/1', payload: 'up/b/1 1' };
    deliveries.arrives({ receiver: 'broker', dup: false, at: 0, ...stray });
    expect(verdict()).toHaveLength(1);
  });

  it('that comes again long afterwards is found out, though it is forgotten', () => {
    const { say, come, verdict, faults } = way(1);
    faults.begin('gateway', 0);
    for (let serial = 1; serial <= 100; serial++) {
      say(serial);
      come(serial);
    }
    come(1);
    expect(verdict()).toEqual(['broker got "up/a/1 1" again, or long after 100']);
  });
});

it('of many breaches the first are told, and all are counted', () => {
  const { say, come, deliveries } = way(2);
  say(1);
  come(1);
  for (let copies = 0; copies < 1000; copies++) come(1);
  expect(deliveries.breachCount).toBe(1000);
  expect(deliveries.breaches).toHaveLength(200);
});
