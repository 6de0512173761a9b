/** MQTT topic names and filters (MQTT 3.1.1, 4.7): the syntax both protocols share. */

/** MQTT limits names to 65,535 octets of UTF-8; a UTF-16 length above it cannot fit either. */
const TOPIC_LENGTH_MAX = 0xffff;

/** Mosquitto closes the connection of a client that uses more; who needs so many? */
const LEVELS_MAX = 200;

/**
 * Control characters and noncharacters. A broker may close the connection on them (MQTT 3.1.1,
 * 1.5.3; Mosquitto does), and that connection may be the one of all devices.
 */
const UNUSABLE = /[\p{Cc}\p{Noncharacter_Code_Point}]/u;

/** A name that can be published to: not empty, no wildcard, nothing that brokers choke on. */
export function isValidTopic(name: string): boolean {
  return isUsable(name) && !hasWildcard(name);
}

/** A filter that can be subscribed to: `+` fills a level, `#` is the last one. */
export function isValidFilter(filter: string): boolean {
  if (!isUsable(filter)) return false;
  const levels = filter.split('/');
  return levels.every(
    (level, i) =>
      (level === '#' && i === levels.length - 1) ||
      level === '+' ||
      !(level.includes('#') || level.includes('+')),
  );
}

function isUsable(text: string): boolean {
  if (text.length === 0 || text.length > TOPIC_LENGTH_MAX || UNUSABLE.test(text)) return false;
  let levels = 1;
  for (let at = text.indexOf('/'); at >= 0; at = text.indexOf('/', at + 1)) levels++;
  return levels <= LEVELS_MAX;
}

/** What a filter selects: that of a shared subscription stands behind its group (MQTT 5, 4.8.2). */
export function unshared(filter: string): string {
  return filter.startsWith('$share/') ? filter.replace(/^\$share\/[^/]+\/(?=.)/, '') : filter;
}

/** Whether a filter has a wildcard, so that its topic ids are agreed per matching name. */
export function hasWildcard(filter: string): boolean {
  return filter.includes('+') || filter.includes('#');
}

const WILDCARD = /[+#]|$/;

/** Whether `topic` matches `filter`; wildcards at the first level do not match `$` topics [MQTT-4.7.2-1]. */
export function matchesFilter(filter: string, topic: string): boolean {
  if (filter === topic) return true;
  if (topic.startsWith('$') && (filter.startsWith('+') || filter.startsWith('#'))) return false;
  // Most are told apart by what is in front of the first wildcard; `a/#` matches `a`, too.
  const literal = filter.slice(0, filter.search(WILDCARD));
  if (!topic.startsWith(literal) && `${topic}/` !== literal) return false;
  const f = filter.split('/');
  const t = topic.split('/');
  for (let i = 0; i < f.length; i++) {
    if (f[i] === '#') return true;
    if (i >= t.length) return false;
    if (f[i] !== '+' && f[i] !== t[i]) return false;
  }
  return f.length === t.length;
}
