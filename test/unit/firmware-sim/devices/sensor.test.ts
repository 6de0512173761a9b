import { describe, expect, it } from 'vitest';
import { SleepingSensor, type SensorOptions } from '../../../../firmware-sim/devices/sensor.js';
import { Random } from '../../../../firmware-sim/random.js';
import type { SnMessage } from '../../../../firmware-sim/sn/messages.js';
import { VirtualTimeline } from '../../../../firmware-sim/virtual-timeline.js';
import { PlainGateway } from './plain-gateway.js';

const MINUTE_MS = 60_000;

function sensor(options: Partial<SensorOptions> = {}) {
  const time = new VirtualTimeline();
  const gateway = new PlainGateway(time);
  const device = new SleepingSensor(
    { id: 'sensor-1', timeline: time, port: gateway, random: new Random(1) },
    {
      sleepSec: 60,
      topic: { kind: 'normal', name: 'field/1' },
      qos: 1,
      startWithinSec: 0,
      ...options,
    },
  );
  device.start();
  return { time, gateway, device };
}

const publish = (fields: object): SnMessage => ({
  type: 'PUBLISH',
  dup: false,
  qos: 1,
  retain: false,
  topicKind: 'normal',
  topicId: 1,
  messageId: 77,
  payload: Uint8Array.of(0x41),
  ...fields,
});

