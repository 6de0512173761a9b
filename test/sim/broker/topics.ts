/** MQTT 4.7 and 5, 4.8.2: filters and names, as the simulated broker reads them. */

/** What a shared subscription selects; undefined: it is none. */
export const sharedFilter = (filter: string): string | undefined =>
  /^\$share\/[^/+#]+\/(.+)$/.exec(filter)?.[1];

export function topicMatches(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  // 4.7.2: a wildcard does not match a name that begins with $.
  if (topic.startsWith('$') && (wanted[0] === '+' || wanted[0] === '#')) return false;
  for (const [i, level] of wanted.entries()) {
    if (level === '#') return true;
    if (i >= levels.length || (level !== '+' && level !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}
