import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasWildcard, isValidFilter, isValidTopic, matchesFilter } from '../../src/codec/index.js';

/** MQTT 4.7 as it is written, level by level. */
function matches([filter, ...filters]: string[], [level, ...levels]: string[]): boolean {
  if (filter === '#') return true;
  if (filter === undefined || level === undefined) return filter === level;
  return (filter === '+' || filter === level) && matches(filters, levels);
}

function referenceMatches(filter: string, topic: string): boolean {
  // [MQTT-4.7.2-1]
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false;
  return matches(filter.split('/'), topic.split('/'));
}

/** Few different levels, so that filters and topics often meet. */
const level = fc.constantFrom('', 'a', 'b', '$a');
const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'));
const filter = fc
  .tuple(
    fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 4 }),
    fc.constantFrom('', '/#'),
  )
  .map(([levels, rest]) => levels.join('/') + rest);
const anyFilter = fc.oneof(filter, fc.constant('#'));
const anyText = fc
  .array(fc.constantFrom('a', '/', '+', '#', '\0', '$', 'ä'))
  .map((c) => c.join(''));

describe('topic filters', () => {
  it('match as MQTT writes it', () => {
    fc.assert(
      fc.property(anyFilter, topic, (filter, topic) => {
        expect(matchesFilter(filter, topic)).toBe(referenceMatches(filter, topic));
      }),
      { numRuns: 2000 },
    );
  });

  it('of which topic names are those without a wildcard', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(isValidTopic(text)).toBe(isValidFilter(text) && !hasWildcard(text));
      }),
      { numRuns: 1000 },
    );
  });

  it('are valid exactly when the wildcards stand where MQTT allows them', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const valid = /^(?=[\s\S])(?:(?:[^+#\0/]*|\+)\/)*(?:[^+#\0/]*|\+|#)$/.test(text);
        expect(isValidFilter(text)).toBe(valid);
      }),
      { numRuns: 1000 },
    );
  });
});
