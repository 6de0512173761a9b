import { mkdtemp, open, rmdir, stat, statfs } from 'node:fs/promises';
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
  if (failure !== undefined) {
    if (running !== undefined && areRightsMissing(failure)) {
      return [ok(`store ${path}: not ours to write, left to ${running.text}`)];
    }
    return [problem(`store ${path}: ${explain(failure, place)}`)];
  }
  const { bavail, bsize } = await statfs(place);
  const freeBytes = bavail * bsize;
  const user = running && !running.mayBeOther && `, used by ${running.text}`;
  const text = `store ${path}: ${Math.floor(freeBytes / MEBIBYTE)} MiB free${user ?? ''}`;
  const finding = freeBytes < FREE_BYTES_MIN ? warning(text, 'free some space') : ok(text);
  return running?.mayBeOther ? [finding, stranger(path, running)] : [finding];
}

const stranger = (path: string, { text }: RunningGateway): Finding =>
  warning(
    `store ${path}: nobody uses it, but ${text} runs, and all ports below are left to it`,
    'if it has another configuration, one of both needs another http.listen; if it has this one, its log says what its store lacks',
  );

/** Ours, not those of the gateway that runs. */
const areRightsMissing = (failure: unknown): boolean =>
  ['EACCES', 'EPERM'].includes((failure as NodeJS.ErrnoException).code ?? '');

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

/**
 * Why nothing can be made there, or a journal that is there cannot be opened; undefined: it can. Rights alone would not tell of a
 * disk that is full or read-only.
 */
async function writingIn(folder: string): Promise<unknown> {
  try {
    await rmdir(await mkdtemp(join(folder, '.doctor-')));
    // Of another user's, as after a start with sudo, it stays closed in a folder that is open.
    await (await open(join(folder, 'LOCK'), 'r+')).close();
    return undefined;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' && syscall === 'open' ? undefined : error;
  }
}
