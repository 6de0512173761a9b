/**
 * The one place of every key: type, default, range, unit and a sentence. The JSON Schema, the
 * default file, the environment overrides and the error messages are all made from it.
 */
import { z } from 'zod';
import { asGatewayName, brokerUrl, gatewayName, topicFilter, topicName } from './checks.js';
import {
  anyText,
  CLIENT_ID_TEMPLATE,
  duration,
  file,
  flag,
  integer,
  list,
  listenAddress,
  oneOf,
  secret,
  section,
  size,
  text,
} from './kinds.js';
import { link, type LinkConfig, type SerialLinkConfig } from './link-schema.js';
import { overlay } from './overlay.js';
import * as rules from './rules.js';

/** Duration of ADVERTISE and the keep alive of MQTT are 16 bits of seconds. */
const SECONDS_MAX = '65535s';

const gateway = section('This gateway, as devices and people see it.', {
  id: integer('Gateway id (GwId) in ADVERTISE and GWINFO, unique in the network.', 1, 255).prefault(
    1,
  ),
  name: text('Name in logs, topics and the client id. Default: the host name.', {
    check: gatewayName,
  })
    .meta({ examples: ['attic-pi'] })
    .optional(),
  advertise: section(
    'ADVERTISE messages, on links with multicast or `broadcast`, while the broker is there.',
    {
      enabled: flag('Whether they are sent.').prefault(true),
      interval: duration('Time between two of them.', '1s', SECONDS_MAX, '1s').prefault('15m'),
    },
  ).prefault({}),
  shutdown: oneOf(
    'What happens to devices when the gateway ends: `keep` tells them nothing, they go on after the restart; `disconnect` sends them DISCONNECT.',
    ['keep', 'disconnect'],
  ).prefault('keep'),
});

const mode = oneOf(
  'How devices appear at the broker: `aggregating` is one connection for all, `transparent` is one connection each, with its own client id and will.',
  ['aggregating', 'transparent'],
);

const password = secret('Password. In a file it is safer: see password_file.').meta({
  examples: ['${MQTT_PASSWORD}'],
});

const brokerText = text('', { check: brokerUrl });

const mqtt = section('The broker.', {
  server: z
    .union(
      [
        z.literal('embedded'),
        brokerText,
        list('', brokerText).min(1, { error: 'must have at least one URL' }),
      ],
      { error: 'must be `embedded`, a URL such as mqtt://host:1883, or a list of URLs' },
    )
    .transform((server): 'embedded' | string[] =>
      server === 'embedded' ? server : [server].flat(),
    )
    .describe(
      'URL of the broker: mqtt://, mqtts://, ws:// or wss://; a list for failover; or `embedded` for the broker inside the gateway.',
    )
    .prefault('embedded'),
  embedded: section('The embedded broker, when server says so. It is without passwords.', {
    host: text('Address that MQTT clients connect to.').prefault('127.0.0.1'),
    port: integer('TCP port; 0 for any free one.', 0, 65535).prefault(1883),
  }).prefault({}),
  mode: mode.prefault('aggregating'),
  version: z
    .literal([5, 4, '3.1.1'], { error: 'must be 5, 4 or 3.1.1' })
    .transform((version): 5 | 4 => (version === 5 ? 5 : 4))
    .describe(
      'MQTT version: 5, or 4 (which is 3.1.1). A broker that refuses 5 is asked for 3.1.1 again.',
    )
    .prefault(5),
  client_id: text(
    'Client id of the aggregating connection. Default: mqttsn- and the name of the gateway.',
  )
    .meta({ examples: ['mqttsn-attic-pi'] })
    .optional(),
  client_id_prefix: anyText(
    "What stands before a device's client id at the broker in transparent mode.",
  ).prefault(''),
  connections: integer('Connections that aggregating mode spreads its load over.', 1, 16).prefault(
    1,
  ),
  user: text('User name at the broker.')
    .meta({ examples: ['gateway'] })
    .optional(),
  password: password.optional(),
  password_file: file('File with the password.', 'secret')
    .meta({ examples: ['/run/secrets/mqtt'] })
    .optional(),
  ca: file(
    'Certificates of the authorities that may vouch for the broker, PEM. Default: those of the system.',
    'pem',
  )
    .meta({ examples: ['ca.pem'] })
    .optional(),
  cert: file('Certificate of the gateway, PEM.', 'pem')
    .meta({ examples: ['gateway.pem'] })
    .optional(),
  key: file('Private key of the certificate, PEM.', 'pem')
    .meta({ examples: ['gateway.key'] })
    .optional(),
  alpn: text('Protocol name to offer in TLS; AWS IoT Core asks for one on port 443.')
    .meta({ examples: ['x-amzn-mqtt-ca'] })
    .optional(),
  keepalive: duration(
    'Longest silence towards the broker, which has half of it for each answer to a ping.',
    '5s',
    SECONDS_MAX,
    '1s',
  ).prefault('60s'),
  max_qos: integer(
    'Highest QoS to use at the broker; 1 for AWS IoT Core and RabbitMQ: QoS 2 then ends in the gateway.',
    1,
    2,
  ).prefault(2),
  max_inflight: integer(
    'Publishes that wait for the broker at once; fewer if it says so in MQTT 5 (Mosquitto: 20, unless max_inflight_messages is set there).',
    1,
    65535,
  ).prefault(100),
  base_topic: text(
    "Where the gateway's own topics begin. Default: mqttsn/ and the name of the gateway.",
    { check: topicName },
  )
    .meta({ examples: ['mqttsn/attic-pi'] })
    .optional(),
  state_topics: flag(
    'Whether the gateway tells its health and the state of each device below base_topic, and takes requests there. `bridge/state` is told in any case.',
  ).prefault(true),
  offline: section(
    'What is accepted from devices while the broker is away. It waits in the store, so it needs one on disk.',
    {
      messages: integer(
        'Messages that may wait; 0: none, devices hear "congestion".',
        0,
        10_000_000,
      ).prefault(10_000),
      bytes: size('Octets that may wait.', 0, '64GiB').prefault('64MiB'),
      age: duration('How long a message may wait.', '1s', '365d').prefault('24h'),
      qos0: oneOf('What becomes of QoS 0, which no device waits for.', ['drop', 'queue']).prefault(
        'drop',
      ),
    },
  ).prefault({}),
})
  .superRefine(...rules.onePassword)
  .superRefine(...rules.certificateWithKey)
  .superRefine(...rules.transportKeysWhenUsed);

