/** MQTT topic names and filters (MQTT 3.1.1, 4.7): the syntax both protocols share. */

/** MQTT limits names to 65,535 octets of UTF-8; a UTF-16 length above it cannot fit either. */
const TOPIC_LENGTH_MAX = 0xffff;

/** A name that can be published to: not empty, no wildcard, no U+0000. */
export function isValidTopic(name: string): boolean {
  if (name.length === 0 || name.length > TOPIC_LENGTH_MAX) return false;
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    if (unit === 0x23 || unit === 0x2b || unit === 0) return false;
  }
  return true;
}

/** A filter that can be subscribed to: `+` fills a level, `#` is the last one, no U+0000. */
export function isValidFilter(filter: string): boolean {
  if (filter.length === 0 || filter.length > TOPIC_LENGTH_MAX || filter.includes('\0'))
    return false;
  const levels = filter.split('/');
  return levels.every(
    (level, i) =>
      (level === '#' && i === levels.length - 1) ||
      level === '+' ||
      !(level.includes('#') || level.includes('+')),
  );
}

/** Whether a filter has a wildcard, so that its topic ids are agreed per matching name. */
export function hasWildcard(filter: string): boolean {
  return filter.includes('+') || filter.includes('#');
}

/** Whether `topic` matches `filter`; wildcards at the first level do not match `$` topics [MQTT-4.7.2-1]. */
export function matchesFilter(filter: string, topic: string): boolean {
  if (filter === topic) return true;
  if (topic.startsWith('$') && (filter.startsWith('+') || filter.startsWith('#'))) return false;
  const f = filter.split('/');
  const t = topic.split('/');
  for (let i = 0; i < f.length; i++) {
    if (f[i] === '#') return true;
    if (i >= t.length) return false;
    if (f[i] !== '+' && f[i] !== t[i]) return false;
  }
  return f.length === t.length;
}
