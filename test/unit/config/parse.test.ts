import fc from 'fast-check';
import { isMap, isScalar, parseDocument, visit } from 'yaml';
import { describe, expect, it } from 'vitest';
import { eachKey, type KeyNode, rootKey } from '../../../src/config/keys.js';
import { editDistance } from '../../../src/config/nearest.js';
import type { Path } from '../../../src/config/errors.js';
import { complete, namedFiles } from './complete.js';
import { configOf, errorsOf, parse } from './support.js';

describe('a configuration', () => {
  it('without any key is UDP on 1883 and the embedded broker on 127.0.0.1:1883', () => {
    const { links, mqtt, gateway, store } = configOf('');
    expect(links).toMatchObject([
      { name: 'lan', type: 'udp', listen: { host: '0.0.0.0', port: 1883 }, max_message: 1472 },
    ]);
    expect(mqtt).toMatchObject({
      server: 'embedded',
      embedded: { host: '127.0.0.1', port: 1883 },
      mode: 'aggregating',
      version: 5,
      client_id: 'mqttsn-attic-pi',
      base_topic: 'mqttsn/attic-pi',
      keepalive: 60_000,
      max_inflight: 100,
    });
    expect(gateway).toMatchObject({ id: 1, advertise: { enabled: true, interval: 900_000 } });
    expect(store).toEqual({ path: './data' });
  });

  it('with nearly every key loads', () => {
    const config = configOf(complete, { files: namedFiles });
    expect(config.mqtt).toMatchObject({
      server: ['mqtts://localhost:8883'],
      client_id: 'attic-pi',
      base_topic: 'mqttsn/attic-pi',
    });
    expect(config.devices).toMatchObject([
      { mode: 'transparent', user: '${clientId}', sleep: { messages: 20 } },
    ]);
    expect(config.links).toMatchObject([
      { multicast: { group: '225.1.1.1', port: 1883 } },
      {
        port: { kind: 'device', path: '/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0' },
        radio: { frequency: 869_525_000, bandwidth: 125_000, coding_rate: 5, sync_word: 0x12 },
      },
      { port: { kind: 'tcp', host: '192.0.2.7', port: 3333 }, xbee: { rssi: true } },
    ]);
  });

  it('names its client id and topics after the gateway', () => {
    const { mqtt } = configOf('gateway: { name: attic }');
    expect(mqtt).toMatchObject({ client_id: 'mqttsn-attic', base_topic: 'mqttsn/attic' });
  });

  it.each([
    ['attic-pi', 'attic-pi'],
    ['attic.example.org', 'attic.example.org'],
    ['a/b+c#d\n', 'a-b-c-d-'],
    ['', 'gateway'],
  ])('is named after the host %j without a name of its own: %s', (hostName, name) => {
    const { gateway, mqtt } = configOf('', { hostName });
    expect(gateway.name).toBe(name);
    expect(mqtt).toMatchObject({ client_id: `mqttsn-${name}`, base_topic: `mqttsn/${name}` });
  });

  it('takes a key without a value as absent', () => {
    expect(configOf('gateway:\nmqtt: { user: null }\nlinks: ~\n')).toEqual(configOf(''));
  });

  it('may use anchors', () => {
    const text =
      'devices:\n  - &a { match: a, retry: &r { count: 1 } }\n  - { match: b, retry: *r }\n';
    expect(configOf(text).devices.map(({ retry }) => retry)).toEqual([{ count: 1 }, { count: 1 }]);
  });

  it.each([
    ['5', 5],
    ['4', 4],
    ['3.1.1', 4],
  ])('takes %s as MQTT version', (version, expected) => {
    expect(configOf(`mqtt: { version: ${version} }`).mqtt.version).toBe(expected);
  });

  it.each(['mqtt://host', 'mqtts://[::1]:8883', 'ws://h:80/mqtt', 'wss://h/mqtt?a=b'])(
    'takes %s as broker',
    (server) => {
      expect(configOf(`mqtt: { server: '${server}' }`).mqtt.server).toEqual([server]);
    },
  );

  it.each([
    'host',
    'host:1883',
    'tcp://host',
    'mqtt://',
    'mqtt:host',
    'mqtt://h:70000',
    'mqtt://h/',
  ])('does not take %s as broker', (server) => {
    expect(errorsOf(`mqtt: { server: '${server}' }`)).toEqual([
      expect.stringMatching(/^gw\.yaml:1:17: mqtt\.server: must (be|end) /),
    ]);
  });
});