describe('a sensor that sleeps', () => {
  it('connects, registers, publishes and goes to sleep with its radio off', () => {
    const { time, gateway, device } = sensor();
    time.run(1000);
    expect(gateway.heard.map(({ message }) => message)).toMatchObject([
      { type: 'CONNECT', cleanSession: false, durationSec: 66, clientId: 'sensor-1' },
      { type: 'REGISTER', name: 'field/1' },
      { type: 'PUBLISH', qos: 1, dup: false, topicId: 1, messageId: 1 },
      { type: 'DISCONNECT', durationSec: 66 },
    ]);
    expect(device.state).toBe('asleep');
    expect(gateway.isListening).toBe(false);
    expect(device.ledger.sent).toMatchObject([{ topic: 'field/1', qos: 1, transmissions: 1 }]);
    expect(device.ledger.acknowledgedCount).toBe(1);
  });

  it('goes on with message id 1 behind the last one, and begins where it did when its power was cut', () => {
    const { time, gateway, device } = sensor({ firstMessageId: 0xffff });
    const published = (): unknown[] =>
      gateway.heard.flatMap(({ message }) =>
        message.type === 'PUBLISH' ? [message.messageId] : [],
      );
    time.run(1.5 * MINUTE_MS);
    // Between the two it registers, under 1.
    expect(published()).toEqual([0xffff, 2]);
    device.reboot(1000);
    time.run(1.9 * MINUTE_MS);
    expect(published().at(2)).toBe(0xffff);
  });

  it('changes its will, message and topic in turn, and says the changed one when it connects again', () => {
    const will = { topic: 'wills/1', payload: 'lost', qos: 1, retain: false } as const;
    const { time, gateway } = sensor({ will, changesWillEvery: 1 });
    time.run(2.5 * MINUTE_MS);
    const said = gateway.heard.map(({ message }) => message);
    const topics = said.flatMap((one) =>
      one.type === 'WILLTOPIC' || one.type === 'WILLTOPICUPD' ? [one.type, one.will?.topic] : [],
    );
    const texts = said.flatMap((one) =>
      one.type === 'WILLMSG' || one.type === 'WILLMSGUPD'
        ? [new TextDecoder().decode(one.payload)]
        : [],
    );
    expect(topics).toEqual([
      'WILLTOPIC',
      'wills/1',
      'WILLTOPIC',
      'wills/1',
      'WILLTOPICUPD',
      'wills/1/2',
      'WILLTOPIC',
      'wills/1/2',
    ]);
    expect(texts).toEqual(['lost', 'lost 1', 'lost 1', 'lost 1', 'lost 3']);
  });

  it('a change of its will that is refused is none', () => {
    const will = { topic: 'wills/1', payload: 'lost', qos: 1, retain: false } as const;
    const { time, gateway } = sensor({ will, changesWillEvery: 2 });
    gateway.mood = ({ type }) =>
      type === 'WILLMSGUPD' ? [{ type: 'WILLMSGRESP', code: 3 }] : undefined;
    time.run(2.5 * MINUTE_MS);
    const texts = gateway.heard.flatMap(({ message }) =>
      message.type === 'WILLMSG' ? [new TextDecoder().decode(message.payload)] : [],
    );
    expect(texts).toEqual(['lost', 'lost', 'lost']);
  });

  it('gives its subscriptions up until its next report', () => {
    const subscriptions = [{ topic: { kind: 'normal', name: 'a/set' }, qos: 1 }] as const;
    const { time, gateway } = sensor({ subscriptions, unsubscribesEvery: 2 });
    time.run(3.5 * MINUTE_MS);
    const asked = gateway.types().filter((type) => type.endsWith('SUBSCRIBE'));
    expect(asked).toEqual(['SUBSCRIBE', 'UNSUBSCRIBE', 'SUBSCRIBE', 'UNSUBSCRIBE']);
  });

  it('keeps its topic id over its sleep', () => {
    const { time, gateway, device } = sensor();
    time.run(3.5 * MINUTE_MS);
    expect(device.ledger.acknowledgedCount).toBe(4);
    expect(gateway.types().filter((type) => type === 'REGISTER')).toHaveLength(1);
    expect(gateway.published.map((text) => text.split(' ')[0])).toEqual(['1', '2', '3', '4']);
  });

  it('asks for its messages at wake-ups without a measurement, and takes them at each QoS', () => {
    const { time, gateway, device } = sensor({
      measureEvery: 10,
      subscriptions: [{ topic: { kind: 'normal', name: 'field/1/set' }, qos: 2 }],
    });
    time.run(10_000);
    gateway.keep(
      publish({ qos: 0, messageId: 0 }),
      { type: 'REGISTER', topicId: 9, messageId: 5, name: 'field/all' },
      publish({ qos: 1, topicId: 9 }),
      publish({ qos: 2, messageId: 78 }),
      publish({ qos: 2, messageId: 78, dup: true }),
      { type: 'PUBREL', messageId: 78 },
      publish({ qos: 1, topicId: 99, messageId: 79 }),
    );
    const before = gateway.heard.length;
    time.run(1.5 * MINUTE_MS);
    expect(gateway.heard.slice(before).map(({ message }) => message)).toMatchObject([
      { type: 'PINGREQ', clientId: 'sensor-1' },
      { type: 'REGACK', topicId: 9, messageId: 5, code: 0 },
      { type: 'PUBACK', topicId: 9, messageId: 77, code: 0 },
      { type: 'PUBREC', messageId: 78 },
      { type: 'PUBREC', messageId: 78 },
      { type: 'PUBCOMP', messageId: 78 },
      { type: 'PUBACK', topicId: 99, messageId: 79, code: 2 },
    ]);
    expect(device.ledger.received).toMatchObject([
      { topic: 'field/1/set', qos: 0 },
      { topic: 'field/all', qos: 1 },
      { topic: 'field/1/set', qos: 2 },
    ]);
  });

  it('repeats with DUP what is not answered, each time after T_retry', () => {
    const { time, gateway, device } = sensor({ retry: { intervalMs: 5000, count: 3, jitter: 0 } });
    let publishes = 0;
    gateway.mood = ({ type }) => (type === 'PUBLISH' && ++publishes < 3 ? [] : undefined);
    time.run(30_000);
    const copies = gateway.heard.filter(({ message }) => message.type === 'PUBLISH');
    expect(copies.map(({ at }) => at - (copies[0]?.at ?? 0))).toEqual([0, 5000, 10_000]);
    expect(copies.map(({ message }) => message)).toMatchObject([
      { dup: false, messageId: 1 },
      { dup: true, messageId: 1 },
      { dup: true, messageId: 1 },
    ]);
    expect(device.ledger).toMatchObject({ acknowledgedCount: 1, repeats: 2, unanswered: 0 });
  });

  it('gives up after N_retry, and sends the same message again in its next session', () => {
    const { time, gateway, device } = sensor({ retry: { intervalMs: 5000, count: 2, jitter: 0 } });
    gateway.mood = ({ type }) => (type === 'PUBLISH' ? [] : undefined);
    time.run(30_000);
    expect(device.ledger).toMatchObject({ unanswered: 1, acknowledgedCount: 0 });
    gateway.mood = () => undefined;
    time.run(2 * MINUTE_MS);
    expect(gateway.published.slice(0, 2).map((text) => text.split(' ')[0])).toEqual(['1', '2']);
    const again = gateway.heard.findLast(
      ({ message }) => message.type === 'PUBLISH' && message.messageId === 1,
    );
    expect(again?.message).toMatchObject({ dup: true });
    expect(device.ledger.sentCount).toBe(2);
  });

  it('ends an exchange of QoS 2 where it was interrupted', () => {
    const { time, gateway, device } = sensor({
      qos: 2,
      retry: { intervalMs: 1000, count: 1, jitter: 0 },
    });
    gateway.mood = ({ type }) => (type === 'PUBREL' ? [] : undefined);
    time.run(30_000);
    expect(device.ledger.acknowledgedCount).toBe(0);
    gateway.mood = () => undefined;
    time.run(1.5 * MINUTE_MS);
    expect(gateway.published.map((text) => text.split(' ')[0])).toEqual(['1', '2']);
    expect(device.ledger.acknowledgedCount).toBe(2);
  });

  it('registers again when the gateway does not know its topic id', () => {
    const { time, gateway, device } = sensor();
    let refusals = 0;
    gateway.mood = (message) => {
      if (message.type !== 'PUBLISH' || ++refusals > 1) return undefined;
      const { topicId, messageId } = message;
      return [{ type: 'PUBACK', topicId, messageId, code: 2 }];
    };
    time.run(10_000);
    expect(gateway.types()).toEqual([
      'CONNECT',
      'REGISTER',
      'PUBLISH',
      'REGISTER',
      'PUBLISH',
      'DISCONNECT',
    ]);
    expect(device.ledger).toMatchObject({ acknowledgedCount: 1, refusedCount: 0 });
  });

  it('begins anew when the gateway does not know it any more', () => {
    const { time, gateway, device } = sensor({
      measureEvery: 10,
      subscriptions: [{ topic: { kind: 'normal', name: 'field/+' }, qos: 1 }],
    });
    time.run(10_000);
    gateway.mood = ({ type }) => (type === 'PINGREQ' ? [{ type: 'DISCONNECT' }] : undefined);
    time.run(1.5 * MINUTE_MS);
    expect(device.state).toBe('disconnected');
    gateway.mood = () => undefined;
    const before = gateway.heard.length;
    time.run(3 * MINUTE_MS);
    expect(gateway.types().slice(before, before + 2)).toEqual(['CONNECT', 'SUBSCRIBE']);
    expect(device.ledger).toMatchObject({ thrownOut: 1, connects: 2 });
  });

  it('stays silent for a while after "congestion"', () => {
    const { time, gateway, device } = sensor({ congestionSec: 300 });
    gateway.mood = ({ type }) => (type === 'CONNECT' ? [{ type: 'CONNACK', code: 1 }] : undefined);
    time.run(4.5 * MINUTE_MS);
    expect(gateway.types()).toEqual(['CONNECT']);
    gateway.mood = () => undefined;
    time.run(7 * MINUTE_MS);
    expect(device.ledger).toMatchObject({ refusedConnects: 1, connects: 2 });
  });

  it('is not connected any more when its next CONNECT is refused: it does not ask for messages', () => {
    const { time, gateway, device } = sensor({ congestionSec: 30 });
    time.run(10_000);
    gateway.mood = ({ type }) => (type === 'CONNECT' ? [{ type: 'CONNACK', code: 1 }] : undefined);
    time.run(1.5 * MINUTE_MS);
    expect(device.ledger).toMatchObject({ refusedConnects: 1, connects: 1 });
    expect(device.state).toBe('disconnected');
  });

  it('tells its will when it is asked', () => {
    const { time, gateway, device } = sensor({
      will: { topic: 'field/1/gone', payload: 'gone', qos: 1, retain: true },
    });
    time.run(1000);
    expect(gateway.heard.map(({ message }) => message).slice(0, 3)).toMatchObject([
      { type: 'CONNECT', will: true },
      { type: 'WILLTOPIC', will: { topic: 'field/1/gone', qos: 1, retain: true } },
      { type: 'WILLMSG', payload: new TextEncoder().encode('gone') },
    ]);
    expect(device.ledger.connects).toBe(1);
  });

  it('hears nothing once its plug is pulled, and begins from its flash after a reboot', () => {
    const { time, gateway, device } = sensor();
    time.run(30);
    device.reboot(5000);
    expect(device.state).toBe('off');
    time.run(4000);
    expect(gateway.types()).toEqual(['CONNECT', 'REGISTER']);
    time.run(10_000);
    // The measurement that it had not sent is gone; its number is not used again.
    expect(gateway.published.map((text) => text.split(' ')[0])).toEqual(['2']);
    expect(device.ledger.reboots).toBe(1);
    device.stop();
    const before = gateway.heard.length;
    time.run(10 * MINUTE_MS);
    expect(gateway.heard).toHaveLength(before);
  });

  it('keeps a bounded number of measurements for a gateway that is away', () => {
    const { time, gateway, device } = sensor({ retry: { intervalMs: 100, count: 0 } });
    gateway.mood = () => [];
    time.run(30 * MINUTE_MS);
    expect(device.ledger.droppedCount).toBeGreaterThan(5);
    gateway.mood = () => undefined;
    time.run(32 * MINUTE_MS);
    expect(gateway.published.length).toBeGreaterThanOrEqual(20);
  });
});
