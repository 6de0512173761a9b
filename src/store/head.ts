/**
 * The head is a record in each batch. It says which release's records these are and how many there
 * must be: LevelDB leaves out a garbled part of its log without a word.
 *
 * It stays readable for all releases: they must be able to say that a newer one was here.
 */
import type { JournalValue } from '../core/types.js';
import { records } from './causes.js';
import type { Ledger } from './ledger.js';

/** Sorts before all kinds of records, and is none. */
export const HEAD_KEY = '!head';

export interface Head {
  /** Version of what is in the records. */
  schema: number;
  /** Of the batch that wrote it; each is one higher than the one before. */
  number: number;
  /** Records after this batch, without the head itself. */
  count: number;
  /** Sum of their checks. */
  sum: number;
}

export function toHeadValue({ schema, number, count, sum }: Head): JournalValue {
  return [schema, number, count, sum];
}

export function fromHeadValue(value: JournalValue): Head | undefined {
  if (!Array.isArray(value)) return undefined;
  const [schema, number, count, sum] = value as readonly JournalValue[];
  if (![schema, number, count, sum].every(Number.isSafeInteger)) return undefined;
  return { schema, number, count, sum } as Head;
}

/**
 * In words: what the head knows of and the disk does not have, beside the `unusable` records that are
 * reported already. undefined when all is there.
 */
export function differences(
  head: Head | undefined,
  found: Ledger,
  unusable: number,
): string | undefined {
  if (head === undefined) {
    return found.size === 0 ? undefined : 'the record that counts the others is missing';
  }
  const missing = head.count - found.size;
  if (missing > unusable) return `${records(missing - unusable)} missing`;
  if (missing < 0) return `${records(-missing)} back that had been deleted`;
  return missing > 0 || head.sum === found.sum
    ? undefined
    : 'some records older than they should be';
}
