/**
 * Versions of what is in the records. Whoever changes a record so that an earlier journal cannot be
 * read as it is adds a migration at the end of the list, and with it a version; nothing in the list is
 * ever changed.
 */
import type { JournalRecord, JournalValue } from '../core/types.js';

/** What becomes of a record of the version before: itself, another one, several, or nothing. */
export type Migration = (record: JournalRecord) => readonly JournalRecord[];

/** The first leads from version 1 to version 2. */
export const MIGRATIONS: readonly Migration[] = [];

/** The version that a release with these migrations writes. */
export function versionOf(migrations: readonly Migration[]): number {
  return migrations.length + 1;
}

/** Brings records of an older version up to date. `writes` are what has to change on the disk. */
export function migrate(
  before: readonly JournalRecord[],
  version: number,
  migrations: readonly Migration[],
): { after: readonly JournalRecord[]; writes: Map<string, JournalValue | undefined> } {
  const after = migrations
    .slice(version - 1)
    .reduce<readonly JournalRecord[]>((records, migration) => records.flatMap(migration), before)
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  const writes = new Map<string, JournalValue | undefined>();
  for (const { key } of before) writes.set(key, undefined);
  for (const { key, value } of after) writes.set(key, value);
  return { after, writes };
}