const CLIENT_PATTERN = 'the client id; * is any run of characters, ? is one';

const topics = section('Topics that both sides know beforehand.', {
  predefined: list(
    'Predefined topic ids, in place of REGISTER.',
    section('A predefined topic.', {
      id: integer('Topic id.', 1, 65534).meta({ examples: [1] }),
      topic: text(`Topic name; ${CLIENT_ID_TEMPLATE} stands for the client id of the device.`, {
        check: topicName,
        template: true,
      }).meta({ examples: ['sensors/${clientId}/temperature'] }),
      clients: list(
        `Only for these devices: patterns of ${CLIENT_PATTERN}. Default: all, and QoS -1.`,
        text(''),
      )
        .min(1, { error: 'must have at least one pattern' })
        .meta({ examples: [['door-*']] })
        .optional(),
    }),
  )
    .superRefine(...rules.uniquePredefinedIds)
    .prefault([]),
});

const filters = (sentence: string) =>
  list(
    `${sentence} Topic filters; ${CLIENT_ID_TEMPLATE} stands for the client id.`,
    text('', { check: topicFilter, template: true }),
  )
    .meta({ examples: [['sensors/${clientId}/#']] })
    .optional();

const defaults = section('Settings of devices.', {
  max_message: size('Largest MQTT-SN message the device can receive.', 16, 65535).prefault('1KiB'),
  retry: section('Messages that get no answer.', {
    interval: duration(
      'Time without an answer until a message is sent again (T_retry).',
      '100ms',
      '1h',
    ).prefault('10s'),
    count: integer('How often it is sent again (N_retry).', 0, 100).prefault(3),
  }).prefault({}),
  sleep: section('The buffer of a sleeping device.', {
    messages: integer('Messages kept for one device.', 1, 1_000_000).prefault(100),
    bytes: size('Octets kept for one device.', '1KiB', '1GiB').prefault('64KiB'),
    age: duration('How long a message is kept.', '1s', '365d').prefault('7d'),
    policy: oneOf('What goes when the buffer is full; QoS 0 goes first in any case.', [
      'drop-oldest',
      'drop-newest',
      'newest-per-topic',
    ]).prefault('drop-oldest'),
    per_wake: integer('Messages delivered in one wake-up.', 1, 1_000_000).prefault(100),
    gap: duration('Pause between two of them, for slow radios.', '0ms', '1m').prefault('0ms'),
  }).prefault({}),
  allow: section('Limits what the device may do. Default: everything.', {
    publish: filters('Where it may publish.'),
    subscribe: filters('What it may subscribe to.'),
  }).optional(),
  will_update: oneOf(
    'Whether a device can change its will: `reconnect` does it, with a new connection to the broker where it must; `reject` answers "not supported".',
    ['reconnect', 'reject'],
  ).prefault('reconnect'),
  resume_on_wake: flag(
    'A CONNECT while asleep keeps the session whatever its CleanSession says: some devices wake up that way.',
  ).prefault(false),
});

