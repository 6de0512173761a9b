/** Ways to a broker: credentials, TLS, WebSocket, limits that the broker announces, the embedded one. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { UpstreamOptions } from '../../../src/upstream/index.js';
import { need } from '../../support/requirements.js';
import { Mosquitto, type MosquittoOptions } from '../../support/mosquitto.js';
import { freePort } from '../../support/ports.js';
import { PATIENCE_MS, until } from '../../support/wait.js';
import { hurried, ScriptedCore, will, Witness } from './harness.js';

const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const action of undo.splice(0).reverse()) await action();
});

async function brokerWith(options: MosquittoOptions): Promise<Mosquitto> {
  const broker = await Mosquitto.start(options);
  undo.push(() => broker.dispose());
  return broker;
}

async function connected(options: Partial<UpstreamOptions>): Promise<ScriptedCore> {
  const core = await ScriptedCore.connected(options, hurried);
  undo.push(() => core.stop());
  return core;
}

/** Mosquitto 2.0.11 refuses to start without a listener that is none of WebSocket. */
async function anotherListener(): Promise<string[]> {
  return [`listener ${await freePort()} 127.0.0.1`, 'allow_anonymous true'];
}

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'upstream-'));
  undo.push(() => rmSync(directory, { recursive: true }));
  return directory;
}

describe('user and password', () => {
  /** A gateway with user and password of its own, at a broker that lets nobody else in but `door`. */
  async function atGuardedBroker(deviceOf: UpstreamOptions['deviceOf']) {
    const file = join(temporaryDirectory(), 'passwords');
    writeFileSync(file, '');
    for (const user of ['gw', 'door']) {
      execFileSync('mosquitto_passwd', ['-b', file, user, `${user}-secret`], { stdio: 'ignore' });
    }
    const broker = await brokerWith({
      listener: [`password_file ${file}`, 'allow_anonymous false', 'user root'],
    });
    const own = { user: 'gw', password: 'gw-secret' };
    return { broker, core: await connected({ servers: [broker.url], ...own, deviceOf }) };
  }

  it('are those of the gateway, or of the rule of a transparent device', async () => {
    const { broker, core } = await atGuardedBroker((client) => ({
      mode: 'transparent',
      user: client === 'door' ? 'door' : 'nobody',
      password: 'door-secret',
    }));
    expect(await core.open('door')).not.toHaveProperty('failure');
    expect(await core.open('stranger')).toMatchObject({ failure: 'refused' });
    await until(
      () => broker.log.includes("as door (p5, c1, k60, u'door')"),
      PATIENCE_MS,
      'its log',
    );
    expect(core.log.join()).not.toContain('secret');
  });

  it('are never mixed: a rule with a user alone has no password', async () => {
    const { broker, core } = await atGuardedBroker((client) =>
      client === 'gw-user' ? { mode: 'transparent', user: 'gw' } : { mode: 'transparent' },
    );
    expect(await core.open('gw-user')).toMatchObject({ failure: 'refused' });
    expect(await core.open('other')).not.toHaveProperty('failure');
    await until(() => broker.log.includes("as other (p5, c1, k60, u'gw')"), PATIENCE_MS, 'its log');
  });

  it('of nobody are given to a device that its rule refuses', async () => {
    const broker = await brokerWith({});
    const refusal = 'no user name for d';
    let refused = false;
    const core = await connected({
      servers: [broker.url],
      deviceOf: () => ({ mode: 'transparent', ...(refused ? { refusal } : {}) }),
    });
    const witness = await Witness.at(broker.url, 'wills/#');
    undo.push(() => witness.end());
    expect(await core.open('d', true, will('wills/d'))).not.toHaveProperty('failure');
    refused = true;
    expect(await core.open('d')).toMatchObject({ failure: 'refused', detail: refusal });
    expect(await core.published(core.send('d', 't', 'x', 1))).toHaveProperty('failure');
    await until(
      () => broker.log.includes('Received DISCONNECT from d'),
      PATIENCE_MS,
      'the good-bye',
    );
    expect(witness.seen).toEqual([]);
  });
});