describe('a mistake', () => {
  it.each([
    ['gateway: { id: 0 }', '1:16: gateway.id: must be a whole number from 1 to 255, not 0'],
    ['gateway: { id: 1.5 }', '1:16: gateway.id: must be a whole number from 1 to 255, not 1.5'],
    ['gateway: { name: 5 }', '1:18: gateway.name: must be text: put it in quotes'],
    ['gateway: { name: "" }', '1:18: gateway.name: must not be empty'],
    ['gateway: []', '1:10: gateway: must be a mapping (lines of `key: value`), not a list'],
    ['- gateway', '1:1: must be a mapping (lines of `key: value`), not a list'],
    ['links: {}', '1:8: links: must be a list (lines that begin with `-`), not a mapping'],
    ['links: []', '1:8: links: must have at least one link'],
    ['links: [~]', '1:9: links[0]: must be a mapping (lines of `key: value`), not empty'],
    [
      'mqtt:\n  mode: transparant',
      '2:9: mqtt.mode: must be one of aggregating, transparent (did you mean "transparent"?)',
    ],
    ['mqtt: { server: [] }', '1:17: mqtt.server: must have at least one URL'],
    [
      'mqtt: { server: 5 }',
      '1:17: mqtt.server: must be `embedded`, a URL such as mqtt://host:1883, or a list of URLs',
    ],
    [
      'mqtt: { server: [mqtt://a, embedded] }',
      '1:28: mqtt.server[1]: cannot have `embedded` in a list: write `server: embedded`',
    ],
    [
      'mqtt: { server: "mqtt://u:p@h" }',
      '1:17: mqtt.server: must not contain a login: use the keys user and password_file',
    ],
    ['mqtt: { max_qos: 0 }', '1:18: mqtt.max_qos: must be a whole number from 1 to 2, not 0'],
    ['mqtt: { version: 3 }', '1:18: mqtt.version: must be 5, 4 or 3.1.1'],
    [
      'mqtt: { server: mqtt://h, password: a, password_file: b }',
      '1:55: mqtt.password_file: excludes password: give only one of the two',
    ],
    [
      'mqtt: { server: mqtts://h, cert: gw.pem }',
      '1:34: mqtt.cert: needs the private key, too: set key',
    ],
    [
      'mqtt: { server: mqtts://h, key: gw.key }',
      '1:33: mqtt.key: needs the certificate, too: set cert',
    ],
    [
      'mqtt: { base_topic: "a/#" }',
      '1:21: mqtt.base_topic: must be a topic name: no wildcards (+ and #)',
    ],
    [
      'mqtt: { state_topics: false }\nhomeassistant: {}',
      '2:16: homeassistant: needs the states of devices: remove mqtt.state_topics: false',
    ],
    ['links: [{ type: udp }]', '1:9: links[0].name: is missing; it must be text'],
    ['links:\n  - type: udp\n', '2:5: links[0].name: is missing; it must be text'],
    [
      'links: [{ name: a b, type: udp }]',
      '1:17: links[0].name: must be letters, digits, dots, dashes and underscores, and begin with a letter or digit',
    ],
    [
      'links: [{ name: a, type: udb }]',
      '1:26: links[0].type: must be one of udp, serial (did you mean "udp"?)',
    ],
    ['links: [{ name: a }]', '1:9: links[0].type: is missing; it must be one of udp, serial'],
    [
      'links: [{ name: a, typ: udp, listen: "0.0.0.0:1" }]',
      '1:20: links[0].typ: unknown key (did you mean "type"?)',
    ],
    [
      'links: [{ name: a, type: udp, multicast: { group: 10.0.0.1 } }]',
      '1:51: links[0].multicast.group: must be a multicast address: 224.0.0.0 to 239.255.255.255, or IPv6 that begins with ff',
    ],
    [
      'links: [{ name: a, type: udp, multicast: { group: "ff02::1" } }]',
      '1:51: links[0].multicast.group: is IPv6, but the link listens on 0.0.0.0:1883',
    ],
    [
      'links: [{ name: a, type: udp, qos_minus_one: { topics: ["a#"] } }]',
      '1:57: links[0].qos_minus_one.topics[0]: must be a topic filter: + fills a whole level, # is the last level',
    ],
    [
      'links: [{ name: a, type: udp, listen: "0.0.0.0:1" }, { name: a, type: udp }]',
      '1:62: links[1].name: is already the name of links[0]',
    ],
    [
      'links: [{ name: a, type: udp }, { name: b, type: udp, listen: "0.0.0.0:1883" }]',
      '1:63: links[1].listen: is already used by links[0]',
    ],
    [
      'topics: { predefined: [{ id: 65535, topic: a }] }',
      '1:30: topics.predefined[0].id: must be a whole number from 1 to 65534, not 65535',
    ],
    [
      'topics: { predefined: [{ id: 1, topic: "+" }] }',
      '1:40: topics.predefined[0].topic: must be a topic name: no wildcards (+ and #)',
    ],
    [
      'topics: { predefined: [{ id: 1, topic: a }, { id: 1, topic: b }] }',
      '1:51: topics.predefined[1].id: is already taken for the same clients by topics.predefined[0]',
    ],
    [
      'devices: [{ match: a, user: b }]',
      '1:29: devices[0].user: is only used with mode: transparent, and this is aggregating',
    ],
    [
      'devices: [{ match: a, allow: { publish: ["#/a"] } }]',
      '1:42: devices[0].allow.publish[0]: must be a topic filter: + fills a whole level, # is the last level',
    ],
    ['logg: {}', '1:1: logg: unknown key (did you mean "log"?)'],
    [
      'mqtt: { home_assistant: {} }',
      '1:9: mqtt.home_assistant: unknown key (did you mean "homeassistant"?)',
    ],
    ['keepalive: 10s', '1:1: keepalive: unknown key (did you mean "mqtt.keepalive"?)'],
    [
      'gateway: { spreading_factor: 7 }',
      '1:12: gateway.spreading_factor: unknown key (did you mean "links[].radio.spreading_factor"?)',
    ],
    ['__proto__: {}', '1:1: __proto__: unknown key'],
    ['a: [\n', '2:1: is not valid YAML: '],
    ['gateway:\n\tid: 1', '2:1: is not valid YAML: '],
    ['log: {}\nlog: {}', '2:1: the key log is there twice'],
    ['mqtt: { password: !secret x }', '1:19: the tag !secret is unknown; for secrets use ${NAME}'],
    ['mqtt: { user: *nobody }', '1:15: is not valid YAML: '],
    ['mqtt:\n  { user: a }: b', '2:3: a key is a name, not a section or a list'],
    ['mqtt: { ? [a, b] : c }', '1:11: a key is a name, not a section or a list'],
    ['"one\\ntwo": 1', '1:1: "one\\ntwo": unknown key'],
    ['---\n---\n', '2:1: is not valid YAML: '],
  ])('%j is told with its place', (text, expected) => {
    const errors = errorsOf(text, { files: namedFiles });
    expect(errors).toHaveLength(1);
    expect(errors[0]?.startsWith(`gw.yaml:${expected}`), errors[0]).toBe(true);
  });

  it.each([
    'topics: { predefined: [{ id: 1, topic: a }, { id: 1, topic: b, clients: [x] }] }',
    'topics: { predefined: [{ id: 1, topic: a, clients: [y] }, { id: 1, topic: b, clients: [x] }] }',
    'links: [{ name: a, type: udp, listen: "[::]:0" }, { name: b, type: udp, listen: "[::]:0" }]',
    'mqtt: { server: mqtt://h, mode: transparent }\ndevices: [{ match: a, user: b }]',
    'mqtt: { server: [mqtt://h, wss://h], ca: ca.pem }',
    'mqtt: { server: [wss://h, mqtts://h], alpn: mqtt }',
    'mqtt: { server: MQTTS://h, alpn: mqtt }',
  ])('is not %s', (text) => {
    expect(errorsOf(text, { files: namedFiles })).toEqual([]);
  });

  it('does not hide another, in the order of the file', () => {
    const text = [
      'gateway:',
      '  idd: 1',
      '  name: a/b',
      'mqtt:',
      '  keepalive: 0s',
      '  password_file: /run/nothing',
      '  cert: gw.pem',
      'links:',
      '  - { name: a, type: udp, listen: nowhere }',
      '  - { name: a, type: udp }',
      'log: {}',
      'log: {}',
    ].join('\n');
    expect(
      errorsOf(text, { files: namedFiles }).map((line) => line.split(': ', 2).join(' ')),
    ).toEqual([
      'gw.yaml:2:3 gateway.idd',
      'gw.yaml:3:9 gateway.name',
      'gw.yaml:5:14 mqtt.keepalive',
      'gw.yaml:6:18 mqtt.password_file',
      'gw.yaml:7:9 mqtt.cert',
      'gw.yaml:9:35 links[0].listen',
      'gw.yaml:10:13 links[1].name',
      'gw.yaml:12:1 the key log is there twice',
    ]);
  });
});