const device = section('A device rule.', {
  match: text(`Devices it is for: a pattern of ${CLIENT_PATTERN}.`).meta({ examples: ['door-*'] }),
  mode: mode.meta({ examples: ['transparent'] }).optional(),
  user: text(
    `User name at the broker, in transparent mode; ${CLIENT_ID_TEMPLATE} stands for the client id.`,
    { template: true },
  )
    .meta({ examples: ['${clientId}'] })
    .optional(),
  password: password.optional(),
  password_file: file('File with the password.', 'secret')
    .meta({ examples: ['/run/secrets/doors'] })
    .optional(),
  ...overlay(defaults.shape),
}).superRefine(...rules.onePassword);

const http = section(
  'The HTTP server, with a page for people, metrics for Prometheus, the state of health, captures, and an API. Default: there is none.',
  {
    listen: listenAddress(
      'Where it listens. When other machines can reach it, it needs a token.',
    ).prefault('127.0.0.1:8080'),
    token: secret(
      'Token that requests carry as `Authorization: Bearer`. In a file it is safer: see token_file.',
    )
      .meta({ examples: ['${HTTP_TOKEN}'] })
      .optional(),
    token_file: file('File with the token.', 'secret')
      .meta({ examples: ['/run/secrets/http'] })
      .optional(),
    metrics: section('What /metrics tells of single devices.', {
      devices: integer(
        'Devices that have metrics of their own, those that have been known the longest; 0: none.',
        0,
        10_000,
      ).prefault(100),
    }).prefault({}),
    capture: section('Frames that are kept in memory, for a look at what has just happened.', {
      age: duration('How long; 0s: none is kept.', '0s', '1h').prefault('5m'),
      bytes: size(
        'Memory that they may take, and once more for each capture of the past that is being read.',
        '64KiB',
        '64MiB',
      ).prefault('1MiB'),
    }).prefault({}),
  },
)
  .superRefine(...rules.oneToken)
  .superRefine(...rules.tokenWhenReachable);

export const configSchema = section('Configuration of mqttsn-gateway.', {
  gateway: gateway.prefault({}),
  mqtt: mqtt.prefault({}),
  links: list('Where devices come in.', link)
    .min(1, { error: 'must have at least one link' })
    .superRefine(...rules.uniqueLinkNames)
    .superRefine(...rules.uniqueListenAddresses)
    .superRefine(...rules.uniquePorts)
    .prefault([{ name: 'lan', type: 'udp' }]),
  topics: topics.prefault({}),
  devices: list(
    'Settings for some devices, in place of the defaults below. The first rule that matches is taken.',
    device,
  ).prefault([]),
  defaults: defaults.prefault({}),
  access: section('Who may connect.', {
    unknown_devices: oneOf('Devices that no rule in `devices` matches.', [
      'allow',
      'deny',
    ]).prefault('allow'),
  }).prefault({}),
  limits: section('Bounds that protect the gateway.', {
    devices: integer('Devices with a session, connected or not.', 1, 1_000_000).prefault(10_000),
    datagrams_per_second_per_device: integer(
      'Datagrams of one device in one second; more are dropped.',
      1,
      1_000_000,
    ).prefault(50),
  }).prefault({}),
  store: section('Where sessions and messages are kept.', {
    path: text(
      'Directory, relative to where the gateway is started. `memory`: they end with the process.',
    ).prefault('./data'),
  }).prefault({}),
  http: http.optional(),
  homeassistant: section(
    'Home Assistant finds the gateway, its links and its devices by itself. Default: it is not told.',
    {
      discovery_topic: text('Where Home Assistant looks (its discovery prefix).', {
        check: topicName,
      }).prefault('homeassistant'),
    },
  ).optional(),
  log: section('The log, on standard error.', {
    level: oneOf('Least important messages to write.', [
      'error',
      'warn',
      'info',
      'debug',
      'trace',
      'silent',
    ]).prefault('info'),
    format: oneOf('Form of the lines. Default: pretty on a terminal, json elsewhere.', [
      'pretty',
      'json',
    ])
      .meta({ examples: ['pretty'] })
      .optional(),
  }).prefault({}),
})
  .superRefine(...rules.loginOnlyWhenUsed)
  .superRefine(...rules.stateTopicsForDiscovery);

/** Fills in the names that follow from others: the machine's, in the end, so that two gateways differ. */
export function named(config: z.output<typeof configSchema>, hostName: string) {
  const { gateway, mqtt } = config;
  const name = gateway.name ?? asGatewayName(hostName);
  const { client_id = `mqttsn-${name}`, base_topic = `mqttsn/${name}` } = mqtt;
  return { ...config, gateway: { ...gateway, name }, mqtt: { ...mqtt, client_id, base_topic } };
}

/**
 * A configuration that is in order: the keys of the file, with defaults filled in. Durations are
 * milliseconds, sizes octets. Files are read already: `password` holds what `password_file` names,
 * and `ca`, `cert` and `key` hold PEM text.
 */
export type Config = ReturnType<typeof named>;
export type { LinkConfig, SerialLinkConfig };
export type DeviceConfig = Config['devices'][number];
