import { describe, expect, it } from 'vitest';
import { Actuator } from '../../../../firmware-sim/devices/actuator.js';
import { Beacon } from '../../../../firmware-sim/devices/beacon.js';
import { CarelessDevice } from '../../../../firmware-sim/devices/careless.js';
import type { Device, DeviceSetup } from '../../../../firmware-sim/devices/firmware.js';
import { cutPower } from '../../../../firmware-sim/devices/power-cuts.js';
import { Random } from '../../../../firmware-sim/random.js';
import type { SnMessage } from '../../../../firmware-sim/sn/messages.js';
import { VirtualTimeline } from '../../../../firmware-sim/virtual-timeline.js';
import { PlainGateway } from './plain-gateway.js';

const MINUTE_MS = 60_000;

function start<T extends Device>(make: (setup: DeviceSetup) => T) {
  const time = new VirtualTimeline();
  const gateway = new PlainGateway(time);
  const random = new Random(1);
  const device = make({ id: 'device', timeline: time, port: gateway, random });
  device.start();
  return { time, gateway, device, random };
}

const relay = (setup: DeviceSetup): Actuator =>
  new Actuator(setup, {
    keepAliveSec: 60,
    commands: { kind: 'normal', name: 'relay/set' },
    commandQos: 1,
    state: { kind: 'normal', name: 'relay' },
    stateQos: 1,
  });

const command = (text: string, messageId: number): SnMessage => ({
  type: 'PUBLISH',
  dup: false,
  qos: 1,
  retain: false,
  topicKind: 'normal',
  topicId: 1,
  messageId,
  payload: new TextEncoder().encode(text),
});

describe('an actuator', () => {
  it('does what it is told, in order, and says so', () => {
    const { time, gateway, device } = start(relay);
    time.run(5000);
    gateway.tell(command('on', 1));
    gateway.tell(command('off', 2));
    time.run(10_000);
    expect(gateway.published).toEqual(['done on', 'done off']);
    expect(gateway.heard.filter(({ message }) => message.type === 'PUBACK')).toHaveLength(2);
    expect(device.state).toBe('active');
  });

  it('does not take what it has said itself for a command', () => {
    const { time, gateway } = start(relay);
    time.run(5000);
    gateway.tell(command('on', 1));
    time.run(10_000);
    gateway.tell({ ...command('done on', 2), topicId: gateway.idOf('relay') } as SnMessage);
    gateway.tell(command('off', 3));
    time.run(20_000);
    expect(gateway.published).toEqual(['done on', 'done off']);
    expect(gateway.heard.filter(({ message }) => message.type === 'PUBACK')).toHaveLength(3);
  });

  it('keeps itself alive', () => {
    const { time, gateway, device } = start(relay);
    time.run(10 * MINUTE_MS);
    const pings = gateway.heard.filter(({ message }) => message.type === 'PINGREQ');
    expect(pings.length).toBeGreaterThanOrEqual(11);
    expect(device.ledger.connects).toBe(1);
  });

  it('keeps itself alive while it only hears and says nothing', () => {
    const { time, gateway } = start(relay);
    time.run(MINUTE_MS);
    const before = gateway.heard.length;
    for (let second = 60; second < 300; second += 20) {
      time.run(second * 1000);
      gateway.tell({ type: 'ADVERTISE', gatewayId: 1, durationSec: 20 });
    }
    const pings = gateway.types().slice(before);
    expect(pings).toEqual(Array.from({ length: 4 }, () => 'PINGREQ'));
  });

  it('comes back when the gateway was away, and when it is thrown out', () => {
    const { time, gateway, device } = start(relay);
    time.run(MINUTE_MS);
    gateway.mood = () => [];
    time.run(10 * MINUTE_MS);
    expect(device.state).toBe('disconnected');
    gateway.mood = () => undefined;
    time.run(12 * MINUTE_MS);
    expect(device.ledger.connects).toBe(2);
    gateway.tell({ type: 'DISCONNECT' });
    time.run(13 * MINUTE_MS);
    expect(device.ledger).toMatchObject({ connects: 3, thrownOut: 1 });
    expect(device.state).toBe('active');
  });

  it('reboots whatever it is doing, again and again', () => {
    const { time, random, device } = start(relay);
    const end = cutPower(device, time, random, { everySec: 30 });
    time.run(10 * MINUTE_MS);
    expect(device.ledger.reboots).toBeGreaterThan(10);
    expect(device.ledger.connects).toBeGreaterThan(10);
    end();
    const { reboots } = device.ledger;
    time.run(20 * MINUTE_MS);
    expect(device.ledger.reboots).toBe(reboots);
  });
});

describe('a beacon', () => {
  it('publishes with QoS -1 and hears nothing', () => {
    const { time, gateway } = start(
      (setup) => new Beacon(setup, { topic: { kind: 'short', name: 'bc' }, intervalSec: 10 }),
    );
    time.run(MINUTE_MS);
    expect(gateway.heard.length).toBeGreaterThanOrEqual(5);
    expect(gateway.heard[0]?.message).toMatchObject({
      type: 'PUBLISH',
      qos: -1,
      topicKind: 'short',
      topicId: 0x6263,
      messageId: 0,
    });
    expect(gateway.isListening).toBe(false);
  });
});

describe('badly written firmware', () => {
  const careless = (setup: DeviceSetup): CarelessDevice =>
    new CarelessDevice(setup, { topic: 'careless', intervalSec: 5, garbage: 0.2 });

  it('ignores what it is asked, uses one message id, and sends garbage', () => {
    const { time, gateway, device } = start(careless);
    time.run(MINUTE_MS);
    gateway.tell({ type: 'REGISTER', topicId: 7, messageId: 3, name: 'careless/data' });
    gateway.tell(command('x', 4));
    gateway.tell({ type: 'PINGREQ', clientId: '' });
    time.run(5 * MINUTE_MS);
    const types = new Set(gateway.types());
    expect(types).toEqual(new Set(['CONNECT', 'SUBSCRIBE', 'REGISTER', 'PUBLISH']));
    const ids = gateway.heard.map(({ message }) => 'messageId' in message && message.messageId);
    expect(new Set(ids)).toEqual(new Set([false, 1]));
    expect(gateway.garbage.length).toBeGreaterThan(3);
    expect(device.ledger.receivedCount).toBe(1);
  });

  it('connects again when it is thrown out', () => {
    const { time, gateway, device } = start(careless);
    time.run(MINUTE_MS);
    gateway.tell({ type: 'DISCONNECT' });
    time.run(2 * MINUTE_MS);
    expect(device.ledger).toMatchObject({ connects: 2, thrownOut: 1 });
  });
});
