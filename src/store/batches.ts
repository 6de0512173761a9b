/** Writes groups to the disk, each with a head, and knows what is there afterwards. */
import type { Group } from './group.js';
import { HEAD_KEY, toHeadValue } from './head.js';
import { Ledger } from './ledger.js';
import type { Level } from './level.js';
import type { Contents } from './opening.js';
import { checkOf, encodeRecord } from './record.js';
import { inSlices } from './slices.js';

/** What the journal has cost so far. */
export interface Written {
  batches: number;
  records: number;
  /** Keys and records, as handed to LevelDB. */
  bytes: number;
}

export class Batches {
  readonly written: Written = { batches: 0, records: 0, bytes: 0 };
  /** Of the records on the disk, once the latest batch has got there. */
  #ledger = new Ledger();
  #number = 0;

  /**
   * @param schema version of what is in the records
   * @param onBug a value could not be encoded: its record is left out
   */
  constructor(
    private readonly schema: number,
    private readonly onBug: (key: string, error: unknown) => void,
  ) {}

  get ledger(): Ledger {
    return this.#ledger;
  }

  /** Of the latest batch, whether it has got to the disk or not. */
  get number(): number {
    return this.#number;
  }

  /** Goes on with what was found on the disk. */
  goOnFrom({ ledger, number }: Contents): void {
    this.#ledger = ledger;
    this.#number = Math.max(this.#number, number);
  }

  /**
   * Resolves when all of it is on the disk. The first part of the work is done at once, the rest in
   * later turns of the event loop: the group must not change any more.
   *
   * @param unwanted goes first: keys of records that cannot be used
   */
  async write(level: Level, group: Group, unwanted: readonly Uint8Array[] = []): Promise<void> {
    const batch = level.batch();
    const number = ++this.#number;
    const put = (key: string, record: Uint8Array): void => {
      batch.put(key, record);
      this.written.bytes += key.length + record.length;
    };
    await inSlices(unwanted, (key) => batch.delete(key));
    await inSlices(group.writes, ([key, value]) => {
      if (value === undefined) {
        batch.delete(key);
        this.#ledger.delete(key);
        this.written.bytes += key.length;
        return;
      }
      try {
        const record = encodeRecord(key, value, number);
        this.#ledger.set(key, checkOf(record));
        put(key, record);
      } catch (error) {
        this.onBug(key, error);
      }
    });
    const { size: count, sum } = this.#ledger;
    put(
      HEAD_KEY,
      encodeRecord(HEAD_KEY, toHeadValue({ schema: this.schema, number, count, sum }), number),
    );
    this.written.batches++;
    this.written.records += group.writes.size + 1;
    await batch.write({ sync: true });
  }
}
