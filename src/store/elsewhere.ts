/**
 * Reads the files of a journal on a disk that does not let them be opened. LevelDB cannot open without
 * writing, and a disk that is full or read-only still has everything that was ever acknowledged. So it
 * gets a folder on another disk: with links to the tables, which never change, so that it stays small,
 * and copies of the rest.
 */
import { copyFile, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { recordFiles } from './folder.js';

/** In memory on every Linux, for machines whose temporary files are on the same card. */
const MEMORY = '/dev/shm';

/**
 * Hands such a folder to `use`, and removes it afterwards. What `use` rejects with in one place is tried
 * in the next.
 */
export async function elsewhere<Result>(
  folder: string,
  use: (copy: string) => Promise<Result>,
): Promise<Result> {
  const { tables, others } = await recordFiles(folder);
  const within = async (place: string): Promise<Result> => {
    const copy = await mkdtemp(join(place, 'mqttsn-gateway-'));
    try {
      for (const name of tables) await symlink(resolve(folder, name), join(copy, name));
      for (const name of others) await copyFile(join(folder, name), join(copy, name));
      return await use(copy);
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  };
  try {
    return await within(tmpdir());
  } catch {
    return within(MEMORY);
  }
}