describe('a key without effect', () => {
  it.each([
    ['server: [mqtt://h, ws://h], ca: ca.pem', 'mqtt.ca', 'are not encrypted'],
    ['server: mqtt://h, cert: gw.pem, key: gw.key', 'mqtt.cert', 'are not encrypted'],
    ['server: mqtt://h, alpn: mqtt', 'mqtt.alpn', 'are not encrypted'],
    ['server: wss://h, alpn: mqtt', 'mqtt.alpn', 'has no effect with wss://'],
    ['user: a', 'mqtt.user', 'with the embedded broker'],
    ['password: a', 'mqtt.password', 'with the embedded broker'],
    ['password_file: /run/secrets/mqtt', 'mqtt.password_file', 'with the embedded broker'],
    ['ca: ca.pem', 'mqtt.ca', 'with the embedded broker'],
    ['alpn: mqtt', 'mqtt.alpn', 'with the embedded broker'],
  ])('is refused: %s', (keys, path, why) => {
    const [first = ''] = errorsOf(`mqtt: { ${keys} }`, { files: namedFiles });
    expect(first).toMatch(/^gw\.yaml:1:\d+: /);
    expect(first).toContain(` ${path}: has no effect`);
    expect(first).toContain(why);
    expect(first).toMatch(/set (mqtt\.)?server to .*, or remove it$/);
  });

  it('is refused in a rule of a device, too', () => {
    expect(errorsOf('mqtt: { mode: transparent }\ndevices: [{ match: a, user: b }]')).toEqual([
      'gw.yaml:2:29: devices[0].user: has no effect with the embedded broker: set mqtt.server to the URL of a broker, or remove it',
    ]);
  });

  it('is not told beside a server that is wrong itself', () => {
    expect(errorsOf('mqtt: { server: ssl://h, ca: ca.pem }', { files: namedFiles })).toEqual([
      expect.stringContaining('mqtt.server: must be'),
    ]);
  });
});

