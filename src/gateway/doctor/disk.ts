import { mkdtemp, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { explain } from '../../store/causes.js';
import { type Finding, ok, problem, warning } from './finding.js';
import type { RunningGateway } from './running.js';

const MEBIBYTE = 1024 * 1024;

/** The journal rewrites its files: less than that may not be enough for a busy minute. */
const FREE_BYTES_MIN = 64 * MEBIBYTE;

/** Whether the store's folder can be written, or made, and has room. */
export async function examineDisk(
  path: string,
  running: RunningGateway | undefined,
): Promise<Finding[]> {
  if (path === 'memory') {
    return [
      warning(
        'store: in memory',
        'sessions and messages end with the process; store.path names a folder that keeps them',
      ),
    ];
  }
  const place = await firstThatIsThere(resolve(path));
  const failure = await writingIn(place);
  if (failure !== undefined) return [problem(`store ${path}: ${explain(failure, place)}`)];
  const { bavail, bsize } = await statfs(place);
  const freeBytes = bavail * bsize;
  const user = running && `, used by ${running.text}`;
  const text = `store ${path}: ${Math.floor(freeBytes / MEBIBYTE)} MiB free${user ?? ''}`;
  return [freeBytes < FREE_BYTES_MIN ? warning(text, 'free some space') : ok(text)];
}

/** The folder, or the one in which it would be made. */
async function firstThatIsThere(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    const isMissing = ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
    return isMissing && dirname(path) !== path ? firstThatIsThere(dirname(path)) : path;
  }
}

/** Why nothing can be made there; undefined: it can. Rights alone would not tell of a disk that is full or read-only. */
async function writingIn(folder: string): Promise<unknown> {
  try {
    await rmdir(await mkdtemp(join(folder, '.doctor-')));
    return undefined;
  } catch (error) {
    return error;
  }
}
