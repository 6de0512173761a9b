/**
 * What the gateway keeps over restarts: records under keys, changed in groups.
 *
 * Writes that are made in one turn of the event loop belong together: after a crash all of them are
 * there or none. Groups reach the disk in the order in which they were made. Nothing here blocks and
 * nothing throws: a disk that fails is reported, the writes wait in memory (the latest of each key),
 * and are made up for when it works again.
 */
import type { JournalRecord, JournalValue } from '../core/types.js';

/** The journal as its users see it. */
export interface Journal {
  /** false: a restart loses everything (`store.path: memory`). */
  readonly isPersistent: boolean;
  /**
   * Hands over the records of the earlier run whose key has this first part, in the order of the
   * keys: once, to their one owner. To be called after `open`.
   */
  take(kind: string): readonly JournalRecord[];
  /**
   * The value, and the octets in it, must not change any more: they are encoded when the group is
   * written, so that what is deleted before that costs nothing.
   */
  put(key: string, value: JournalValue): void;
  delete(key: string): void;
  /**
   * Runs `then` as soon as everything written so far survives a crash; while the disk fails, at once,
   * because memory is all there is then. In the order of the calls; possibly before this returns.
   * Must not throw. Asking for it makes the group urgent: others may stay in memory for `LAZY_COMMIT_MS`.
   */
  afterCommit(then: () => void): void;
}

/**
 * What a journal reports: `failing` before any `afterCommit` runs because of it, `working` before any
 * runs again because of a commit. In between no `afterCommit` says anything about the disk.
 */
export type JournalProblem =
  /** Records or files could not be read and were left out, or had to be set aside. */
  | { problem: 'damaged'; detail: string }
  /** When it begins, and when its reason changes: groups wait in memory, and callbacks for nothing. */
  | { problem: 'failing'; detail: string }
  /**
   * Groups reach the disk again. What was written while they did not has got there too, except for the
   * latest: all of it is there when an `afterCommit` that is asked for now runs.
   */
  | { problem: 'working'; detail: string };

/** The journal as the gateway runs it. */
export interface Store extends Journal {
  /**
   * Reads what an earlier run left behind. Damage, a directory that cannot be written or a full disk
   * are reported and lived with. Rejects only when another process uses the directory, or when a
   * newer release has written it: with a message for people.
   */
  open(): Promise<void>;
  /** Writes everything that is waiting and closes; takes `CLOSE_TIMEOUT_MS` at most. */
  close(): Promise<void>;
}

/** Between the parts of a key; no client id, topic or filter contains it. */
export const KEY_SEPARATOR = '\0';

/**
 * `take` hands over one record of this kind when records of an earlier run may be missing: the files were damaged.
 * It stays until its owner deletes it, so that whoever is killed before that concludes the same in the next run.
 */
export const DAMAGED_KIND = '!damaged';