describe('the HTTP server', () => {
  it('is off without its section, and listens on 127.0.0.1:8080 with it', () => {
    expect(configOf('').http).toBeUndefined();
    expect(configOf('http:').http).toBeUndefined();
    expect(configOf('http: {}').http).toMatchObject({ listen: { host: '127.0.0.1', port: 8080 } });
  });

  it.each(['127.0.0.1:0', '127.9.9.9:80', "'[::1]:80'", "'[::ffff:127.0.0.1]:80'"])(
    'needs no token on %s, which only this machine reaches',
    (listen) => {
      expect(errorsOf(`http: { listen: ${listen} }`)).toEqual([]);
    },
  );

  it.each(['0.0.0.0:8080', "'[::]:8080'", '192.0.2.1:80', "'[2001:db8::1]:80'"])(
    'needs a token on %s, which others reach',
    (listen) => {
      expect(errorsOf(`http: { listen: ${listen} }`)).toEqual([
        `gw.yaml:1:17: http.listen: is ${listen.replaceAll("'", '')}, which other machines can reach: set token_file (or token), or listen on 127.0.0.1`,
      ]);
      expect(configOf(`http: { listen: ${listen}, token: abc }`).http?.token).toBe('abc');
      const files = { '/run/secrets/http': 'from a file\n' };
      const text = `http: { listen: ${listen}, token_file: /run/secrets/http }`;
      expect(configOf(text, { files }).http?.token).toBe('from a file');
    },
  );

  it('has one token, in the file or in its own', () => {
    const files = { '/t': 'b' };
    expect(errorsOf('http: { token: a, token_file: /t }', { files })).toEqual([
      'gw.yaml:1:31: http.token_file: excludes token: give only one of the two',
    ]);
  });

  it('cannot do without its token because the file is empty', () => {
    expect(
      errorsOf('http: { listen: 0.0.0.0:80, token_file: /t }', { files: { '/t': '\n' } }),
    ).toEqual(['gw.yaml:1:41: http.token_file: names /t, which is empty']);
  });
});

