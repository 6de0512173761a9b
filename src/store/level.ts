/** What the journal needs of LevelDB, and LevelDB behind it. Tests put other disks behind it. */
import { ClassicLevel } from 'classic-level';
import { elsewhere } from './elsewhere.js';
import {
  type Aside,
  demandRoomToRepair,
  lacksBeginning,
  lockIn,
  makeFolder,
  setAside,
  setLostAside,
} from './folder.js';
import { READ_BYTES_MAX } from './limits.js';

/** The files of a journal, as a whole. Rejects with what LevelDB or the system says. */
export interface Driver {
  /** Creates the folder if need be. */
  open(folder: string): Promise<Level>;
  /** Saves what can be read of damaged files. */
  repair(folder: string): Promise<void>;
  /** Puts the files where they are kept but not used, and returns where. */
  setAside(folder: string, why: Aside): Promise<string>;
  /**
   * Hands over a folder with the same files that can be opened whatever this one's disk is like, and
   * removes it when `use` is through. Changes there are lost. `use` may be called again in another
   * place if it rejects.
   */
  elsewhere<Result>(folder: string, use: (copy: string) => Promise<Result>): Promise<Result>;
}

export interface Level {
  batch(): LevelBatch;
  /** Records in the order of their keys' octets, the first one at or after `from`. */
  read(from?: Uint8Array): LevelReader;
  /** Rejects when a later opening would not find these files: their folder has been removed or replaced. */
  demandInPlace(): Promise<void>;
  close(): Promise<void>;
}

/** Changes that reach the disk together or not at all. Keys and records are copied at once. */
export interface LevelBatch {
  put(key: string | Uint8Array, record: Uint8Array): void;
  delete(key: string | Uint8Array): void;
  /** `sync`: resolves when all of it, and of what was written before, survives a power cut; else it only may. */
  write(how: { sync: boolean }): Promise<void>;
}

export type Entry = readonly [key: Uint8Array, record: Uint8Array];

export interface LevelReader {
  /** At most `count` more; none at the end. A rejection loses those that were read in this call. */
  next(count: number): Promise<readonly Entry[]>;
  close(): Promise<void>;
}

/** For a Raspberry Pi with an SD card: few files, little memory, few octets written. */
const OPTIONS = {
  keyEncoding: 'utf8',
  valueEncoding: 'view',
  /** Topics and keys repeat themselves; Snappy costs less than writing them. */
  compression: true,
  /**
   * The log up to this size is also in memory, twice while it is written out. A record that is
   * deleted within this much of writing never reaches a table file; half the size doubles the
   * compactions, and reading the log at start takes tens of milliseconds.
   */
  writeBufferSize: 4 * 1024 * 1024,
  /** Records are read once, at start, and in order: a cache has nothing to gain. */
  cacheSize: 256 * 1024,
  /** Of 2 MiB each: far more than a journal has, far less than a process may open. */
  maxOpenFiles: 64,
} as const;

/** On the threads of libuv; the main thread only copies. */
export const levelDb: Driver = {
  async open(folder) {
    await makeFolder(folder);
    if (await lacksBeginning(folder)) throw new Error('the file CURRENT is missing');
    const db = new ClassicLevel<string, Uint8Array>(folder, OPTIONS);
    try {
      await db.open();
    } catch (error) {
      // The wrapper only says that it failed; why is in the cause.
      throw (error as Error).cause ?? error;
    }
    try {
      return new LevelDb(db, folder, await lockIn(folder));
    } catch (error) {
      await db.close();
      throw error;
    }
  },
  async repair(folder) {
    await demandRoomToRepair(folder);
    await ClassicLevel.repair(folder);
    await setLostAside(folder);
  },
  setAside,
  elsewhere,
};

class LevelDb implements Level {
  /** @param lock which file that was when it was opened */
  constructor(
    private readonly db: ClassicLevel<string, Uint8Array>,
    private readonly folder: string,
    private readonly lock: string | undefined,
  ) {}

  batch(): LevelBatch {
    const batch = this.db.batch();
    return {
      put(key, record) {
        if (typeof key === 'string') batch.put(key, record);
        else batch.put(key, record, { keyEncoding: 'view' });
      },
      delete(key) {
        if (typeof key === 'string') batch.del(key);
        else batch.del(key, { keyEncoding: 'view' });
      },
      write: ({ sync }) => batch.write({ sync }),
    };
  }

  read(from?: Uint8Array): LevelReader {
    const iterator = this.db.iterator<Uint8Array, Uint8Array>({
      keyEncoding: 'view',
      valueEncoding: 'view',
      highWaterMarkBytes: READ_BYTES_MAX,
      ...(from !== undefined && { gte: from }),
    });
    return {
      next: (count) => iterator.nextv(count),
      close: () => iterator.close(),
    };
  }

  async demandInPlace(): Promise<void> {
    const lock = await lockIn(this.folder);
    if (lock === undefined) throw new Error('LOCK is gone');
    if (lock !== this.lock) throw new Error('LOCK is another file');
  }

  close(): Promise<void> {
    return this.db.close();
  }
}
