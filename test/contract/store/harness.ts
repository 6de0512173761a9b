/** Journals in folders that last as long as a test. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import type { JournalRecord } from '../../../src/core/types.js';
import type { JournalProblem, Store } from '../../../src/store/journal.js';
import { LevelStore, type LevelStoreOptions } from '../../../src/store/level-store.js';
import { OPEN_TIMEOUT_MS } from '../../../src/store/limits.js';
import type { Time } from '../../../src/store/time.js';
import type { Cleanup } from '../../support/cleanup.js';
import { PATIENCE_MS, until } from '../../support/wait.js';

export type Problems = JournalProblem[];

export function makeFolder(cleanup: Cleanup): string {
  const made = mkdtempSync(join(tmpdir(), 'journal-'));
  return cleanup.add(made, (path) => rmSync(path, { recursive: true, force: true }));
}

/** One run of a gateway on the journal in `path`. */
export async function openStore(
  cleanup: Cleanup,
  path: string,
  options: Partial<LevelStoreOptions> = {},
): Promise<{ store: LevelStore; problems: Problems }> {
  const problems: Problems = [];
  const store = new LevelStore(path, {
    onProblem: (problem) => problems.push(problem),
    ...options,
  });
  cleanup.add(store, (opened) => opened.close());
  await store.open();
  return { store, problems };
}

/** Resolves when everything written so far survives a crash. */
export function committed(store: Store): Promise<void> {
  return new Promise((resolve) => {
    store.afterCommit(resolve);
  });
}

export const keys = (records: readonly JournalRecord[]): string[] => records.map(({ key }) => key);

/** Seconds of waiting become tens of milliseconds. */
const fiftyTimesAsFast = (openTimeoutMs: number): Time => ({
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs === OPEN_TIMEOUT_MS ? openTimeoutMs : delayMs / 50);
    return { cancel: () => clearTimeout(timer) };
  },
});

/** A busy machine needs its time to open files. */
export const hurried = fiftyTimesAsFast(PATIENCE_MS);

/** For a disk that never answers. */
export const impatient = fiftyTimesAsFast(OPEN_TIMEOUT_MS / 50);

export const working = (problems: Problems) =>
  until(() => problems.at(-1)?.problem === 'working', PATIENCE_MS, 'the disk to work again');

export const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { stdio: 'pipe' }).toString();

/** Whether a test has done so itself or not. */
function unmount(path: string): void {
  try {
    run('umount', '-l', path);
  } catch {
    // Nothing is mounted there; otherwise its folder could not be removed, which is heard of.
  }
}

/** A file system of its own, a small one; `mount` may be forbidden even to root. */
export function mountSmall(cleanup: Cleanup, context: TestContext, size = '1m'): string {
  const path = makeFolder(cleanup);
  try {
    run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path);
  } catch {
    return context.skip('no file system can be mounted here; needs root');
  }
  return cleanup.add(path, unmount);
}
