/** What is remembered of devices: for how long, and how much. */
import { describe, expect, it } from 'vitest';
import { encode } from '../../../src/codec/index.js';
import { deviceSettings } from '../../support/core/config.js';
import { connect, connected, message, publish, subscribe } from '../../support/core/messages.js';
import { WatchedGateway } from '../../support/http/watched-gateway.js';

const strangers = (gateway: WatchedGateway): string[] =>
  [...gateway.watch.devices.strangers()].map(([client]) => client);

const denying = (): WatchedGateway =>
  new WatchedGateway({
    access: { unknownDevices: 'deny' },
    devices: [{ match: 'dev*', settings: deviceSettings }],
    limits: { devices: 20_000, datagramsPerSecondPerDevice: 100_000 },
  });

describe('a device that is gone with its session', () => {
  it('is remembered with the reason, until it comes again', () => {
    const { driver, watch, ...gateway } = new WatchedGateway();
    connected(driver, 'A', 'dev1', { cleanSession: true, duration: 60 });
    driver.advance(90_000);
    expect([...watch.devices.strangers()]).toMatchObject([
      ['dev1', { state: 'LOST', change: { why: 'keep alive over' } }],
    ]);
    connected(driver, 'A', 'dev1', { cleanSession: true });
    expect([...watch.devices.strangers()]).toEqual([]);
    expect(gateway.bugs).toEqual([]);
  });

  it('one too many: the one that was gone first is forgotten', () => {
    const gateway = new WatchedGateway();
    for (let i = 0; i <= 1000; i++) {
      connected(gateway.driver, `A${i}`, `dev${i}`, { cleanSession: true });
      gateway.driver.send(`A${i}`, { type: 'DISCONNECT' });
    }
    expect(strangers(gateway)).toHaveLength(1000);
    expect(gateway.watch.devices.get('dev0')).toBeUndefined();
    expect(gateway.watch.devices.get('dev1000')?.state).toBe('DISCONNECTED');
  });
});

describe('a device that was not let in', () => {
  it('is remembered with the reason, once, and no more when it is let in', () => {
    const gateway = denying();
    for (let i = 0; i < 3; i++) gateway.driver.send('A', connect('stranger'));
    expect(strangers(gateway)).toEqual(['stranger']);
    gateway.driver.admin({ command: 'approve', client: 'stranger' });
    connected(gateway.driver, 'A', 'stranger', { cleanSession: false });
    expect(strangers(gateway)).toEqual([]);
  });

  it('among a flood of invented names: it stays, and the flood is bounded', () => {
    const gateway = denying();
    gateway.driver.send('A', connect('stranger'));
    for (let i = 0; i < 5000; i++) gateway.driver.send(`B${i}`, connect(`x${i}`));
    expect(strangers(gateway)).toHaveLength(10);
    expect(strangers(gateway)).toContain('stranger');
    gateway.driver.advance(10_000);
    gateway.driver.send('C', connect('late'));
    expect(strangers(gateway)).toContain('late');
  });

  it('over a long time of many names: the oldest go', () => {
    const gateway = denying();
    for (let i = 0; i < 300; i++) {
      gateway.driver.advance(10_000);
      gateway.driver.send('B', connect(`x${i}`));
    }
    expect(strangers(gateway)).toHaveLength(256);
    expect(gateway.watch.devices.get('x0')).toBeUndefined();
  });

  it('refused though it has a session, as its rule is gone: it is shown as what it is, with a warning', () => {
    const gateway = new WatchedGateway();
    connected(gateway.driver, 'A', 'dev1', { cleanSession: false });
    gateway.driver.send('A', connect('dev1', { protocolId: 9 }));
    expect(strangers(gateway)).toEqual([]);
    expect(gateway.watch.devices.get('dev1')?.warning?.code).toBe('REFUSED_CONNECT');
  });

  it('let in since: the refusal is no warning any more', () => {
    const gateway = new WatchedGateway();
    gateway.driver.send('A', connect('dev1', { protocolId: 9 }));
    expect(gateway.watch.devices.get('dev1')?.warning?.code).toBe('REFUSED_CONNECT');
    connected(gateway.driver, 'A', 'dev1', { cleanSession: false });
    expect(gateway.watch.devices.get('dev1')?.warning).toBeUndefined();
  });
});

