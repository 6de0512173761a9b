import { Ledger } from './ledger.js';
import { type Head, HEAD_KEY, differences, fromHeadValue } from './head.js';
import { records } from './causes.js';
import { KEYS_NAMED_MAX } from './limits.js';
import { checkOf, decodeBody, isIntact } from './record.js';
import { KEY_SEPARATOR } from './journal.js';
import type { JournalRecord } from '../core/types.js';

/** What was found on the disk, record by record. */
export class Inventory {
  readonly ledger = new Ledger();
  readonly records: JournalRecord[] = [];
  /** Keys of records that cannot be used. */
  readonly unusable: Uint8Array[] = [];
  head: Head | undefined;

  /** @param keepsRecords false: only their keys are of interest */
  constructor(private readonly keepsRecords: boolean) {}

  add(key: Uint8Array, record: Uint8Array): void {
    const text = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString();
    if (!isIntact(key, record) || !this.#use(text, record)) this.unusable.push(key);
  }

  /** What is wrong, in words. */
  findings(): string[] {
    const findings: string[] = [];
    const unusable = this.unusable.length;
    if (unusable > 0) {
      const named = this.unusable.slice(0, KEYS_NAMED_MAX).map(readable).join(', ');
      findings.push(
        `${records(unusable)} garbled (${named}${unusable > KEYS_NAMED_MAX ? ', …' : ''})`,
      );
    }
    const different = differences(this.head, this.ledger, unusable);
    if (different !== undefined) findings.push(different);
    return findings;
  }

  #use(key: string, record: Uint8Array): boolean {
    try {
      if (key === HEAD_KEY) {
        this.head = fromHeadValue(decodeBody(record));
        return this.head !== undefined;
      }
      if (this.keepsRecords) this.records.push({ key, value: decodeBody(record) });
    } catch {
      return false;
    }
    this.ledger.set(key, checkOf(record));
    return true;
  }
}

/** A key as it can stand in a line of the log. */
function readable(key: Uint8Array): string {
  const text = Buffer.from(key).toString().replaceAll(KEY_SEPARATOR, ' ');
  return JSON.stringify(text);
}
