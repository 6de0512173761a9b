/** The files of a journal, seen from outside of LevelDB. */
import { access, mkdir, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FOLDERS_ASIDE_MAX, REPAIR_SPARE_BYTES } from './limits.js';

/** Why files are not used any more. */
export type Aside = 'damaged' | 'unread';

/** What LevelDB keeps records in: tables, which never change, and logs. */
const TABLE = /^\d+\.(?:ldb|sst)$/;
const LOG = /^\d+\.log$/;
/** Which of them belong together. */
const INDEX = /^(?:CURRENT|MANIFEST-\d+)$/;
/** What else it leaves behind. */
const SCRAP = /^(?:\d+\.dbtmp|LOG|LOG\.old)$/;
/**
 * Made once, replaced by nothing that LevelDB does, and held open while it has the journal: no other file
 * gets its number meanwhile. Nobody else may open it: the first one to close it would end the lock.
 */
const LOCK = 'LOCK';
/** Where its repair puts what it could not use, or has no need of any more. */
const LOST = 'lost';
const ASIDE = /^(?:damaged|unread)-(\d+)$/;

/**
 * Whether there are records but not the file that LevelDB begins with. It would then begin anew, and
 * delete them.
 */
export async function lacksBeginning(folder: string): Promise<boolean> {
  const names = await namesIn(folder);
  return !names.includes('CURRENT') && names.some(hasRecords);
}

/** Which file LOCK is, on which device; undefined: there is none. */
export async function lockIn(folder: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(join(folder, LOCK), { bigint: true });
    return `${dev} ${ino}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Not by `recursive`, which tries for ever where nothing can be made, as in `/proc`. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      await access(folder).catch(() => {
        throw error;
      });
    } else if (dirname(folder) === folder) {
      throw error;
    } else {
      await makeFolder(dirname(folder));
      await mkdir(folder);
    }
  }
}

/** The files with the records. Rejects when there are none. */
export async function recordFiles(
  folder: string,
): Promise<{ tables: readonly string[]; others: readonly string[] }> {
  const names = await namesIn(folder);
  if (!names.some(hasRecords)) throw new Error('no records are there');
  return {
    tables: names.filter((name) => TABLE.test(name)),
    others: names.filter((name) => LOG.test(name) || INDEX.test(name)),
  };
}

/**
 * Rejects when the disk is too full for a repair: LevelDB makes a table of each log, and then has done
 * with the log, also if there was no room for the table.
 */
export async function demandRoomToRepair(folder: string): Promise<void> {
  const logs = (await namesIn(folder)).filter((name) => LOG.test(name));
  const sizes = await Promise.all(logs.map(async (name) => (await stat(join(folder, name))).size));
  const needed = sizes.reduce((sum, size) => sum + size, REPAIR_SPARE_BYTES);
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < needed) {
    throw new Error(`No space left on device: the repair needs ${needed} octets`);
  }
}

/**
 * Puts all files of the journal into a folder below it and returns its path. Below, because the folder
 * of the journal may be a mount point, and the one above it nobody's to write in. What is not the
 * journal's stays, such as `lost+found`, and LOCK, which whoever has the journal open holds.
 */
export async function setAside(folder: string, why: Aside): Promise<string> {
  const names = await namesIn(folder);
  const aside = await makeAside(folder, names, why);
  for (const name of names) {
    if (isJournals(name)) await rename(join(folder, name), join(aside, name));
  }
  return aside;
}

/** Keeps what a repair has left over, within bounds. */
export async function setLostAside(folder: string): Promise<void> {
  const names = await namesIn(folder);
  if (!names.includes(LOST)) return;
  const aside = await makeAside(folder, names, 'damaged');
  await rename(join(folder, LOST), join(aside, LOST));
}

/** Makes a folder with the next number; the oldest ones go. */
async function makeAside(folder: string, names: readonly string[], why: Aside): Promise<string> {
  const older = names
    .flatMap((name) => {
      const number = ASIDE.exec(name)?.[1];
      return number === undefined ? [] : [{ name, number: Number(number) }];
    })
    .sort((a, b) => a.number - b.number);
  for (const { name } of older.slice(0, -(FOLDERS_ASIDE_MAX - 1))) {
    await rm(join(folder, name), { recursive: true });
  }
  const aside = join(folder, `${why}-${(older.at(-1)?.number ?? 0) + 1}`);
  await mkdir(aside);
  return aside;
}

function hasRecords(name: string): boolean {
  return TABLE.test(name) || LOG.test(name);
}

function isJournals(name: string): boolean {
  return hasRecords(name) || INDEX.test(name) || SCRAP.test(name) || name === LOST;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
