import { eachKey } from './keys.js';
import type { Config } from './schema.js';

const HIDDEN = '***';

/** A copy without passwords, certificates and keys, for logs. */
export function redact(config: Config): Config {
  const copy = structuredClone(config);
  eachKey(copy, ({ holder, key, node }) => {
    if (node.isSecret || node.file === 'pem') holder[key] = HIDDEN;
  });
  copy.mqtt.server = brokerNames(copy);
  return copy;
}

/** The broker's URLs without their queries, which may hold tokens; or `embedded`. */
export function brokerNames({ mqtt: { server } }: Config): Config['mqtt']['server'] {
  return server === 'embedded' ? server : server.map((url) => url.replace(/\?.*$/s, `?${HIDDEN}`));
}
