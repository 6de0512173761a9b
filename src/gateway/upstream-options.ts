import type { Config } from '../config/schema.js';
import { expandTemplate, matchesPattern } from '../core/settings.js';
import type { DeviceUpstream, UpstreamOptions } from '../upstream/index.js';

/** What the broker's side needs of the configuration. `current` gives the one in force: device rules can be reloaded. */
export function upstreamOptions(
  config: Config,
  current: () => Config,
): Omit<UpstreamOptions, 'dial' | 'onRoundTrip' | 'run'> {
  const { mqtt } = config;
  return {
    servers: mqtt.server === 'embedded' ? [] : mqtt.server,
    ...(mqtt.server === 'embedded' ? { embedded: mqtt.embedded } : {}),
    version: mqtt.version,
    clientId: mqtt.client_id,
    clientIdPrefix: mqtt.client_id_prefix,
    connections: mqtt.connections,
    ...present('user', mqtt.user),
    ...present('password', mqtt.password),
    ...present('ca', mqtt.ca),
    ...present('cert', mqtt.cert),
    ...present('key', mqtt.key),
    ...present('alpn', mqtt.alpn),
    keepaliveSec: mqtt.keepalive / 1000,
    maxQos: mqtt.max_qos as 1 | 2,
    maxInflight: mqtt.max_inflight,
    baseTopic: mqtt.base_topic,
    deviceOf: (client) => deviceUpstream(current(), client),
  };
}

/** How a device reaches the broker: its first rule, else the default mode. */
function deviceUpstream({ devices, mqtt }: Config, client: string): DeviceUpstream {
  const rule = devices.find(({ match }) => matchesPattern(match, client));
  const mode = rule?.mode ?? mqtt.mode;
  if (rule?.user === undefined) return { mode, ...present('password', rule?.password) };
  const user = expandTemplate(rule.user, client);
  // Another login than its own would give the device the rights of somebody else.
  if (user === undefined) return { mode, refusal: noUserName(rule.match, client) };
  return { mode, user, ...present('password', rule.password) };
}

function noUserName(match: string, client: string): string {
  return `the client id "${client}" has a character that may not stand in the user of devices "${match}"`;
}

/** An object with the member, or without it when there is no value. */
function present<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}
