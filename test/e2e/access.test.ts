/** Who may do what: device rules, the gateway's login at the broker, certificates. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificates } from '../support/certificates.js';
import { Cleanup } from '../support/cleanup.js';
import { Daemon } from '../support/daemon.js';
import { Device } from '../support/device.js';
import { Mosquitto } from '../support/mosquitto.js';
import { freePort } from '../support/ports.js';
import { gatewayConfig, MODES, Site } from '../support/site.js';
import { PATIENCE_MS, until } from '../support/wait.js';

const NOT_SUPPORTED = 3;

const cleanup = new Cleanup();
afterEach(cleanup.run);

function temporaryFolder(): string {
  const folder = cleanup.add(mkdtempSync(join(tmpdir(), 'mqttsn-e2e-')), (path) =>
    rmSync(path, { recursive: true }),
  );
  // Mosquitto reads its files as a user of its own.
  chmodSync(folder, 0o755);
  return folder;
}

describe.each(MODES)('%s', (mode) => {
  it('a device does what its rule allows and nothing else, and strangers stay out', async () => {
    const site = cleanup.add(
      await Site.start(
        { mode, version: 5 },
        {
          sections: {
            access: { unknown_devices: 'deny' },
            devices: [
              {
                match: 'door-*',
                allow: { publish: ['doors/${clientId}/#'], subscribe: ['doors/${clientId}/set'] },
              },
            ],
          },
        },
      ),
      (one) => one.dispose(),
    );
    const witness = await site.witness('#');
    const stranger = await site.device('window-1');
    expect(await stranger.connect()).toBe(NOT_SUPPORTED);
    const door = await site.device('door-1');
    expect(await door.connect({ will: { topic: 'doors/door-1/will', payload: 'gone' } })).toBe(0);
    const mine = await door.register('doors/door-1/state');
    const others = await door.register('doors/door-2/state');
    expect(await door.publish(mine, 'open', 1)).toBe(0);
    for (const qos of [1, 2] as const) {
      expect(await door.publish(others, 'open', qos)).toBe(NOT_SUPPORTED);
    }
    expect(await door.subscribe('doors/door-1/set', 1)).toMatchObject({ returnCode: 0 });
    for (const filter of ['doors/door-2/set', 'doors/+/set', '#']) {
      expect(await door.subscribe(filter, 1)).toMatchObject({ returnCode: NOT_SUPPORTED });
    }
    await expectWillRefused(await site.device('door-3'), 'doors/door-1/will');
    await witness.saw('doors/door-1/state open 1');
    expect(witness.seen.filter((line) => line.startsWith('doors/'))).toHaveLength(1);
    await site.stop();
  });
});

async function expectWillRefused(device: Device, willTopic: string): Promise<void> {
  const { clientId } = device;
  device.send({
    type: 'CONNECT',
    will: true,
    cleanSession: true,
    protocolId: 1,
    duration: 60,
    clientId,
  });
  await device.expect('WILLTOPICREQ');
  device.send({ type: 'WILLTOPIC', qos: 1, retain: false, willTopic });
  expect(await device.expect('CONNACK')).toMatchObject({ returnCode: NOT_SUPPORTED });
}

describe('secrets', () => {
  it('reach the broker from their files, and never the log', async () => {
    const folder = temporaryFolder();
    const file = (name: string): string => join(folder, name);
    writeFileSync(file('passwords'), '', { mode: 0o644 });
    for (const user of ['gw', 'door']) {
      execFileSync('mosquitto_passwd', ['-b', file('passwords'), user, `${user}-secret`], {
        stdio: 'ignore',
      });
      writeFileSync(file(user), `${user}-secret\n`);
    }
    const broker = cleanup.add(
      await Mosquitto.start({
        listener: [`password_file ${file('passwords')}`, 'allow_anonymous false', 'user root'],
      }),
      (one) => one.dispose(),
    );
    const config = gatewayConfig(
      { server: broker.url, user: 'gw', password_file: file('gw') },
      {
        devices: [
          { match: 'door-1', mode: 'transparent', user: 'door', password_file: file('door') },
          { match: 'door-2', mode: 'transparent', user: 'door', password: '${WRONG_PASSWORD}' },
        ],
        log: { level: 'trace', format: 'json' },
      },
    );
    const daemon = cleanup.add(
      await Daemon.start(config, { env: { WRONG_PASSWORD: 'wrong-secret' } }),
      (one) => one.dispose(),
    );
    const connect = async (clientId: string): Promise<number> => {
      const device = cleanup.add(await Device.at(daemon.port(), { clientId }), (one) =>
        one.close(),
      );
      return device.connect();
    };
    expect(await connect('door-1')).toBe(0);
    expect(await connect('door-2')).toBe(NOT_SUPPORTED);
    expect(await connect('window')).toBe(0);
    await until(() => /as door-1 \(.*u'door'/.test(broker.log), PATIENCE_MS, 'its log');
    await daemon.reload(config);
    await daemon.reload({ ...config, ...gatewayConfig({ server: broker.url, user: 'other' }) });
    await daemon.stop();
    expect(daemon.errors + daemon.output).not.toContain('secret');
  });
});

describe('other ways to the broker', () => {
  it('TLS with certificates of both sides, and WebSocket', async () => {
    const folder = temporaryFolder();
    makeCertificates(folder, 'server', 'client');
    const [tls, ws] = [await freePort(), await freePort()];
    const broker = cleanup.add(
      await Mosquitto.start({
        global: ['user root'],
        listener: [
          'allow_anonymous true',
          `listener ${tls} 127.0.0.1`,
          `cafile ${folder}/ca.pem`,
          `certfile ${folder}/server.pem`,
          `keyfile ${folder}/server.key`,
          'require_certificate true',
          `listener ${ws} 127.0.0.1`,
          'protocol websockets',
        ],
      }),
      (one) => one.dispose(),
    );
    const identity = {
      ca: `${folder}/ca.pem`,
      cert: `${folder}/client.pem`,
      key: `${folder}/client.key`,
    };
    const ways: object[] = [
      { server: `mqtts://127.0.0.1:${tls}`, mode: 'transparent', ...identity },
      { server: `ws://127.0.0.1:${ws}`, mode: 'transparent' },
    ];
    for (const mqtt of ways) {
      const daemon = cleanup.add(await Daemon.start(gatewayConfig(mqtt)), (one) => one.dispose());
      const device = cleanup.add(await Device.at(daemon.port()), (one) => one.close());
      expect(await device.connect()).toBe(0);
      const id = await device.register('echo');
      await device.subscribe('echo', 2);
      expect(await device.publish(id, 'hello', 2)).toBe(0);
      await device.got('echo hello 2');
      await daemon.stop();
    }
    await until(() => broker.log.includes("'echo'"), PATIENCE_MS, 'its log');
  });
});
