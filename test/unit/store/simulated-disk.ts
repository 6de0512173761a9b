import type { Driver, Entry, Level, LevelBatch } from '../../../src/store/level.js';
import type { Time } from '../../../src/store/time.js';

type Change = readonly [key: string, record: Uint8Array | undefined];

interface Write {
  changes: readonly Change[];
  resolve: () => void;
  reject: (error: Error) => void;
}

/** What a write that fails leaves behind. */
export type Failure = 'nothing landed' | 'all landed';

const octets = (key: string | Uint8Array): string =>
  (typeof key === 'string' ? Buffer.from(key) : Buffer.from(key)).toString('latin1');

/**
 * A disk with one journal that keeps what was synced. It takes its time to do so, fails when told to,
 * and at a power cut forgets the rest: of the batch under way all or nothing is left, which is what
 * LevelDB makes of a torn one.
 */
export class SimulatedDisk {
  /** Keys as Latin-1 text of their octets, so that they sort as LevelDB sorts them. */
  readonly kept = new Map<string, Uint8Array>();
  latencyMs = 10;
  /** What happens to the next writes; after that they work. */
  failures: Failure[] = [];
  /** Told of each attempt to open it. */
  onOpen: (() => void) | undefined;
  /** Why it cannot be opened, while it cannot. */
  refusal: Error | undefined;
  /** Number of changes in each batch that was kept, without the head. */
  readonly batchSizes: number[] = [];
  #underWay: Write | undefined;
  #isOpen = false;
  /** A power cut ends everything begun before it. */
  #power = 0;

  constructor(private readonly time: Time) {}

  /** For one run; after the next power cut it does nothing any more. */
  plugIn(): Driver {
    const power = this.#power;
    const never = new Promise<never>(() => {});
    return {
      open: () => (power === this.#power ? this.#open() : never),
      repair: async () => {},
      setAside: async () => {
        this.kept.clear();
        return 'aside';
      },
    };
  }

  async #open(): Promise<Level> {
    this.onOpen?.();
    if (this.refusal !== undefined) throw this.refusal;
    if (this.#isOpen) throw new Error('opened twice');
    this.#isOpen = true;
    let hasFailed = false;
    const batch = (): LevelBatch => {
      const changes: Change[] = [];
      return {
        put: (key, record) => void changes.push([octets(key), Uint8Array.from(record)]),
        delete: (key) => void changes.push([octets(key), undefined]),
        write: () =>
          new Promise((resolve, reject) => {
            if (this.#underWay !== undefined) reject(new Error('two batches at a time'));
            else if (hasFailed) reject(new Error('failed before'));
            else this.#write({ changes, resolve, reject }, () => (hasFailed = true));
          }),
      };
    };
    return {
      batch,
      read: (from) => this.#read(from),
      close: async () => {
        this.#isOpen = false;
      },
    };
  }

  /** @param flightSurvives whether the batch under way had got to the disk */
  cutPower(flightSurvives: boolean): void {
    if (flightSurvives) this.#keep(this.#underWay?.changes ?? []);
    this.#underWay = undefined;
    this.#isOpen = false;
    this.#power++;
  }

  #write(write: Write, onFailure: () => void): void {
    this.#underWay = write;
    const power = this.#power;
    this.time.after(this.latencyMs, () => {
      if (power !== this.#power) return;
      this.#underWay = undefined;
      const failure = this.failures.shift();
      if (failure !== 'nothing landed') this.#keep(write.changes);
      if (failure === undefined) {
        write.resolve();
      } else {
        onFailure();
        write.reject(new Error('No space left on device'));
      }
    });
  }

  #keep(changes: readonly Change[]): void {
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
      next: async (count: number) => entries.splice(0, count),
      close: async () => {},
    };
  }
}
