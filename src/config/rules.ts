/** The rules between keys. What a single key may be stands in schema.ts. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { isLoopback, listenAddressText, portText } from './values.js';

const anything = z.looseObject({});
const mode = z.enum(['aggregating', 'transparent']);
const LOGIN_KEYS = ['user', 'password', 'password_file'];
const TLS_KEYS = ['ca', 'cert', 'key', 'alpn'];
const EMBEDDED_IGNORES =
  'has no effect with the embedded broker: set mqtt.server to the URL of a broker, or remove it';
const AGGREGATING_IGNORES = 'is only used with mode: transparent, and this is aggregating';
const PLAIN_IGNORES =
  'has no effect, as mqtt:// and ws:// are not encrypted: set server to mqtts:// or wss://, or remove it';

export const onePassword = keyOrFile('password');
export const oneToken = keyOrFile('token');
export const oneKey = keyOrFile('key');

export const certificateWithKey = rule(anything, (keys, report) => {
  if (isSet(keys, 'cert') && !isSet(keys, 'key')) {
    report(['cert'], 'needs the private key, too: set key');
  }
  if (isSet(keys, 'key') && !isSet(keys, 'cert')) {
    report(['key'], 'needs the certificate, too: set cert');
  }
});

const brokerScheme = z
  .string()
  .regex(/^(mqtts?|wss?):/i)
  .transform((url) => url.slice(0, url.indexOf(':')).toLowerCase());

/** A key that does nothing misleads: certificates beside mqtt:// look like encryption. */
export const transportKeysWhenUsed = rule(
  z.looseObject({ server: z.union([z.literal('embedded'), z.array(brokerScheme)]) }),
  (keys, report) => {
    const refuse = (names: string[], message: string): void => {
      for (const name of names.filter((key) => isSet(keys, key))) report([name], message);
    };
    const { server } = keys;
    if (server === 'embedded') refuse([...LOGIN_KEYS, ...TLS_KEYS], EMBEDDED_IGNORES);
    else if (!server.some((scheme) => scheme === 'mqtts' || scheme === 'wss')) {
      refuse(TLS_KEYS, PLAIN_IGNORES);
    } else if (!server.includes('mqtts')) {
      refuse(['alpn'], 'has no effect with wss://: set server to mqtts://, or remove it');
    }
  },
);

const address = z.object({ host: z.string(), port: z.number() });

/** Who can read the metrics knows the site; later the same server will change things. */
export const tokenWhenReachable = rule(z.looseObject({ listen: address }), (keys, report) => {
  if (isLoopback(keys.listen.host) || isSet(keys, 'token') || isSet(keys, 'token_file')) return;
  report(
    ['listen'],
    `is ${listenAddressText(keys.listen)}, which other machines can reach: set token_file (or token), or listen on 127.0.0.1`,
  );
});

export const multicastOfSameFamily = rule(
  z.object({ listen: address, multicast: z.object({ group: z.string() }) }),
  ({ listen, multicast }, report) => {
    const group = isIP(multicast.group);
    if (group !== 0 && group !== isIP(listen.host)) {
      report(
        ['multicast', 'group'],
        `is IPv${group}, but the link listens on ${listenAddressText(listen)}`,
      );
    }
  },
);

/** Entries that have it wrong are left out, and do not keep the others from being compared. */
const listOf = <T extends z.ZodRawShape>(keys: T) =>
  z.array(z.object(keys).optional().catch(undefined));

export const uniqueLinkNames = rule(listOf({ name: z.string() }), (links, report) => {
  eachRepeated(
    links.map((link) => (link === undefined ? [] : [link.name])),
    (i, first) => report([i, 'name'], `is already the name of links[${first}]`),
  );
});

export const uniqueListenAddresses = rule(
  listOf({ type: z.literal('udp'), listen: address }),
  (links, report) => {
    eachRepeated(
      links.map((link) => (link?.listen.port ? [listenAddressText(link.listen)] : [])),
      (i, first) => report([i, 'listen'], `is already used by links[${first}]`),
    );
  },
);

