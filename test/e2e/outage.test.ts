/** The broker goes and comes back: what devices notice of it. */
import { afterEach, describe, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import { Daemon } from '../support/daemon.js';
import { Device } from '../support/device.js';
import { Mosquitto } from '../support/mosquitto.js';
import { gatewayConfig, SETUPS, Site, setupName } from '../support/site.js';
import { connack, type Script, ScriptedBroker } from '../support/scripted-broker.js';
import { PATIENCE_MS, until } from '../support/wait.js';

const CONGESTION = 1;
const NOT_SUPPORTED = 3;

const cleanup = new Cleanup();
afterEach(cleanup.run);

const withMosquitto = SETUPS.filter(({ embedded }) => !embedded);

/** Publishes until the gateway has its connection again. */
const publishes = (device: Device, topicId: number, payload: string): Promise<unknown> =>
  until(
    async () => (await device.publish(topicId, payload, 1)) === 0,
    PATIENCE_MS,
    'a PUBACK without congestion',
  );

describe.each(withMosquitto.map((setup) => [setupName(setup), setup] as const))(
  '%s',
  (_name, setup) => {
    it('the broker is killed and started again: devices stay connected, with their subscriptions', async () => {
      const mqtt = { offline: { messages: 0 } };
      const site = cleanup.add(await Site.start(setup, { mqtt }), (one) => one.dispose());
      const { broker, daemon } = site;
      const device = await site.connected('device');
      const sleeper = await site.connected('sleeper');
      const id = await device.register('up/a');
      await device.subscribe('down/a', 1);
      await sleeper.subscribe('down/#', 1);
      await sleeper.sleep(60);

      await broker.kill();
      await daemon.logged('BROKER_DOWN');
      // The connection of a transparent device is lost in the same moment, or in the next.
      await until(
        async () => (await device.publish(id, 'meanwhile', 1)) === CONGESTION,
        PATIENCE_MS,
        'congestion',
      );
      expect(await device.subscribe('down/b', 1)).toMatchObject({ returnCode: CONGESTION });
      const late = await site.device('late');
      expect(await late.connect()).toBe(CONGESTION);
      expect(await device.register('up/b')).toBeGreaterThan(0);
      device.send({ type: 'SEARCHGW', radius: 0 });
      await device.ping();
      expect(device.frames).toEqual([]);

      const before = daemon.lines.length;
      await broker.restart();
      await daemon.logged('BROKER_UP', before);
      device.send({ type: 'SEARCHGW', radius: 0 });
      await device.expect('GWINFO');
      const witness = await site.witness('up/#');
      await publishes(device, id, 'again');
      await witness.saw('up/a again 1');
      await until(
        async () => {
          await witness.publish('down/a', 'hello');
          await sleeper.wake();
          return [device, sleeper].every(({ received }) => received.includes('down/a hello 1'));
        },
        PATIENCE_MS,
        'messages down',
      );
      for (const client of ['device', 'sleeper']) {
        expect(daemon.count({ code: 'SESSION_DISCONNECTED', client })).toBe(0);
        expect(daemon.count({ code: 'SESSION_LOST', client })).toBe(0);
      }
      await site.stop();
    });

    it('QoS 0 that waits for the broker comes when it is back, and nobody says so before', async () => {
      const mqtt = { offline: { qos0: 'queue' } };
      const site = cleanup.add(await Site.start(setup, { mqtt }), (one) => one.dispose());
      const { broker, daemon } = site;
      const device = await site.connected('device');
      const id = await device.register('up/a');
      await broker.kill();
      await daemon.logged('BROKER_DOWN');
      for (let i = 0; i < 5; i++) await device.publish(id, `m${i}`, 0);
      await device.ping();
      const before = daemon.lines.length;
      await broker.restart();
      expect(await daemon.logged('OUTBOX_DELIVERED', before)).toMatchObject({ messages: 5 });
      const arrived = () => broker.log.match(/Received PUBLISH from \S+ \(.*'up\/a'/g)?.length ?? 0;
      await until(() => arrived() === 5, PATIENCE_MS, 'the messages');
      expect(daemon.count({ code: 'DROP_BROKER_UNAVAILABLE' })).toBe(0);
      await site.stop();
    });
  },
);

describe.each(['aggregating', 'transparent'])('%s', (mode) => {
  it('the second broker of the list takes over when the first is gone', async () => {
    const [first, second] = await Promise.all([Mosquitto.start(), Mosquitto.start()]);
    for (const broker of [first, second]) cleanup.add(broker, (one) => one.dispose());
    const config = gatewayConfig({ server: [first.url, second.url], mode });
    const daemon = cleanup.add(await Daemon.start(config), (one) => one.dispose());
    const device = cleanup.add(await Device.at(daemon.port()), (one) => one.close());
    await device.connect();
    const id = await device.register('up/a');
    expect(await device.publish(id, 'first', 1)).toBe(0);
    const before = daemon.lines.length;
    await first.kill();
    expect(await daemon.logged('BROKER_UP', before)).toMatchObject({
      detail: expect.stringContaining(`:${second.port}`) as string,
    });
    await publishes(device, id, 'second');
    await until(() => second.log.includes("'up/a'"), PATIENCE_MS, 'the message');
    await daemon.stop();
  });
});

it('a broker that closes the connection on one message: its device is told, the others go on', async () => {
  const script: Script = (packet, session) => {
    const messageId = packet.messageId ?? 0;
    if (packet.cmd === 'connect') session.send(connack());
    else if (packet.cmd === 'publish' && packet.topic === 'forbidden') session.socket.destroy();
    else if (packet.cmd === 'publish') session.send({ cmd: 'puback', messageId });
    else if (packet.cmd === 'disconnect') session.socket.end();
  };
  const broker = cleanup.add(await ScriptedBroker.start(script), (one) => one.stop());
  // With messages allowed to wait for the broker, the device would be acknowledged at the first loss.
  const config = gatewayConfig({ server: broker.url, offline: { messages: 0 } });
  const daemon = cleanup.add(await Daemon.start(config), (one) => one.dispose());
  const [careless, other] = await Promise.all(
    ['careless', 'other'].map(async (clientId) => {
      const device = await Device.at(daemon.port(), { clientId });
      await device.connect();
      return cleanup.add(device, (one) => one.close());
    }),
  );
  if (careless === undefined || other === undefined) throw new Error('no devices');
  const forbidden = await careless.register('forbidden');
  const allowed = await other.register('allowed');
  expect(await careless.publish(forbidden, 'x', 1)).toBe(NOT_SUPPORTED);
  await publishes(other, allowed, 'x');
  expect(await careless.publish(await careless.register('allowed'), 'x', 1)).toBe(0);
  await daemon.stop();
});

it('a broker that hangs is noticed by its silence, and nothing acknowledged is lost', async () => {
  const site = cleanup.add(
    await Site.start({ mode: 'aggregating', version: 5 }, { mqtt: { keepalive: '5s' } }),
    (one) => one.dispose(),
  );
  const device = await site.connected('device');
  const id = await device.register('up/a');
  expect(await device.publish(id, 'before', 1)).toBe(0);
  site.broker.freeze();
  cleanup.add(site.broker, (broker) => broker.thaw());
  const outcome = device.publish(id, 'during', 1);
  await site.daemon.logged('BROKER_DOWN');
  await device.ping();
  const before = site.daemon.lines.length;
  site.broker.thaw();
  await site.daemon.logged('BROKER_UP', before);
  const witness = await site.witness('up/#');
  await publishes(device, id, 'after');
  await witness.saw('up/a after 1');
  expect([0, CONGESTION]).toContain(await outcome);
  await site.stop();
});
