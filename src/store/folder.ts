/** The files of a journal, seen from outside of LevelDB. */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FOLDERS_ASIDE_MAX } from './limits.js';

/** Why files are not used any more. */
export type Aside = 'damaged' | 'unread';

/** What LevelDB keeps records in. */
const RECORD_FILE = /^\d+\.(?:ldb|sst|log)$/;
/** Where its repair puts what it could not use, or has no need of any more. */
const LOST = 'lost';
/** Whoever has the journal open holds it. */
const LOCK = 'LOCK';
const ASIDE = /^(?:damaged|unread)-(\d+)$/;

/**
 * Whether there are records but not the file that LevelDB begins with. It would then begin anew, and
 * delete them.
 */
export async function lacksBeginning(folder: string): Promise<boolean> {
  const names = await namesIn(folder);
  return !names.includes('CURRENT') && names.some((name) => RECORD_FILE.test(name));
}

/**
 * Puts all files of the journal into a folder below it and returns its path. Below, because the folder
 * of the journal may be a mount point, and the one above it nobody's to write in.
 */
export async function setAside(folder: string, why: Aside): Promise<string> {
  const names = await namesIn(folder);
  const aside = await makeAside(folder, names, why);
  for (const name of names) {
    if (name !== LOCK && !ASIDE.test(name)) await rename(join(folder, name), join(aside, name));
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

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
