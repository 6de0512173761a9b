import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { formatError } from '../../../src/config/errors.js';
import { loadConfig } from '../../../src/config/load.js';
import { redact } from '../../../src/config/redact.js';
import { complete, namedFiles } from './complete.js';
import { configOf, errorsOf } from './support.js';

describe('named files', () => {
  it('are read: secrets into password, certificates into their own keys', () => {
    const { mqtt, devices } = configOf(complete, { files: namedFiles });
    expect(mqtt).toMatchObject({
      password: 'broker-secret',
      ca: 'CA\n',
      cert: 'CERT\n',
      key: 'KEY\n',
    });
    expect(devices[0]?.password).toBe('door-secret');
  });

  it.each([
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    ['secret\n\n', 'secret\n'],
    [' two words ', ' two words '],
  ])('lose one newline at the end of a secret: %j', (content, password) => {
    const files = { '/p': content };
    expect(configOf('mqtt: { server: mqtt://h, password_file: /p }', { files }).mqtt.password).toBe(
      password,
    );
  });

  it('may be named by the environment', () => {
    const env = { MQTTSN_MQTT_SERVER: 'mqtt://h', MQTTSN_MQTT_PASSWORD_FILE: '/p' };
    const world = { env, files: { '/p': 'secret' } };
    expect(configOf('', world).mqtt.password).toBe('secret');
  });

  it.each([
    [
      'mqtt:\n  ca: no.pem\n  server: mqtts://h',
      'gw.yaml:2:7: mqtt.ca: names no.pem, which cannot be read: there is no such file',
    ],
    [
      'mqtt:\n  password_file: /e\n  server: mqtt://h',
      'gw.yaml:2:18: mqtt.password_file: names /e, which is empty',
    ],
  ])('that cannot be used are errors with the place of their key: %j', (text, expected) => {
    expect(errorsOf(text, { files: { '/e': '\n' } })).toEqual([expected]);
  });
});

describe('redact', () => {
  const config = configOf(complete, {
    files: namedFiles,
    env: { MQTTSN_MQTT_SERVER: 'wss://h/m?token=t' },
  });

  it('hides passwords, certificates, keys and what follows the path of a URL', () => {
    const shown = JSON.stringify(redact(config));
    for (const secret of [
      'broker-secret',
      'door-secret',
      'http-secret',
      'CA\\n',
      'CERT',
      'KEY',
      'token=t',
    ]) {
      expect(shown).not.toContain(secret);
    }
  });

  it('leaves the rest, and the configuration itself', () => {
    const shown = redact(config);
    expect(shown.mqtt).toMatchObject({ user: 'gw', password: '***', server: ['wss://h/m?***'] });
    expect(shown.links).toEqual(config.links);
    expect(config.mqtt.password).toBe('broker-secret');
  });
});

describe('loadConfig', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mqttsn-config-'));
  const file = join(directory, 'gw.yaml');
  afterAll(() => rmSync(directory, { recursive: true }));

  it('reads the file, and files relative to it', () => {
    mkdirSync(join(directory, 'tls'));
    writeFileSync(join(directory, 'tls', 'ca.pem'), 'PEM');
    writeFileSync(file, 'gateway: { id: 3 }\nmqtt: { server: mqtts://h, ca: tls/ca.pem }\n');
    expect(loadConfig(file, {}).config).toMatchObject({ gateway: { id: 3 }, mqtt: { ca: 'PEM' } });
  });

  it('takes the defaults without a file, and the name of this machine', () => {
    expect(loadConfig(undefined, {}).config).toEqual(configOf('', { hostName: hostname() }));
  });

  it('says in words why a file cannot be read', () => {
    const nowhere = join(directory, 'nowhere.yaml');
    expect(loadConfig(nowhere, {}).errors?.map(formatError)).toEqual([
      `${nowhere}: cannot be read: there is no such file`,
    ]);
    expect(loadConfig(directory, {}).errors?.map(formatError)).toEqual([
      `${directory}: cannot be read: it is a directory`,
    ]);
  });
});
