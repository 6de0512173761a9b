import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/parse.js';
import { configOf, errorsOf } from './support.js';

describe('environment overrides', () => {
  it('lie over the file', () => {
    const env = { MQTTSN_MQTT_SERVER: 'mqtt://broker:1884', MQTTSN_GATEWAY_ID: '7' };
    const { mqtt, gateway } = configOf('gateway: { id: 1, name: attic }', { env });
    expect(mqtt.server).toEqual(['mqtt://broker:1884']);
    expect(gateway).toMatchObject({ id: 7, name: 'attic' });
  });

  it('read everything but text as YAML', () => {
    const env = {
      MQTTSN_MQTT_SERVER: '[mqtt://a, mqtt://b]',
      MQTTSN_GATEWAY_ADVERTISE: '{ enabled: false, interval: 30m }',
      MQTTSN_DEFAULTS_RETRY_INTERVAL: '5',
    };
    const { mqtt, gateway, defaults } = configOf('', { env });
    expect(mqtt.server).toEqual(['mqtt://a', 'mqtt://b']);
    expect(gateway.advertise).toEqual({ enabled: false, interval: 1_800_000 });
    expect(defaults.retry.interval).toBe(5000);
  });

  it.each([
    ['12345', '12345'],
    ['a: b #c', 'a: b #c'],
    ["'a: b #c'", 'a: b #c'],
    ['"', '"'],
    ['${HOME}', '${HOME}'],
  ])('take the text %s as it is, without quotes around it', (value, password) => {
    const env = { MQTTSN_MQTT_SERVER: 'mqtt://h', MQTTSN_MQTT_PASSWORD: value };
    expect(configOf('', { env }).mqtt.password).toBe(password);
  });

  it('reach into lists by index, also into the default list', () => {
    const env = { MQTTSN_LINKS_0_LISTEN: '[::]:1884', MQTTSN_LINKS_1: '{ name: b, type: udp }' };
    const { links } = configOf('', { env });
    expect(links).toMatchObject([
      { name: 'lan', listen: { host: '::', port: 1884 } },
      { name: 'b', listen: { host: '0.0.0.0', port: 1883 } },
    ]);
  });

  it('tell apart keys that begin alike', () => {
    const env = { MQTTSN_MQTT_CLIENT_ID: 'a', MQTTSN_MQTT_CLIENT_ID_PREFIX: 'b-' };
    expect(configOf('', { env }).mqtt).toMatchObject({ client_id: 'a', client_id_prefix: 'b-' });
  });

  it('leave other variables alone', () => {
    expect(errorsOf('', { env: { HOME: '/root', MQTTS: '1', MQTTSN: '1' } })).toEqual([]);
  });

  it.each([
    ['MQTTSN_MQTT_SERVR', 'x', ': is not the name of a key (did you mean "MQTTSN_MQTT_SERVER"?)'],
    [
      'MQTTSN_LINKS_0_LISTN',
      'x',
      ': is not the name of a key (did you mean "MQTTSN_LINKS_0_LISTEN"?)',
    ],
    ['MQTTSN_', '{}', ': is not the name of a key'],
    ['MQTTSN_LINKS_X', '{}', ': is not the name of a key (did you mean "MQTTSN_LINKS_0"?)'],
    ['MQTTSN_GATEWAY_ID', '300', ': gateway.id: must be a whole number from 1 to 255, not 300'],
    ['MQTTSN_GATEWAY', '{ idd: 1 }', ': gateway.idd: unknown key (did you mean "id"?)'],
    ['MQTTSN_LINKS_1_NAME', 'b', ': links[1].type: is missing; it must be one of udp, serial'],
    ['MQTTSN_LINKS_9_NAME', 'b', ': links[9].name: leaves a gap in the list before it'],
    ['MQTTSN_HTTP_LISTEN', 'x', ': http.listen: must be an IP address and a port'],
    ['MQTTSN_GATEWAY_ID', '[', ': gateway.id: is not valid YAML: '],
  ])('%s=%s is an error under the name of the variable', (variable, value, expected) => {
    const errors = errorsOf('', { env: { [variable]: value } });
    expect(errors).toHaveLength(1);
    expect(errors[0]?.startsWith(variable + expected), errors[0]).toBe(true);
  });

  it('are errors beside those of the file, which has the positions', () => {
    expect(errorsOf('gateway:\n  idd: 1\n', { env: { MQTTSN_GATEWAY_NAME: 'a/b' } })).toEqual([
      'gw.yaml:2:3: gateway.idd: unknown key (did you mean "id"?)',
      'MQTTSN_GATEWAY_NAME: gateway.name: must be a name without / + # and control characters',
    ]);
  });

  it('work without a file', () => {
    const machine = { env: { MQTTSN_GATEWAY_ID: '9' }, hostName: 'pi', readFile: () => '' };
    expect(parseConfig('', undefined, machine).config?.gateway.id).toBe(9);
  });
});

describe('variables in the file', () => {
  it('replace ${NAME} in texts, in several places', () => {
    const env = { HOST: 'broker', LEVEL: 'debug' };
    const text = 'mqtt: { server: "mqtt://${HOST}:1883" }\nlog: { level: "${LEVEL}" }';
    const { mqtt, log } = configOf(text, { env });
    expect(mqtt.server).toEqual(['mqtt://broker:1883']);
    expect(log.level).toBe('debug');
  });

  it('leave ${clientId}, which is filled in for each device', () => {
    const text = "topics: { predefined: [{ id: 1, topic: '${ROOM}/${clientId}' }] }";
    const { topics } = configOf(text, { env: { ROOM: 'attic', clientId: 'wrong' } });
    expect(topics.predefined[0]?.topic).toBe('attic/${clientId}');
  });

  it.each([
    ['${NOPE}', 'uses ${NOPE}, but the environment has no NOPE'],
    ['${__proto__}', 'uses ${__proto__}, but the environment has no __proto__'],
    [
      '${client_id}',
      'uses ${client_id}, but the environment has no client_id (did you mean "${clientId}"?)',
    ],
    ['${clientId}', 'cannot contain ${clientId}: it is the same for all devices'],
  ])('%s in mqtt.user is an error with the position', (value, message) => {
    expect(errorsOf(`mqtt:\n  user: '${value}'\n`)).toEqual([`gw.yaml:2:9: mqtt.user: ${message}`]);
  });

  it('never show their value in an error', () => {
    const env = { PASSWORD: 'hunter2' };
    for (const key of ['gateway.id', 'gateway.name', 'mqtt.server', 'mqtt.mode', 'links', 'log']) {
      const [section = '', name] = key.split('.');
      const value = "'a/${PASSWORD}'";
      const text = `${section}: ${name === undefined ? value : `{ ${name}: ${value} }`}`;
      const errors = errorsOf(text, { env });
      expect(errors).toHaveLength(1);
      expect(errors[0]).not.toContain('hunter2');
    }
  });
});