describe('the client ids of the gateway', () => {
  it('are refused to devices, with the prefix and for all its connections', async () => {
    const broker = await brokerWith({});
    const core = await connected({
      servers: [broker.url],
      clientId: 'gw',
      clientIdPrefix: 'g',
      deviceOf: () => ({ mode: 'transparent' }),
    });
    for (const client of ['w', 'w-2', 'w-16']) {
      const answer = await core.open(client);
      expect(answer).toMatchObject({ failure: 'refused' });
      expect(answer.detail).toContain(`g${client}`);
    }
    expect(await core.open('w-17')).not.toHaveProperty('failure');
    expect(await core.open('gw')).not.toHaveProperty('failure');
    expect(broker.log.match(/as gw \(/g)).toHaveLength(1);
    expect(core.events.filter((event) => event.event === 'availability')).toHaveLength(1);
  });
});

describe('TLS', () => {
  const openssl = (directory: string, ...args: string[]) =>
    execFileSync('openssl', args, { cwd: directory, stdio: 'ignore' });

  /** A CA, and certificates of it for the server and for a client. */
  const makeCertificates = (directory: string): void => {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    openssl(
      directory,
      'req',
      '-x509',
      ...key,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-subj',
      '/CN=test CA',
    );
    writeFileSync(join(directory, 'san'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    for (const name of ['server', 'client']) {
      openssl(
        directory,
        'req',
        ...key,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
        '-subj',
        `/CN=${name}`,
      );
      openssl(
        directory,
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-out',
        `${name}.pem`,
        '-extfile',
        'san',
      );
    }
    execFileSync('chmod', ['-R', 'a+rX', directory]);
  };

  it.for(['aggregating', 'transparent'] as const)(
    'checks the broker by the CA and shows the client certificate, %s',
    async (mode, context) => {
      need(context, 'openssl');
      const directory = temporaryDirectory();
      makeCertificates(directory);
      const at = (name: string) => join(directory, name);
      const broker = await brokerWith({
        listener: [
          `cafile ${at('ca.pem')}`,
          `certfile ${at('server.pem')}`,
          `keyfile ${at('server.key')}`,
          'require_certificate true',
          'use_identity_as_username true',
        ],
      });
      const core = await connected({
        servers: [`mqtts://127.0.0.1:${broker.port}`],
        ca: readFileSync(at('ca.pem')),
        cert: readFileSync(at('client.pem'), 'utf8'),
        key: readFileSync(at('client.key')),
        alpn: 'mqtt',
        deviceOf: () => ({ mode }),
      });
      expect(await core.open('d')).not.toHaveProperty('failure');
      expect(await core.published(core.send('d', 't', 'x', 1))).not.toHaveProperty('failure');
      await until(() => broker.log.includes("u'client'"), PATIENCE_MS, 'its log');
    },
  );

  it('works under a WebSocket, too', async (context) => {
    need(context, 'openssl');
    const directory = temporaryDirectory();
    makeCertificates(directory);
    const at = (name: string) => join(directory, name);
    const broker = await brokerWith({
      listener: [
        'protocol websockets',
        `certfile ${at('server.pem')}`,
        `keyfile ${at('server.key')}`,
        'allow_anonymous true',
        ...(await anotherListener()),
      ],
    });
    const core = await connected({
      servers: [`wss://localhost:${broker.port}`],
      ca: readFileSync(at('ca.pem')),
    });
    expect(await core.published(core.send(null, 't', 'x', 1))).not.toHaveProperty('failure');
  });

  it('goes on trying, and says why, when the broker is not of the CA', async (context) => {
    need(context, 'openssl');
    const directory = temporaryDirectory();
    makeCertificates(directory);
    const at = (name: string) => join(directory, name);
    const broker = await brokerWith({
      listener: [
        `certfile ${at('server.pem')}`,
        `keyfile ${at('server.key')}`,
        'allow_anonymous true',
      ],
    });
    const core = new ScriptedCore({ servers: [`mqtts://127.0.0.1:${broker.port}`] }, hurried);
    await core.upstream.start();
    await until(
      () => core.log.some((line) => line.includes('certificate')),
      PATIENCE_MS,
      'the reason',
    );
    await core.stop();
  });

  it('survives a certificate that is none', async () => {
    const core = new ScriptedCore(
      { servers: [`mqtts://127.0.0.1:${await freePort()}`], ca: 'x', cert: 'y', key: 'z' },
      hurried,
    );
    await core.upstream.start();
    await until(
      () => core.log.some((line) => line.includes('cannot be reached')),
      PATIENCE_MS,
      'a warning',
    );
    await core.stop();
  });
});

describe('WebSocket', () => {
  it('works like TCP', async () => {
    const broker = await brokerWith({
      listener: ['protocol websockets', 'allow_anonymous true', ...(await anotherListener())],
    });
    const core = await connected({ servers: [`ws://127.0.0.1:${broker.port}/mqtt`] });
    await core.open('d');
    await core.subscribe('d', 't', 2);
    expect(await core.published(core.send('d', 't', 'x', 2))).not.toHaveProperty('failure');
    await core.got('d', ['t x 2']);
  });
});

describe('limits', () => {
  it('of the broker: never more in flight than its Receive Maximum', async () => {
    const broker = await brokerWith({ global: ['max_inflight_messages 5'] });
    const core = await connected({ servers: [broker.url], maxInflight: 100 });
    const tokens = Array.from({ length: 500 }, (_, i) => core.send(null, 't', `${i}`, 2));
    const answers = await Promise.all(tokens.map((token) => core.published(token)));
    expect(answers.filter((answer) => answer.failure !== undefined)).toEqual([]);
  });

  it('of ours: what waits for a place in the window is bounded', async () => {
    const broker = await brokerWith({});
    const core = await connected({ servers: [broker.url], maxInflight: 10 });
    // The gateway's status, which takes a place as well, is through then.
    await core.published(core.send(null, 't', 'x', 1));
    broker.freeze();
    const tokens = Array.from({ length: 1011 }, () => core.send(null, 't', 'x', 1));
    expect(core.answers('published', tokens.at(-1) ?? 0)).toMatchObject([
      { failure: 'unavailable' },
    ]);
    expect(core.answers('published', tokens.at(-2) ?? 0)).toEqual([]);
    broker.thaw();
    expect(await core.published(tokens.at(-2) ?? 0)).not.toHaveProperty('failure');
  });

  it('of the broker: a message larger than its maximum is refused', async () => {
    const broker = await brokerWith({ global: ['max_packet_size 200'] });
    const core = await connected({ servers: [broker.url] });
    const large = core.send(null, 't', 'x'.repeat(300), 1);
    expect(await core.published(large)).toMatchObject({ failure: 'refused' });
    expect(await core.published(core.send(null, 't', 'small', 1))).not.toHaveProperty('failure');
  });

  it('of the broker and of the configuration: QoS is lowered', async () => {
    const broker = await brokerWith({ listener: ['allow_anonymous true', 'max_qos 1'] });
    const core = await connected({ servers: [broker.url] });
    await core.open('d');
    expect(await core.subscribe('d', 't', 2)).toMatchObject({ grantedQos: 1 });
    expect(await core.published(core.send('d', 't', 'x', 2))).not.toHaveProperty('failure');
    await core.got('d', ['t x 1']);
    const modest = await connected({ servers: [broker.url], maxQos: 1, clientId: 'modest' });
    expect(await modest.published(modest.send(null, 't', 'y', 2))).not.toHaveProperty('failure');
    await core.got('d', ['t x 1', 't y 1']);
  });
});

describe('a pool of connections', () => {
  it('spreads devices and keeps the order of each', async () => {
    const broker = await brokerWith({});
    const core = await connected({ servers: [broker.url], connections: 3 });
    const witness = await Witness.at(broker.url, 'pool/#');
    undo.push(() => witness.end());
    const devices = Array.from({ length: 9 }, (_, i) => `device-${i}`);
    for (const device of devices) await core.open(device);
    await core.subscribe('device-0', 'pool/device-8', 1);
    for (let i = 0; i < 30; i++)
      for (const device of devices) core.send(device, `pool/${device}`, `${i}`, 1);
    await until(() => witness.seen.length === 270, PATIENCE_MS, 'all messages');
    for (const device of devices) {
      const own = witness.seen.filter((line) => line.startsWith(`pool/${device} `));
      expect(own).toEqual(Array.from({ length: 30 }, (_, i) => `pool/${device} ${i} 1`));
    }
    await until(() => broker.log.includes('as gateway-3 ('), PATIENCE_MS, 'its log');
    await until(() => core.messages('device-0').length === 30, PATIENCE_MS, 'the subscription');
  });
});

describe('a device whose rule changes', () => {
  it('leaves nothing behind on the other side when it connects again', async () => {
    const broker = await brokerWith({});
    let mode: 'aggregating' | 'transparent' = 'aggregating';
    const core = await connected({ servers: [broker.url], deviceOf: () => ({ mode }) });
    const witness = await Witness.at(broker.url);
    undo.push(() => witness.end());
    for (const next of ['transparent', 'aggregating', 'transparent'] as const) {
      await core.open('d', false);
      await core.subscribe('d', next, 1);
      mode = next;
    }
    await core.open('d', false);
    await core.subscribe('d', 'end', 1);
    for (const topic of ['transparent', 'aggregating', 'end']) await witness.publish(topic, 'm');
    await core.got('d', ['end m 1']);
  });
});

describe('the embedded broker', () => {
  it.each(['aggregating', 'transparent'] as const)(
    'serves the gateway and others, %s',
    async (mode) => {
      const port = await freePort();
      const core = await connected({
        embedded: { host: '127.0.0.1', port },
        deviceOf: () => ({ mode }),
      });
      const witness = await Witness.at(`mqtt://127.0.0.1:${port}`, 'a/#', 'mqttsn/#');
      undo.push(() => witness.end());
      await witness.saw('mqttsn/gateway/bridge/state online 1 retained');
      await core.open('d');
      await core.subscribe('d', 'a/b', 1);
      expect(await core.published(core.send('d', 'a/b', 'x', 2))).not.toHaveProperty('failure');
      await witness.saw('a/b x 2');
      await core.got('d', ['a/b x 1']);
    },
  );

  it('says which port is taken and what to do', async () => {
    const broker = await brokerWith({});
    const core = new ScriptedCore({ embedded: { host: '127.0.0.1', port: broker.port } });
    await expect(core.upstream.start()).rejects.toThrow(
      new RegExp(`127\\.0\\.0\\.1:${broker.port}.*another program.*mqtt\\.embedded\\.port`),
    );
    await core.stop();
  });

  it('is understood although it refuses MQTT 5', async () => {
    const port = await freePort();
    await connected({ embedded: { host: '127.0.0.1', port } });
    const core = await connected({ servers: [`mqtt://127.0.0.1:${port}`], clientId: 'other' });
    expect(core.log.join()).toContain('"mqtt":"3.1.1"');
    expect(await core.published(core.send(null, 't', 'x', 2))).not.toHaveProperty('failure');
  });
});
