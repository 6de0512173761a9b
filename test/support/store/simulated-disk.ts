import type { Driver, Entry, Level, LevelBatch } from '../../../src/store/level.js';
import type { Time } from '../../../src/store/time.js';

type Change = readonly [key: string, record: Uint8Array | undefined];

interface Write {
  changes: readonly Change[];
  folder: number;
  sync: boolean;
  resolve: () => void;
  reject: (error: Error) => void;
}

/** What a write that fails leaves behind. */
export type Failure = 'nothing landed' | 'all landed';

/** The folder with what can be read of a disk that cannot be opened. */
const COPY = 'copy';

const octets = (key: string | Uint8Array): string =>
  (typeof key === 'string' ? Buffer.from(key) : Buffer.from(key)).toString('latin1');

/**
 * A disk with one journal that keeps what was synced. It takes its time to do so, fails when told to,
 * and at a power cut forgets the rest. Of the batch under way all or nothing is left, which is what
 * LevelDB makes of a torn one: a batch is a record of its log with a check sum, and a log that ends in
 * the middle of one ends before it. Batches that were written without a sync go, up to the latest that was synced.
 */
export class SimulatedDisk {
  /** Keys as Latin-1 text of their octets, so that they sort as LevelDB sorts them. */
  readonly kept = new Map<string, Uint8Array>();
  /** What there is after a power cut, when that is not what is kept. */
  #synced: ReadonlyMap<string, Uint8Array> | undefined;
  latencyMs = 10;
  /** What happens to the next writes; after that they work. */
  failures: Failure[] = [];
  /** Told each time that it has not been opened, or has not written a batch. */
  onFailure: (() => void) | undefined;
  /** Told of each attempt to open it. */
  onOpen: (() => void) | undefined;
  /** Why it cannot be opened, while it cannot. */
  refusal: Error | undefined;
  /** Whether what is on it can be read even then. */
  isReadable = false;
  /** What is read of it cannot be opened either, nor repaired. */
  isRuined = false;
  /** Time that opening and closing take, each look, and each reading of some records. */
  openMs = 0;
  closeMs = 0;
  lookMs = 0;
  readMs = 0;
  recordsPerRead = Infinity;
  /** Number of changes in each batch that was kept, without the head. */
  readonly batchSizes: number[] = [];
  /** Number of times that somebody looked whether the files are still there. */
  looks = 0;
  #underWay: Write | undefined;
  #isOpen = false;
  /** Of the folder that stands there now. */
  #folder = 0;
  /** A power cut ends everything begun before it. */
  #power = 0;

  constructor(private readonly time: Time) {}

  /** For one run; after the next power cut it does nothing any more. */
  plugIn(): Driver {
    const power = this.#power;
    const never = new Promise<never>(() => {});
    return {
      open: (folder) => {
        if (power !== this.#power) return never;
        return folder === COPY ? this.#openCopy() : this.#open();
      },
      repair: async () => {},
      setAside: async () => {
        this.#replace(new Map());
        return 'aside';
      },
      elsewhere: async (_folder, use) => {
        if (!this.isReadable) throw new Error('unreadable');
        return use(COPY);
      },
    };
  }

  async #openCopy(): Promise<Level> {
    if (this.isRuined) throw new Error('Corruption');
    return {
      batch: () => {
        throw new Error('a copy is only read');
      },
      read: (from) => this.#read(from),
      demandInPlace: async () => {},
      close: async () => {},
    };
  }

  async #open(): Promise<Level> {
    this.onOpen?.();
    if (this.openMs > 0) await this.#sleep(this.openMs);
    if (this.refusal !== undefined) {
      this.onFailure?.();
      throw this.refusal;
    }
    if (this.#isOpen) throw new Error('opened twice');
    this.#isOpen = true;
    const folder = this.#folder;
    const power = this.#power;
    let hasFailed = false;
    const batch = (): LevelBatch => {
      const changes: Change[] = [];
      return {
        put: (key, record) => void changes.push([octets(key), Uint8Array.from(record)]),
        delete: (key) => void changes.push([octets(key), undefined]),
        write: ({ sync }) =>
          new Promise((resolve, reject) => {
            if (power !== this.#power) return;
            if (this.#underWay !== undefined) reject(new Error('two batches at a time'));
            else if (hasFailed) reject(new Error('failed before'));
            else this.#write({ changes, folder, sync, resolve, reject }, () => (hasFailed = true));
          }),
      };
    };
    return {
      batch,
      read: (from) => this.#read(from),
      demandInPlace: async () => {
        this.looks++;
        if (this.lookMs > 0) await this.#sleep(this.lookMs);
        if (folder !== this.#folder) throw new Error('LOCK is gone');
      },
      close: async () => {
        if (this.closeMs > 0) await this.#sleep(this.closeMs);
        this.#isOpen = false;
      },
    };
  }

  /** @param flightSurvives whether the batch under way had got to the disk */
  cutPower(flightSurvives: boolean): void {
    if (flightSurvives && this.#underWay !== undefined) this.#keep(this.#underWay);
    this.#underWay = undefined;
    if (this.#synced !== undefined) this.#replace(this.#synced);
    this.#isOpen = false;
    this.#power++;
  }

  #replace(records: ReadonlyMap<string, Uint8Array>): void {
    this.kept.clear();
    for (const [key, record] of records) this.kept.set(key, record);
    this.#synced = undefined;
  }

  /** The folder with all that is in it goes; whoever has it open writes on and does not notice. */
  removeFolder(): void {
    this.#replace(new Map());
    this.#folder++;
  }

  #write(write: Write, onFailure: () => void): void {
    this.#underWay = write;
    const power = this.#power;
    this.time.after(this.latencyMs, () => {
      if (power !== this.#power) return;
      this.#underWay = undefined;
      const failure = this.failures.shift();
      if (failure !== 'nothing landed') this.#keep(write);
      if (failure === undefined) {
        write.resolve();
      } else {
        this.onFailure?.();
        onFailure();
        write.reject(new Error('No space left on device'));
      }
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** A batch is under way. */
  get isBusy(): boolean {
    return this.#underWay !== undefined;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.time.after(ms, resolve);
    });
  }

  #keep({ changes, folder, sync }: Write): void {
    if (folder !== this.#folder) return;
    this.#synced = sync ? undefined : (this.#synced ?? new Map(this.kept));
    if (changes.length > 0) this.batchSizes.push(changes.length - 1);
    for (const [key, record] of changes) {
      if (record === undefined) this.kept.delete(key);
      else this.kept.set(key, record);
    }
  }

  #read(from?: Uint8Array) {
    const first = from === undefined ? '' : octets(from);
    const entries = [...this.kept]
      .filter(([key]) => key >= first)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, record]): Entry => [Buffer.from(key, 'latin1'), record]);
    return {
      next: async (count: number) => {
        if (this.readMs > 0) await this.#sleep(this.readMs);
        return entries.splice(0, Math.min(count, this.recordsPerRead));
      },
      close: async () => {},
    };
  }
}