describe('a feature that comes later', () => {
  it.each([
    ['dtls', 'dtls links; use udp'],
    ['tcp', 'tcp links; for a modem behind TCP use serial with `port: tcp://host:port`'],
  ])('is refused: links of type %s', (type, why) => {
    expect(errorsOf(`links: [{ name: a, type: ${type} }]`)).toEqual([
      `gw.yaml:1:26: links[0].type: is not available yet: ${why}`,
    ]);
  });
});

describe('any text', () => {
  it('is judged without throwing', () => {
    const yamlish = fc.stringMatching(/^[-a-c:[\]{}&*!|>'"#%,?$ \n\t<]{0,60}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), yamlish), (text) => {
        const { config, errors } = parse(text);
        expect(config === undefined).toBe(errors !== undefined);
      }),
      { numRuns: 500 },
    );
  });

  it('of known keys with any values is judged without throwing', () => {
    const paths: Path[] = [];
    eachKey(parseDocument(complete).toJS(), ({ path }) => paths.push(path));
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const doc = parseDocument(complete);
        doc.setIn(path, value);
        const { config, errors = [] } = parse(doc.toString(), { files: namedFiles });
        expect(config !== undefined || errors.length > 0).toBe(true);
        expect(errors.every(({ line = 0, column = 0 }) => line > 0 && column > 0)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('of aliases that multiply is refused', () => {
    const levels = 'abcdefgh'.split('');
    const lines = levels.map((name, i) => {
      const below = i === 0 ? 'x' : `*${levels[i - 1]}`;
      return `${name}: &${name} [${Array(10).fill(below).join(', ')}]`;
    });
    expect(errorsOf(lines.join('\n'))).toEqual([expect.stringContaining('alias')]);
  });

  it('of aliases that go in circles is refused', () => {
    expect(errorsOf('devices: &a [*a]\nlinks: &b { c: *b }').length).toBeGreaterThan(0);
  });
});

describe('a misspelt key', () => {
  interface KeyInFile {
    name: string;
    offset: number;
    line: number;
    siblings: string[];
  }

  const keys = keysOf(complete);

  it('is told at its line, with the key that was meant', () => {
    fc.assert(
      fc.property(fc.constantFrom(...keys), mutation(), (key, mutate) => {
        const wrong = mutate(key.name);
        const rivals = key.siblings.filter((name) => name !== key.name);
        fc.pre(/^[a-z_]+$/.test(wrong) && !key.siblings.includes(wrong));
        fc.pre(!['true', 'false', 'null'].includes(wrong));
        fc.pre(rivals.every((name) => editDistance(wrong, name) > 1));
        const text =
          complete.slice(0, key.offset) + wrong + complete.slice(key.offset + key.name.length);
        const error = parse(text, { files: namedFiles }).errors?.find(
          ({ message }) => message === 'unknown key',
        );
        expect(error).toMatchObject({ line: key.line, hint: key.name });
      }),
      { numRuns: 200 },
    );
  });

  function keysOf(text: string): KeyInFile[] {
    const found: KeyInFile[] = [];
    visit(parseDocument(text), {
      Pair(_, pair, ancestors) {
        const offset = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
        const map = ancestors.at(-1);
        if (offset === undefined || !isMap(map)) return;
        const name = String(pair.key);
        const line = text.slice(0, offset).split('\n').length;
        found.push({ name, offset, line, siblings: siblingsOf(name) });
      },
    });
    return found;
  }

  /** The keys of every section that has this one: more than its own, never fewer. */
  function siblingsOf(name: string): string[] {
    const siblings = new Set<string>();
    const collect = ({ children = new Map<string, KeyNode>(), items }: KeyNode): void => {
      if (children.has(name)) for (const key of children.keys()) siblings.add(key);
      for (const child of children.values()) collect(child);
      if (items !== undefined) collect(items);
    };
    collect(rootKey());
    return [...siblings];
  }

  /** One letter more, less or different, or two swapped. */
  function mutation(): fc.Arbitrary<(word: string) => string> {
    const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz_'.split(''));
    return fc
      .tuple(fc.nat(30), letter, fc.constantFrom('insert', 'delete', 'replace', 'swap'))
      .map(([at, other, kind]) => (word) => {
        const i = at % word.length;
        const [head, tail] = [word.slice(0, i), word.slice(i + 1)];
        if (kind === 'insert') return head + other + word.slice(i);
        if (kind === 'delete') return head + tail;
        if (kind === 'replace') return head + other + tail;
        return head + tail.slice(0, 1) + word.charAt(i) + tail.slice(1);
      });
  }
});
