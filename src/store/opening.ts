/** Opens the files of a journal for a run: when it begins, and again after they have failed. */
import type { JournalRecord, JournalValue } from '../core/types.js';
import { isLocked, records } from './causes.js';
import { Group } from './group.js';
import type { Inventory } from './inventory.js';
import { DAMAGED_KIND } from './journal.js';
import type { Ledger } from './ledger.js';
import type { Level } from './level.js';
import { closeQuietly, openSalvaging, type Source } from './salvage.js';
import { type Migration, migrate, versionOf } from './schema.js';
import { inSlices } from './slices.js';

/** The files are fine, but not for us. Its message is for people. */
export class Refusal extends Error {}

/** What is to be opened, and how old it may be. */
export interface Files extends Source {
  migrations: readonly Migration[];
}

/** What is on the disk. */
export interface Contents {
  /** Records that may stay. */
  ledger: Ledger;
  /** Of the latest batch there. */
  number: number;
}

/** The files, ready to be written. */
export interface Opened extends Contents {
  level: Level;
  /** Keys of records that have to go. */
  unwanted: readonly Uint8Array[];
}

/** What an earlier run has left behind. */
export interface Legacy extends Contents {
  records: readonly JournalRecord[];
  /** The writes that bring older records up to date, and say that some may be missing. */
  changes: Group;
  /** The files, or why they could be read but not opened. */
  files: { opened: Opened } | { failure: unknown };
}

/** What the run that had the files open before knows of them; `number` is that of its latest attempt to write. */
export interface Known extends Contents {
  /** Keys that will be written anew whatever is there. */
  pending: ReadonlyMap<string, unknown>;
}

/** At the start of a run. */
export async function openFirst(files: Files): Promise<Legacy> {
  const found = await openOrRead(files);
  const { ledger, head, records: before } = found.inventory;
  const legacy = { ledger, number: head?.number ?? 0, files: found.files };
  const version = versionOf(files.migrations);
  const foundVersion = head?.schema ?? version;
  const { after, writes } =
    foundVersion === version
      ? { after: before, writes: new Map<string, JournalValue | undefined>() }
      : migrate(before, foundVersion, files.migrations);
  if (files.findings.length === 0 || after.some(({ key }) => key === DAMAGED_KIND))
    return { ...legacy, records: after, changes: new Group(writes) };
  // In the first batch, with which what is garbled goes: a crash forgets both or neither.
  const mark = { key: DAMAGED_KIND, value: true };
  writes.set(mark.key, mark.value);
  return { ...legacy, records: [...after, mark], changes: new Group(writes) };
}

/** Later in a run; `known` is absent when it has not read the files yet. */
export async function openAgain(files: Files, known: Known | undefined): Promise<Opened> {
  const { opened } = await open(files, false);
  try {
    if (known === undefined) return await beginAnew(files, opened);
    const { strangers, lost } = await compare(known, opened.ledger);
    if (lost > 0) files.findings.push(goneFor(lost));
    if (opened.number > known.number) return await beginAnew(files, opened);
    for (const key of strangers) opened.ledger.delete(key);
    const unwanted = [...opened.unwanted, ...strangers.map((key) => Buffer.from(key))];
    return { ...opened, unwanted };
  } catch (error) {
    await closeQuietly(opened.level);
    throw error;
  }
}

/** Sets files aside that this run knows nothing of, if there is anything in them. */
export async function beginAnew(files: Files, opened: Opened): Promise<Opened> {
  const { level, ledger, unwanted } = opened;
  if (ledger.size === 0 && unwanted.length === 0) return opened;
  await level.close();
  const aside = await files.driver.setAside(files.path, 'unread');
  files.findings.push(
    `it has ${records(ledger.size)} of another run, which this one had not read when it began: its files are in ${aside} now, and it begins anew`,
  );
  return (await open(files, false)).opened;
}

async function openOrRead(files: Files): Promise<{ inventory: Inventory; files: Legacy['files'] }> {
  let failure: unknown;
  try {
    const { opened, inventory } = await open(files, true);
    return { inventory, files: { opened } };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    failure = error;
  }
  const inventory = await readElsewhere(files, failure);
  demandKnownVersion(files, inventory);
  return { inventory, files: { failure } };
}

/** Rejects with the failure if there is nothing to be read, or nowhere to read it. */
async function readElsewhere(files: Files, failure: unknown): Promise<Inventory> {
  const { driver, path, findings } = files;
  const setAside = async (): Promise<never> => {
    throw failure;
  };
  try {
    return await driver.elsewhere(path, async (copy) => {
      const inCopy: string[] = [];
      const source = { ...files, path: copy, findings: inCopy, driver: { ...driver, setAside } };
      const { level, inventory } = await openSalvaging(source, true);
      await closeQuietly(level);
      findings.push(...inCopy);
      return inventory;
    });
  } catch {
    throw failure;
  }
}

async function open(
  files: Files,
  keepsRecords: boolean,
): Promise<{ opened: Opened; inventory: Inventory }> {
  const { level, inventory } = await salvage(files, keepsRecords);
  const { head, ledger, unusable } = inventory;
  try {
    demandKnownVersion(files, inventory);
  } catch (error) {
    await closeQuietly(level);
    throw error;
  }
  const number = head?.number ?? 0;
  return { opened: { level, ledger, number, unwanted: unusable }, inventory };
}

function demandKnownVersion({ path, migrations }: Files, { head }: Inventory): void {
  if ((head?.schema ?? 0) <= versionOf(migrations)) return;
  throw new Refusal(
    `a newer release of the gateway has written the journal in ${path}; run that release, or choose another folder (store.path)`,
  );
}

async function salvage(files: Files, keepsRecords: boolean) {
  try {
    return await openSalvaging(files, keepsRecords);
  } catch (error) {
    if (!isLocked(error)) throw error;
    throw new Refusal(
      `another process uses the journal in ${files.path}; is a second gateway running? Each needs a folder of its own (store.path)`,
      { cause: error },
    );
  }
}

/** For good: their values are not in memory. */
function goneFor(lost: number): string {
  return `what had been saved before is gone: ${records(lost)}; a restart would be without`;
}

/** Finds what should not be there, and counts what should be there and is not, or is older. */
async function compare(
  { ledger: expected, pending }: Known,
  found: Ledger,
): Promise<{ strangers: string[]; lost: number }> {
  const strangers: string[] = [];
  let lost = 0;
  await inSlices(expected.keys(), (key) => {
    if (expected.checkOf(key) !== found.checkOf(key) && !pending.has(key)) lost++;
  });
  await inSlices(found.keys(), (key) => {
    if (!expected.has(key)) strangers.push(key);
  });
  return { strangers, lost };
}