const port = z.union([
  z.object({ kind: z.literal('device'), path: z.string() }),
  z.object({ kind: z.literal('tcp'), host: z.string(), port: z.number() }),
]);

/** One port has one modem. That two paths lead to it shows when it is opened. */
export const uniquePorts = rule(
  listOf({
    type: z.literal('serial'),
    port,
    loralink: z.object({ transmit_port: port.optional() }).optional(),
  }),
  (links, report) => {
    const ports = links.flatMap((link, i) => {
      if (link === undefined) return [];
      const { transmit_port: second } = link.loralink ?? {};
      const own = { i, path: ['port'], text: portText(link.port) };
      if (second === undefined) return [own];
      return [own, { i, path: ['loralink', 'transmit_port'], text: portText(second) }];
    });
    eachRepeated(
      ports.map(({ text }) => [text.toLowerCase()]),
      (at, first) => {
        const { i = 0, path = [] } = ports[at] ?? {};
        report([i, ...path], `is already used by links[${ports[first]?.i}]`);
      },
    );
  },
);

/** Entries for a client pattern may override those for everybody, so only equals exclude each other. */
export const uniquePredefinedIds = rule(
  listOf({ id: z.number(), clients: z.array(z.string()).default(['']) }),
  (entries, report) => {
    eachRepeated(
      entries.map((entry) => entry?.clients.map((pattern) => `${entry.id} ${pattern}`) ?? []),
      (i, first) =>
        report([i, 'id'], `is already taken for the same clients by topics.predefined[${first}]`),
    );
  },
);

/** An aggregating upstream has one login for everybody and the embedded broker has none: a device's own would never be used. */
export const loginOnlyWhenUsed = rule(
  z.object({
    mqtt: z.object({ mode, server: z.unknown() }),
    devices: z.array(z.looseObject({ mode: mode.optional() })),
  }),
  ({ mqtt, devices }, report) => {
    devices.forEach((device, i) => {
      const isTransparent = (device.mode ?? mqtt.mode) === 'transparent';
      if (isTransparent && mqtt.server !== 'embedded') return;
      for (const key of LOGIN_KEYS.filter((name) => isSet(device, name))) {
        report(['devices', i, key], isTransparent ? EMBEDDED_IGNORES : AGGREGATING_IGNORES);
      }
    });
  },
);

/** A secret stands in the file or in one of its own. */
function keyOrFile(key: string) {
  return rule(anything, (keys, report) => {
    const other = `${key}_file`;
    if (isSet(keys, key) && isSet(keys, other)) {
      report([other], `excludes ${key}: give only one of the two`);
    }
  });
}

export function isSet(keys: Record<string, unknown>, key: string): boolean {
  return keys[key] !== undefined;
}

/** Calls `report` for every entry that shares a word with an earlier one. */
function eachRepeated(words: string[][], report: (entry: number, first: number) => void): void {
  const firsts = new Map<string, number>();
  words.forEach((own, i) => {
    const taken = own.find((word) => firsts.has(word));
    if (taken !== undefined) report(i, firsts.get(taken) ?? 0);
    for (const word of own) if (!firsts.has(word)) firsts.set(word, i);
  });
}

/**
 * A rule between keys, for `superRefine`. It is judged whenever the keys it looks at are in order
 * (`needs`), whatever else is wrong, so that all errors come at once.
 */
export function rule<T>(
  needs: z.ZodType<T>,
  judge: (value: T, report: (path: (string | number)[], message: string) => void) => void,
) {
  const run = (value: unknown, ctx: z.core.$RefinementCtx): void =>
    judge(needs.parse(value), (path, message) => ctx.addIssue({ code: 'custom', path, message }));
  const when = (payload: z.core.ParsePayload): boolean => needs.safeParse(payload.value).success;
  return [run, { when }] as const;
}

/** What Home Assistant is told to read would never be there. */
export const stateTopicsForDiscovery = rule(
  z.looseObject({ mqtt: z.looseObject({ state_topics: z.literal(false) }) }),
  (keys, report) => {
    if (!isSet(keys, 'homeassistant')) return;
    report(['homeassistant'], 'needs the states of devices: remove mqtt.state_topics: false');
  },
);
