/**
 * Ends of messages of one session that nobody has asked for yet, by their name. Of those that the outbox has, and asks for
 * again, the disk knows, too: a crash would have them sent once more.
 */
import type { JournalRecord } from '../core/types.js';
import type { Journal } from '../store/journal.js';
import { FINISHED_MAX } from './limits.js';
import type { Failure } from './reasons.js';
import { keyParts, recordKey } from './records.js';

export class UntoldEnds {
  /** undefined: the broker has it. */
  readonly #ends = new Map<string, Failure | undefined>();

  /**
   * @param name of the session: its client id
   * @param records of an earlier run
   */
  constructor(
    private readonly name: string,
    private readonly journal: Journal,
    records: readonly JournalRecord[],
  ) {
    for (const record of records) {
      const [, ref] = keyParts(record);
      if (ref !== undefined) this.#ends.set(ref, undefined);
    }
  }

  /** Whether the broker has a message that would be published once more if its end were forgotten. */
  get hasSuccess(): boolean {
    return [...this.#ends.values()].includes(undefined);
  }

  has(ref: string): boolean {
    return this.#ends.has(ref);
  }

  /** @param isOwed whether the outbox asks for it, also after a crash */
  add(ref: string, failure: Failure | undefined, isOwed: boolean): void {
    this.#ends.set(ref, failure);
    if (isOwed && failure === undefined) this.journal.put(this.#key(ref), true);
    const [oldest] = this.#ends.keys();
    if (this.#ends.size > FINISHED_MAX && oldest !== undefined) this.forget(oldest);
  }

  /** It is told now. */
  take(ref: string): Failure | undefined {
    const failure = this.#ends.get(ref);
    this.forget(ref);
    return failure;
  }

  /** Nobody will be told. */
  forget(ref: string): void {
    if (!this.#ends.has(ref)) return;
    this.#ends.delete(ref);
    this.journal.delete(this.#key(ref));
  }

  #key(ref: string): string {
    return recordKey('ud', this.name, ref);
  }
}
