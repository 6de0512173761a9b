/**
 * Opens the files of a journal whatever has happened to them:
 *
 * 1. LevelDB opens them and reads everything: the normal case.
 * 2. It does not, or some part is unreadable: it repairs them, which costs what was in the bad places.
 *    Reading on without would not do, because its next compaction would fail at the same places.
 * 3. They cannot be opened even then: they are set aside, and an empty journal begins.
 * 4. They can be opened but still not be read throughout: what can be read goes into a new journal.
 *
 * What the surroundings are to blame for (no space, read-only) is none of this: it rejects, and the
 * files are as they were.
 */
import { isDamage, textOf } from './causes.js';
import { Inventory } from './inventory.js';
import type { Driver, Entry, Level } from './level.js';
import { scan } from './scan.js';
import { inSlices } from './slices.js';

/** What is to be opened. */
export interface Source {
  driver: Driver;
  path: string;
  /** Takes what was found wrong and done about it, in words; also if the opening fails. */
  findings: string[];
  /** Called whenever the disk has done something. */
  onAnswer: () => void;
}

export async function openSalvaging(
  source: Source,
  keepsRecords: boolean,
): Promise<{ level: Level; inventory: Inventory }> {
  const { driver, path, findings, onAnswer } = source;
  let level = await openMending(source);
  try {
    let inventory = new Inventory(keepsRecords);
    const take = (key: Uint8Array, record: Uint8Array): void => {
      onAnswer();
      inventory.add(key, record);
    };
    let gaps = await scan(level, take);
    if (gaps > 0) {
      await level.close();
      await driver.repair(path);
      findings.push('some of its files could not be read and were repaired');
      level = await driver.open(path);
      inventory = new Inventory(keepsRecords);
      gaps = await scan(level, take);
    }
    if (gaps > 0) ({ level, inventory } = await rewrite(source, level, keepsRecords));
    findings.push(...inventory.findings());
    return { level, inventory };
  } catch (error) {
    await closeQuietly(level);
    throw error;
  }
}

/** Of files that have failed, closing may fail too; nothing depends on it. */
export async function closeQuietly(level: Level): Promise<void> {
  await level.close().catch(() => {});
}

async function openMending({ driver, path, findings, onAnswer }: Source): Promise<Level> {
  let damage: string;
  try {
    return await driver.open(path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    damage = textOf(error);
  }
  onAnswer();
  try {
    await driver.repair(path);
    onAnswer();
    const level = await driver.open(path);
    findings.push(`its files could not be opened and were repaired (${damage})`);
    return level;
  } catch (error) {
    if (!isDamage(error)) throw error;
    const aside = await driver.setAside(path, 'damaged');
    findings.push(
      `its files could not be opened (${damage}), nor repaired (${textOf(error)}): they are in ${aside} now, and it begins empty`,
    );
    return driver.open(path);
  }
}

/** Copies what can be read into a new journal. */
async function rewrite(
  { driver, path, findings, onAnswer }: Source,
  damaged: Level,
  keepsRecords: boolean,
): Promise<{ level: Level; inventory: Inventory }> {
  const inventory = new Inventory(keepsRecords);
  const entries: Entry[] = [];
  await scan(damaged, (key, record) => {
    onAnswer();
    inventory.add(key, record);
    entries.push([key, record]);
  });
  await damaged.close();
  findings.push(
    `some remained unreadable: its files are in ${await driver.setAside(path, 'damaged')} now`,
  );
  const level = await driver.open(path);
  const batch = level.batch();
  await inSlices(entries, ([key, record]) => batch.put(key, record));
  await batch.write({ sync: true });
  return { level, inventory };
}
