/** A journal without a disk whose commits are in the hands of the test, and which survives crashes of its users. */
import type { JournalRecord, JournalValue } from '../../src/core/types.js';
import type { Journal } from '../../src/store/journal.js';

/** `at-once`: like memory; `soon`: in the next turn of the event loop; `never`: only by `commit()`. */
export type Commits = 'at-once' | 'soon' | 'never';

export class TestJournal implements Journal {
  readonly isPersistent: boolean;
  #commits: Commits;
  readonly #disk: Map<string, JournalValue>;
  #written = new Map<string, JournalValue | undefined>();
  #waiting: (() => void)[] = [];
  readonly #taken = new Set<string>();
  #scheduled = false;

  constructor(
    commits: Commits = 'soon',
    disk: ReadonlyMap<string, JournalValue> = new Map(),
    isPersistent = true,
  ) {
    this.#commits = commits;
    this.#disk = new Map(disk);
    this.isPersistent = isPersistent;
  }

  /** As with `store.path: memory`. */
  static memory(): TestJournal {
    return new TestJournal('at-once', new Map(), false);
  }

  /** What a new run finds: only what has been committed. Nothing more is written by the old one. */
  crashed(): TestJournal {
    this.#waiting = [];
    this.#commits = 'never';
    return new TestJournal('soon', this.#disk);
  }

  /** Keys on disk, of one kind. */
  kept(kind: string): string[] {
    return [...this.#disk.keys()].filter((key) => key.split('\0')[0] === kind);
  }

  /** What they hold. */
  values(kind: string): JournalValue[] {
    return this.kept(kind).map((key) => this.#disk.get(key) ?? null);
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  set commits(commits: Commits) {
    this.#commits = commits;
    if (commits !== 'never') this.commit();
  }

  /** Everything written so far reaches the disk, and those who wait for it hear so. */
  commit(): void {
    this.#reachDisk();
    for (const then of this.#waiting.splice(0)) then();
  }

  /** Likewise, but nobody hears of it before a crash. */
  commitUnheard(): void {
    this.#reachDisk();
    this.#waiting = [];
  }

  take(kind: string): readonly JournalRecord[] {
    if (!this.isPersistent) return [];
    if (this.#taken.has(kind)) throw new Error(`the records ${kind} were taken before`);
    this.#taken.add(kind);
    const keys = this.kept(kind).sort();
    return keys.map((key) => ({ key, value: this.#disk.get(key) ?? null }));
  }

  put(key: string, value: JournalValue): void {
    this.#written.set(key, value);
  }

  delete(key: string): void {
    this.#written.set(key, undefined);
  }

  afterCommit(then: () => void): void {
    this.#waiting.push(then);
    if (this.#commits === 'at-once') this.commit();
    if (this.#commits !== 'soon' || this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#commits === 'soon') this.commit();
    });
  }

  #reachDisk(): void {
    for (const [key, value] of this.#written) {
      if (value === undefined) this.#disk.delete(key);
      else this.#disk.set(key, value);
    }
    this.#written.clear();
  }
}
