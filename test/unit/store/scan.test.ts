import { describe, expect, it } from 'vitest';
import type { Entry, Level } from '../../../src/store/level.js';
import { scan } from '../../../src/store/scan.js';

/** Records, some of which cannot be read; a read that meets one loses what it has read before it. */
function levelOf(keys: readonly string[], unreadable: readonly string[]): Level {
  const sorted = [...keys].sort();
  return {
    batch: () => {
      throw new Error('only for reading');
    },
    read(from) {
      let at = sorted.findIndex(
        (key) => from === undefined || Buffer.compare(Buffer.from(key), from) >= 0,
      );
      if (at < 0) at = sorted.length;
      return {
        async next(count) {
          const found = sorted.slice(at, at + count);
          if (found.some((key) => unreadable.includes(key))) throw new Error('unreadable');
          at += found.length;
          return found.map((key): Entry => [Buffer.from(key), new Uint8Array()]);
        },
        close: async () => {},
      };
    },
    demandInPlace: async () => {},
    close: async () => {},
  };
}

const read = async (keys: readonly string[], unreadable: readonly string[]) => {
  const found: string[] = [];
  const gaps = await scan(levelOf(keys, unreadable), (key) =>
    found.push(Buffer.from(key).toString()),
  );
  return { gaps, found };
};

describe('reading everything', () => {
  const keys = [
    'a\0one',
    'b\0one\0#001',
    'b\0one\0#002',
    'b\0one\0#009',
    'b\0two\0#001',
    'c\0x',
    'ü',
  ].sort();
  const without = (missing: readonly string[]) => keys.filter((key) => !missing.includes(key));

  it('takes all there is', async () => {
    expect(await read(keys, [])).toEqual({ gaps: 0, found: keys });
    expect(await read([], [])).toEqual({ gaps: 0, found: [] });
  });

  it.each(keys.map((key) => [key]))('goes on behind %j', async (bad) => {
    expect(await read(keys, [bad])).toEqual({ gaps: 1, found: without([bad]) });
  });

  it('goes on behind several places, even if it does not find all that is between them', async () => {
    const bad = ['a\0one', 'b\0one\0#002', 'c\0x'];
    const { gaps, found } = await read(keys, bad);
    expect(gaps).toBeGreaterThan(1);
    expect(found).toContain('ü');
    expect(without(bad)).toEqual(expect.arrayContaining(found));
    expect(found).toEqual([...found].sort());
  });

  it('ends where nothing can be read at all', async () => {
    expect(await read(keys, keys)).toEqual({ gaps: 1, found: [] });
  });
});
