/** Whatever the fuzzer has kept, through the same promises: what once went wrong, and what goes different ways. */
import { describe, expect, it } from 'vitest';
import { folderOf, load, type Shelf } from './corpus.js';
import { TARGETS } from './targets/index.js';

const SHELVES: readonly Shelf[] = ['findings', 'corpus'];

describe.each(TARGETS.map((target) => [target.name, target] as const))('%s', (_, target) => {
  it.each(SHELVES)('takes its %s as it promises', async (shelf) => {
    for (const { name, input } of load(shelf, target.name)) {
      await expect(
        (async () => target.run(input))(),
        `${folderOf(shelf, target.name)}/${name}`,
      ).resolves.toBeUndefined();
    }
  });
});
