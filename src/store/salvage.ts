/**
 * Opens the files of a journal whatever has happened to them:
 *
 * 1. LevelDB opens them and reads everything: the normal case.
 * 2. It does not, or some part is unreadable: it repairs them, which costs what was in the bad places.
 *    Reading on without would not do, because its next compaction would fail at the same places.
 * 3. They cannot be opened even then: they are set aside, and an empty journal begins.
 * 4. They can be opened but still not be read throughout: what can be read goes into a new journal.
 *
 * What the surroundings are to blame for (no space, read-only) is none of this: it rejects.
 */
import { isDamage, textOf } from './causes.js';
import { Inventory } from './inventory.js';
import type { Driver, Entry, Level } from './level.js';
import { scan } from './scan.js';
import { inSlices } from './slices.js';

/** @param findings takes what was found wrong and done about it, in words; also if this rejects */
export async function openSalvaging(
  driver: Driver,
  folder: string,
  keepsRecords: boolean,
  findings: string[],
): Promise<{ level: Level; inventory: Inventory }> {
  let level = await openMending(driver, folder, findings);
  try {
    let inventory = new Inventory(keepsRecords);
    let gaps = await scan(level, (key, record) => inventory.add(key, record));
    if (gaps > 0) {
      findings.push('some of its files could not be read and were repaired');
      await level.close();
      await driver.repair(folder);
      level = await driver.open(folder);
      inventory = new Inventory(keepsRecords);
      gaps = await scan(level, (key, record) => inventory.add(key, record));
    }
    if (gaps > 0)
      ({ level, inventory } = await rewrite(driver, folder, level, keepsRecords, findings));
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

async function openMending(driver: Driver, folder: string, findings: string[]): Promise<Level> {
  try {
    return await driver.open(folder);
  } catch (error) {
    if (!isDamage(error)) throw error;
    findings.push(`its files could not be opened and were repaired (${textOf(error)})`);
  }
  try {
    await driver.repair(folder);
    return await driver.open(folder);
  } catch (error) {
    if (!isDamage(error)) throw error;
    const aside = await driver.setAside(folder, 'damaged');
    findings.push(
      `the repair failed (${textOf(error)}): its files are in ${aside} now, and it begins empty`,
    );
    return driver.open(folder);
  }
}

/** Copies what can be read into a new journal. */
async function rewrite(
  driver: Driver,
  folder: string,
  damaged: Level,
  keepsRecords: boolean,
  findings: string[],
): Promise<{ level: Level; inventory: Inventory }> {
  const inventory = new Inventory(keepsRecords);
  const entries: Entry[] = [];
  await scan(damaged, (key, record) => {
    inventory.add(key, record);
    entries.push([key, record]);
  });
  await damaged.close();
  findings.push(
    `some remained unreadable: its files are in ${await driver.setAside(folder, 'damaged')} now`,
  );
  const level = await driver.open(folder);
  const batch = level.batch();
  await inSlices(entries, ([key, record]) => batch.put(key, record));
  await batch.write();
  return { level, inventory };
}
