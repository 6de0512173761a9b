/** What makes a text valid: each check says what is wrong, or nothing. */
import { isValidFilter, isValidTopic } from '../codec/index.js';
import { CLIENT_ID_TEMPLATE, type TextCheck } from './kinds.js';
import { isMulticast } from './values.js';

const BROKER_SCHEMES = ['mqtt', 'mqtts', 'ws', 'wss'];

/** A plain word that `${clientId}` becomes before a topic is judged. */
const ANY_CLIENT = 'client';

function unless(valid: (value: string) => boolean, message: string): TextCheck {
  return (value) => (valid(value) ? undefined : message);
}

function withClient(value: string): string {
  return value.replaceAll(CLIENT_ID_TEMPLATE, ANY_CLIENT);
}

export const topicName = unless(
  (value) => isValidTopic(withClient(value)),
  'must be a topic name: no wildcards (+ and #)',
);

export const topicFilter = unless(
  (value) => isValidFilter(withClient(value)),
  'must be a topic filter: + fills a whole level, # is the last level',
);

/** The name becomes a level of topics and a part of the client id. */
const NOT_IN_NAMES = /[/+#\p{Cc}]/gu;

export const gatewayName = unless(
  (value) => value.search(NOT_IN_NAMES) === -1,
  'must be a name without / + # and control characters',
);

/** A host name made fit for a gateway's name. */
export function asGatewayName(hostName: string): string {
  return hostName.replace(NOT_IN_NAMES, '-') || 'gateway';
}

/** The name becomes a label of metrics and a key of maps. */
export const linkName = unless(
  (value) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(value),
  'must be letters, digits, dots, dashes and underscores, and begin with a letter or digit',
);

export const multicastGroup = unless(
  isMulticast,
  'must be a multicast address: 224.0.0.0 to 239.255.255.255, or IPv6 that begins with ff',
);

export function brokerUrl(value: string): string | undefined {
  if (value === 'embedded') return 'cannot have `embedded` in a list: write `server: embedded`';
  const url = URL.canParse(value) ? new URL(value) : null;
  const scheme = url?.protocol.slice(0, -1) ?? '';
  if (url === null || !BROKER_SCHEMES.includes(scheme) || url.hostname === '') {
    return 'must be `embedded` or a URL such as mqtt://host:1883 (mqtt, mqtts, ws or wss)';
  }
  if (url.username !== '' || url.password !== '') {
    return 'must not contain a login: use the keys user and password_file';
  }
  if (scheme.startsWith('mqtt') && url.pathname + url.search + url.hash !== '') {
    return 'must end after the port: only ws and wss have a path';
  }
  return undefined;
}
