/** Journals in folders that last as long as a test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JournalRecord } from '../../../src/core/types.js';
import type { JournalProblem, Store } from '../../../src/store/journal.js';
import { LevelStore, type LevelStoreOptions } from '../../../src/store/level-store.js';
import type { Cleanup } from '../../support/cleanup.js';

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
