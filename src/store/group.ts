import type { JournalValue } from '../core/types.js';

/** Writes that reach the disk together, and who waits for that. */
export class Group {
  /** The latest of each key; undefined: the record goes. */
  readonly writes: Map<string, JournalValue | undefined>;
  readonly waiting: (() => void)[] = [];
  /** It had writes that were taken back; those of the same turn that are still to come belong to it. */
  private hasTakenBack = false;

  constructor(writes = new Map<string, JournalValue | undefined>()) {
    this.writes = writes;
  }

  /** Nobody has written anything into it, or waits for it. */
  get isUntouched(): boolean {
    return this.writes.size === 0 && this.waiting.length === 0 && !this.hasTakenBack;
  }

  /** The record never got to the disk, and need not. */
  takeBack(key: string): void {
    if (this.writes.delete(key)) this.hasTakenBack = true;
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
