/** Which settings, topics and rights a device has: client id patterns and templates. */
import { hasWildcard, isValidFilter, matchesFilter } from '../codec/index.js';
import type { CoreConfig, DeviceSettings } from './config.js';

const TEMPLATE = '${clientId}';

/** Whether `pattern` (`*` any run of characters, `?` one) covers the whole client id. */
export function matchesPattern(pattern: string, clientId: string): boolean {
  let p = 0;
  let c = 0;
  let star = -1;
  let resume = 0;
  while (c < clientId.length) {
    if (pattern[p] === '*') {
      star = p++;
      resume = c;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === clientId[c])) {
      p++;
      c++;
    } else if (star >= 0) {
      p = star + 1;
      c = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/**
 * Puts the client id into a topic or filter. A client id that would change the topic's structure
 * (`/`, `+`, `#`, `$` in front) gets nothing: it could otherwise give itself the rights of others.
 */
export function expandTemplate(template: string, clientId: string): string | undefined {
  if (!template.includes(TEMPLATE)) return template;
  // A function, because `$&` and its like in a replacement text would put in parts of the template.
  return /^\$|[/+#]/.test(clientId) ? undefined : template.replaceAll(TEMPLATE, () => clientId);
}

/** The settings of a device; undefined when no rule matches and unknown devices are denied. */
export function settingsFor(config: CoreConfig, clientId: string): DeviceSettings | undefined {
  const rule = config.devices.find(({ match }) => matchesPattern(match, clientId));
  if (rule) return rule.settings;
  return config.access.unknownDevices === 'allow' ? config.defaults : undefined;
}

/** Also for who has no session, and no rules of its own. */
export const isReserved = ({ reserved = [] }: DeviceSettings, topic: string): boolean =>
  reserved.some((filter) => matchesFilter(filter, topic));

export function mayPublish(settings: DeviceSettings, clientId: string, topic: string): boolean {
  if (isReserved(settings, topic)) return false;
  const filters = settings.allow?.publish;
  return (
    filters === undefined ||
    filters.some((filter) => within(expandTemplate(filter, clientId), topic))
  );
}

export function maySubscribe(settings: DeviceSettings, clientId: string, filter: string): boolean {
  const filters = settings.allow?.subscribe;
  return (
    filters === undefined ||
    filters.some((allowed) => within(expandTemplate(allowed, clientId), filter))
  );
}

function within(allowed: string | undefined, filter: string): boolean {
  if (allowed === undefined || !isValidFilter(allowed)) return false;
  return hasWildcard(filter) ? coversFilter(allowed, filter) : matchesFilter(allowed, filter);
}

/** Whether every topic that `narrow` matches is matched by `wide` too. */
export function coversFilter(wide: string, narrow: string): boolean {
  if (/^[+#]/.test(wide) && narrow.startsWith('$')) return false;
  const w = wide.split('/');
  const n = narrow.split('/');
  for (let i = 0; i < w.length; i++) {
    if (w[i] === '#') return true;
    if (i >= n.length || n[i] === '#') return false;
    if (w[i] !== '+' && w[i] !== n[i]) return false;
  }
  return w.length === n.length;
}
