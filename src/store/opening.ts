/** Opens the files of a journal for a run: when it begins, and again after they have failed. */
import type { JournalRecord } from '../core/types.js';
import { isLocked, records } from './causes.js';
import { Group } from './group.js';
import type { Inventory } from './inventory.js';
import type { Ledger } from './ledger.js';
import type { Driver, Level } from './level.js';
import { closeQuietly, openSalvaging } from './salvage.js';
import { type Migration, migrate, versionOf } from './schema.js';
import { inSlices } from './slices.js';

/** The files are fine, but not for us. Its message is for people. */
export class Refusal extends Error {}

/** What is to be opened. */
export interface Files {
  driver: Driver;
  path: string;
  migrations: readonly Migration[];
  /** Takes what was found wrong, in words; also if the opening fails. */
  findings: string[];
}

/** The files, ready to be written. */
export interface Opened {
  level: Level;
  /** Records on the disk that may stay. */
  ledger: Ledger;
  /** Of the latest batch there. */
  number: number;
  /** Keys of records that have to go. */
  unwanted: readonly Uint8Array[];
}

/** What the run that had the files open before knows of them. */
export interface Known {
  ledger: Ledger;
  /** Keys that will be written anew whatever is there. */
  pending: ReadonlyMap<string, unknown>;
}

/** At the start of a run. `changes` are the writes that bring older records up to date. */
export async function openFirst(
  files: Files,
): Promise<Opened & { records: readonly JournalRecord[]; changes: Group | undefined }> {
  const { opened, inventory } = await open(files, true);
  const before = inventory.records;
  const { migrations } = files;
  const version = inventory.head?.schema ?? versionOf(migrations);
  if (version === versionOf(migrations)) return { ...opened, records: before, changes: undefined };
  const { after, writes } = migrate(before, version, migrations);
  return { ...opened, records: after, changes: new Group(writes) };
}

/**
 * Later in a run. Files that this run has not read are set aside if there is anything in them;
 * `known` is absent then.
 */
export async function openAgain(files: Files, known: Known | undefined): Promise<Opened> {
  const { opened, inventory } = await open(files, false);
  const { level, ledger, unwanted } = opened;
  const { findings } = files;
  try {
    if (known !== undefined) {
      const { strangers, lost } = await compare(known, ledger);
      if (lost > 0) findings.push(`${records(lost)} that had been saved are gone`);
      return { ...opened, unwanted: [...unwanted, ...strangers] };
    }
    if (ledger.size === 0 && inventory.unusable.length === 0) return opened;
    await level.close();
    const aside = await files.driver.setAside(files.path, 'unread');
    findings.push(
      `it has ${records(ledger.size)} of an earlier run, which could not be read when this one began: its files are in ${aside} now, and it begins anew`,
    );
    return (await open(files, false)).opened;
  } catch (error) {
    await closeQuietly(level);
    throw error;
  }
}

async function open(
  files: Files,
  keepsRecords: boolean,
): Promise<{ opened: Opened; inventory: Inventory }> {
  const { level, inventory } = await salvage(files, keepsRecords);
  const { head, ledger, unusable } = inventory;
  if ((head?.schema ?? 0) > versionOf(files.migrations)) {
    await closeQuietly(level);
    throw new Refusal(
      `a newer release of the gateway has written the journal in ${files.path}; run that release, or choose another folder (store.path)`,
    );
  }
  const number = head?.number ?? 0;
  return { opened: { level, ledger, number, unwanted: unusable }, inventory };
}

async function salvage({ driver, path, findings }: Files, keepsRecords: boolean) {
  try {
    return await openSalvaging(driver, path, keepsRecords, findings);
  } catch (error) {
    if (!isLocked(error)) throw error;
    throw new Refusal(
      `another process uses the journal in ${path}; is a second gateway running? Each needs a folder of its own (store.path)`,
      { cause: error },
    );
  }
}

/** Takes what should not be there out of `found`, and counts what should be there and is not, or is older. */
async function compare(
  { ledger: expected, pending }: Known,
  found: Ledger,
): Promise<{ strangers: Buffer[]; lost: number }> {
  const strangers: Buffer[] = [];
  let lost = 0;
  await inSlices(expected.keys(), (key) => {
    if (expected.checkOf(key) !== found.checkOf(key) && !pending.has(key)) lost++;
  });
  await inSlices(found.keys(), (key) => {
    if (!expected.has(key)) strangers.push(Buffer.from(key));
  });
  for (const key of strangers) found.delete(key.toString());
  return { strangers, lost };
}
