import type { JournalValue } from '../core/types.js';

/** Writes that reach the disk together, and who waits for that. */
export class Group {
  /** The latest of each key; undefined: the record goes. */
  readonly writes: Map<string, JournalValue | undefined>;
  readonly waiting: (() => void)[] = [];

  constructor(writes = new Map<string, JournalValue | undefined>()) {
    this.writes = writes;
  }

  /** This group and an earlier one in one, for the earlier has not reached the disk. */
  after(earlier: Group): Group {
    const [few, many] =
      this.writes.size < earlier.writes.size
        ? [this.writes, earlier.writes]
        : [earlier.writes, this.writes];
    const areNewer = few === this.writes;
    for (const [key, value] of few) if (areNewer || !many.has(key)) many.set(key, value);
    const both = new Group(many);
    both.waiting.push(...earlier.waiting, ...this.waiting);
    return both;
  }
}