describe('what is remembered of one device', () => {
  it('is the latest: ten messages, sixty signals, twenty notices', () => {
    const gateway = new WatchedGateway();
    const { driver } = gateway;
    connected(driver, 'A', 'dev1', { cleanSession: false });
    for (let i = 0; i < 100; i++) {
      driver.step({
        kind: 'datagram',
        link: 'lan',
        address: 'A',
        data: Uint8Array.of(2, 0x16),
        signal: { rssiDbm: -i },
      });
      message(driver, 'dev1', { text: `${i}`, qos: 0 });
      driver.send('A', { type: 'CONNACK', returnCode: 0 });
    }
    const memory = gateway.watch.devices.get('dev1');
    const signals = [...(memory?.signals ?? [])].map(({ signal }) => signal.rssiDbm);
    expect([signals.length, signals[0], signals.at(-1)]).toEqual([60, -40, -99]);
    expect(
      [...(memory?.messages ?? [])].map(({ payload }) => Buffer.from(payload).toString()),
    ).toEqual(['90', '91', '92', '93', '94', '95', '96', '97', '98', '99']);
    expect([...(memory?.notices ?? [])]).toHaveLength(20);
  });

  it('is a copy of what may be used again, and no more than its beginning', () => {
    const gateway = new WatchedGateway();
    connected(gateway.driver, 'A', 'dev1', { cleanSession: false });
    const frame = encode(publish(0, { data: new Uint8Array(1000).fill(0x61) }));
    // As sockets give them: a slice of a Buffer is no copy.
    const data = Buffer.from(frame);
    gateway.driver.step({ kind: 'datagram', link: 'lan', address: 'A', data });
    data.fill(0x62);
    const [sent] = [...(gateway.watch.devices.get('dev1')?.messages ?? [])];
    expect(sent).toMatchObject({ bytes: 1000, payload: new Uint8Array(64).fill(0x61) });
    expect(sent?.payload.buffer.byteLength).toBe(64);
  });

  it('goes with the device that is forgotten', () => {
    const gateway = new WatchedGateway();
    connected(gateway.driver, 'A', 'dev1', { cleanSession: false });
    gateway.driver.send('A', { type: 'DISCONNECT' });
    gateway.driver.advance(86_400_000);
    expect(gateway.watch.devices.get('dev1')).toBeUndefined();
  });

  it('is nothing of another one that was forgotten, and in whose place it is', () => {
    const gateway = new WatchedGateway();
    const { driver, watch } = gateway;
    connected(driver, 'A', 'dev1', { cleanSession: false });
    for (let i = 0; i < 12; i++) message(driver, 'dev1', { text: `${i}`, qos: 0 });
    driver.send('A', { type: 'DISCONNECT' });
    driver.advance(86_400_000);
    message(driver, 'dev2');
    connected(driver, 'B', 'dev2', { cleanSession: false });
    expect(watch.devices.get('dev2')?.messages).toEqual([]);
    message(driver, 'dev2', { text: 'x', qos: 0 });
    expect(watch.devices.get('dev2')?.messages).toMatchObject([{ direction: 'down', bytes: 1 }]);
  });

  it('is nothing of names that only messages have', () => {
    const gateway = new WatchedGateway();
    message(gateway.driver, 'nobody');
    expect(gateway.watch.devices.get('nobody')).toBeUndefined();
    expect(gateway.watch.log.entries({ level: 'debug', after: 0, limit: 10 })).toContainEqual(
      expect.objectContaining({ client: 'nobody', code: 'DROP_SESSION_ENDED' }),
    );
  });

  it('has the latest of each trouble, whatever came since', () => {
    const gateway = new WatchedGateway();
    const { driver, watch } = gateway;
    connected(driver, 'A', 'dev1', { cleanSession: false });
    driver.send('A', subscribe('a/#/b'));
    driver.send('A', { type: 'DISCONNECT', duration: 60 });
    for (let i = 0; i < 50; i++) {
      driver.advance(50_000);
      driver.send('A', { type: 'PINGREQ', clientId: 'dev1' });
    }
    const notices = watch.devices.get('dev1')?.notices ?? [];
    expect(notices).toHaveLength(21);
    expect(notices[0]?.code).toBe('REFUSED_SUBSCRIBE');
    expect(notices.map(({ number }) => number)).toEqual(
      notices.map(({ number }) => number).toSorted((a, b) => a - b),
    );
  });
});

describe('of more than two thousand devices', () => {
  const crowd = (): WatchedGateway => {
    const gateway = denying();
    for (let i = 0; i < 2000; i++) {
      connected(gateway.driver, `A${i}`, `dev${i}`, { cleanSession: false });
    }
    return gateway;
  };

  it('each has its state, with the reason, and its troubles', () => {
    const { driver, watch } = crowd();
    connected(driver, 'B', 'dev2000', { cleanSession: true, duration: 60 });
    driver.send('B', subscribe('a/#/b'));
    const memory = watch.devices.get('dev2000');
    expect(memory).toMatchObject({ state: 'ACTIVE', change: { why: 'connected' } });
    expect(memory?.notices.map(({ code }) => code)).toEqual(['REFUSED_SUBSCRIBE']);
    const heardAtMs = memory?.heardAtMs;
    driver.advance(90_000);
    expect([...watch.devices.strangers()]).toMatchObject([
      ['dev2000', { state: 'LOST', heardAtMs, change: { why: 'keep alive over' } }],
    ]);
    driver.send('C', connect('stranger'));
    expect(watch.devices.get('stranger')?.state).toBe('REFUSED');
  });

  it('messages, signals and lines are of two thousand, and who was silent for an hour makes room', () => {
    const { driver, watch } = crowd();
    const messagesOf = (client: string) => watch.devices.get(client)?.messages.length;
    connected(driver, 'B', 'dev2000', { cleanSession: false, duration: 0 });
    message(driver, 'dev2000', { qos: 0 });
    expect(messagesOf('dev2000')).toBe(0);
    driver.advance(3_599_000);
    for (let i = 1; i < 2000; i++) driver.send(`A${i}`, { type: 'PINGREQ' });
    driver.advance(1000);
    const heardAtMs = watch.devices.get('dev0')?.heardAtMs;
    for (let i = 0; i < 250; i++) message(driver, 'dev2000', { qos: 0 });
    expect(messagesOf('dev2000')).toBeGreaterThan(0);
    expect(watch.devices.get('dev0')).toMatchObject({ heardAtMs, history: undefined });
    driver.send('A0', { type: 'PINGREQ' });
    expect(watch.devices.get('dev0')?.heardAtMs).toBeGreaterThanOrEqual(heardAtMs as number);
    expect(watch.devices.get('dev1')?.history).toBeDefined();
  });
});
