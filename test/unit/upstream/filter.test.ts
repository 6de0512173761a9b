import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { matchesFilter } from '../../../src/codec/index.js';
import { filtersOverlap, levelsOf } from '../../../src/upstream/filter.js';
import { FilterIndex } from '../../../src/upstream/filter-index.js';

/** Few words and few levels, so that filters meet often. */
const word = fc.constantFrom('a', 'b', '', '$s');
const topic = fc.array(word, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'));
const filter = fc
  .tuple(fc.array(fc.oneof(word, fc.constant('+')), { maxLength: 4 }), fc.boolean())
  .filter(([levels, rest]) => rest || levels.length > 0)
  .map(([levels, rest]) => [...levels, ...(rest ? ['#'] : [])].join('/'));

/** All topics of up to five levels over the words, enough to witness any overlap of such filters. */
const topics = ['a', 'b', '', '$s'].flatMap(function grow(name: string): string[] {
  const deeper = name.split('/').length < 5 ? ['a', 'b', '', '$s'] : [];
  return [name, ...deeper.flatMap((next) => grow(`${name}/${next}`))];
});

const overlap = (a: string, b: string) => filtersOverlap(levelsOf(a), levelsOf(b));

describe('filtersOverlap', () => {
  it.each([
    ['a/+', 'a/b', true],
    ['a/+', '+/b', true],
    ['a/#', 'a', true],
    ['#', 'a/b/c', true],
    ['+/b/#', 'a/#', true],
    ['a/+', 'a', false],
    ['a/b', 'a/c', false],
    ['+', 'a/b', false],
    ['#', '$SYS/x', false],
    ['+/x', '$SYS/x', false],
    ['$SYS/#', '$SYS/+', true],
  ])('of %s and %s is %s', (a, b, expected) => {
    expect(overlap(a, b)).toBe(expected);
    expect(overlap(b, a)).toBe(expected);
  });

  it('is true exactly when some topic matches both', () => {
    fc.assert(
      fc.property(filter, filter, (a, b) => {
        const common = topics.some((name) => matchesFilter(a, name) && matchesFilter(b, name));
        expect(overlap(a, b)).toBe(common);
      }),
    );
  });
});

describe('FilterIndex', () => {
  it('finds exactly the filters that match, whatever was set and deleted before', () => {
    const operation = fc.record({ filter, deletes: fc.boolean() });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 20 }), fc.array(topic), (operations, names) => {
        const index = new FilterIndex<string>();
        const present = new Set<string>();
        for (const { filter, deletes } of operations) {
          if (deletes) {
            index.delete(filter);
            present.delete(filter);
          } else {
            index.set(filter, filter);
            present.add(filter);
          }
        }
        for (const name of names) {
          const expected = [...present].filter((candidate) => matchesFilter(candidate, name));
          expect(index.match(name).sort()).toEqual(expected.sort());
        }
      }),
    );
  });

  it('looks at as few levels among ten thousand filters as among ten', () => {
    expect(lookUps(10_000)).toBe(lookUps(10));
  });
});

/** How often one match asks a level for a child, and never for all of them. */
function lookUps(filters: number): number | undefined {
  const index = new FilterIndex<number>();
  for (let i = 0; i < filters; i++) index.set(`sensors/device-${i}/set`, i);
  index.set('sensors/+/get', -1);
  const get = vi.spyOn(Map.prototype, 'get');
  const all = (['values', 'entries', 'keys', 'forEach'] as const).map((name) =>
    vi.spyOn(Map.prototype, name),
  );
  try {
    const found = index.match('sensors/device-7/set');
    const [looked, ...wholes] = [get, ...all].map(({ mock }) => mock.calls.length);
    expect(found).toEqual([7]);
    expect(wholes).toEqual(wholes.map(() => 0));
    return looked;
  } finally {
    for (const one of [get, ...all]) one.mockRestore();
  }
}
