/** Topic filters of MQTT, taken apart into levels. */

export function levelsOf(filterOrTopic: string): string[] {
  return filterOrTopic.split('/');
}

/** Whether some topic name matches both filters, given as levels. */
export function filtersOverlap(a: readonly string[], b: readonly string[]): boolean {
  // Wildcards at the first level do not match `$` topics [MQTT-4.7.2-1].
  if (isSystem(a) !== isSystem(b) && (startsWild(a) || startsWild(b))) return false;
  for (let i = 0; ; i++) {
    const left = a[i];
    const right = b[i];
    if (left === '#' || right === '#') return true;
    // `a/#` matches `a` as well [MQTT-4.7.1-2]: one level more is fine when it is `#`.
    if (left === undefined || right === undefined) return left === right;
    if (left !== right && left !== '+' && right !== '+') return false;
  }
}

function isSystem(levels: readonly string[]): boolean {
  return levels[0]?.startsWith('$') ?? false;
}

function startsWild(levels: readonly string[]): boolean {
  return levels[0] === '+' || levels[0] === '#';
}
