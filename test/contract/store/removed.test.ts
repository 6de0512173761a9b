/** Folders that are removed or replaced while LevelDB is in them, and would write on into nowhere. */
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, type TestContext } from 'vitest';
import type { LevelStore } from '../../../src/store/level-store.js';
import { FOLDER_LOOK_MS } from '../../../src/store/limits.js';
import { realTime, type Time } from '../../../src/store/time.js';
import { Cleanup } from '../../support/cleanup.js';
import { PATIENCE_MS, until } from '../../support/wait.js';
import {
  committed,
  hurried,
  keys,
  makeFolder,
  mountSmall,
  openStore,
  type Problems,
  run,
  working,
} from './harness.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

/** Looks come soon, and a disk may take its time: a busy machine's does. */
const hurriedLooks: Time = {
  after: (delayMs, run) => (delayMs === FOLDER_LOOK_MS ? hurried : realTime).after(delayMs, run),
};

/** A folder in one of the test's own, so that it can be moved. */
const makeInner = (): string => join(makeFolder(cleanup), 'journal');

const kindsOf = (problems: Problems) => problems.map(({ problem }) => problem);

/** Small records: LevelDB needs no new file for them, and would never notice. */
async function writeUntilNoticed(store: LevelStore, problems: Problems): Promise<void> {
  let count = 0;
  const hasBeenNoticed = async (): Promise<boolean> => {
    store.put('m\0counter', count++);
    await committed(store);
    return problems.length > 0;
  };
  await until(hasBeenNoticed, PATIENCE_MS, 'the journal to notice');
}

async function writeOne(store: LevelStore, key: string): Promise<void> {
  store.put(key, 1);
  await committed(store);
}

/** What a next run finds, without complaints. */
async function found(path: string): Promise<string[]> {
  const { store, problems } = await openStore(cleanup, path);
  expect(problems).toEqual([]);
  return keys(store.take('m'));
}

const REMOVALS: readonly [how: string, remove: (path: string) => void][] = [
  ['is deleted', (path) => rmSync(path, { recursive: true })],
  [
    'is emptied',
    (path) => {
      for (const name of readdirSync(path)) rmSync(join(path, name));
    },
  ],
  ['is moved away', (path) => renameSync(path, `${path}-moved`)],
  [
    'is moved away, with an empty one in its place',
    (path) => {
      renameSync(path, `${path}-moved`);
      mkdirSync(path);
    },
  ],
];

describe('a folder that', () => {
  it.each(REMOVALS)(
    '%s: what is gone is reported, what is written from then on survives',
    async (_, remove) => {
      const path = makeInner();
      const { store, problems } = await openStore(cleanup, path, { time: hurried });
      store.put('m\0a', 1);
      store.put('m\0b', 1);
      await committed(store);
      remove(path);
      await writeUntilNoticed(store, problems);
      await working(problems);
      expect(kindsOf(problems)).toEqual(['failing', 'damaged', 'working']);
      expect(problems[0]?.detail).toContain(`the folder ${path} has been removed or replaced`);
      expect(problems[0]?.detail).toContain('(LOCK is gone)');
      expect(problems[1]?.detail).toContain('what had been saved before is gone: 2 records;');
      await writeOne(store, 'm\0later');
      await store.close();
      expect(await found(path)).toEqual(['m\0counter', 'm\0later']);
    },
  );

  it('is moved away: what was in it can be found there', async () => {
    const path = makeInner();
    const { store, problems } = await openStore(cleanup, path, { time: hurried });
    await writeOne(store, 'm\0a');
    renameSync(path, `${path}-moved`);
    await writeUntilNoticed(store, problems);
    await working(problems);
    expect(await found(`${path}-moved`)).toContain('m\0a');
  });

  it('is replaced by an older copy of itself: that is brought up to date as far as it can be', async () => {
    const path = makeInner();
    const first = await openStore(cleanup, path);
    for (const key of ['m\0kept', 'm\0deleted']) await writeOne(first.store, key);
    await first.store.close();
    const copy = `${path}-copy`;
    cpSync(path, copy, { recursive: true });

    const { store, problems } = await openStore(cleanup, path, { time: hurried });
    await writeOne(store, 'm\0lost');
    store.delete('m\0deleted');
    await committed(store);
    renameSync(path, `${path}-moved`);
    renameSync(copy, path);
    await writeUntilNoticed(store, problems);
    await working(problems);
    expect(problems[0]?.detail).toContain('(LOCK is another file)');
    expect(problems[1]?.detail).toContain('what had been saved before is gone: 1 record;');
    await store.close();
    expect(await found(path)).toEqual(['m\0counter', 'm\0kept']);
  });

  it("is replaced by another gateway's: its records are set aside", async () => {
    const path = makeInner();
    const other = `${path}-other`;
    const first = await openStore(cleanup, other);
    for (let i = 10; i < 60; i++) await writeOne(first.store, `m\0other-${i}`);
    await first.store.close();

    const { store, problems } = await openStore(cleanup, path, { time: hurried });
    await writeOne(store, 'm\0a');
    renameSync(path, `${path}-moved`);
    renameSync(other, path);
    // Not for long: of two journals the one with more batches counts as the newer.
    await writeOne(store, 'm\0b');
    await working(problems);
    await writeOne(store, 'm\0later');
    await store.close();
    expect(kindsOf(problems)).toEqual(['failing', 'damaged', 'working']);
    expect(await found(path)).toEqual(['m\0later']);
    expect(await found(join(path, 'unread-1'))).toHaveLength(50);
  });

  const MOUNTS: readonly [how: string, change: (disk: string) => void][] = [
    ['is on a disk that is taken away', (disk) => run('umount', '-l', disk)],
    [
      'is on a disk that another one is mounted over',
      (disk) => {
        run('mount', '-t', 'tmpfs', 'tmpfs', disk);
        cleanup.add(disk, () => run('umount', '-l', disk));
      },
    ],
  ];

  it.for(MOUNTS)('%s: goes on in what is there then', async ([, change], context: TestContext) => {
    const path = mountSmall(cleanup, context, '8m');
    const { store, problems } = await openStore(cleanup, path, { time: hurried });
    await writeOne(store, 'm\0a');
    change(path);
    await writeUntilNoticed(store, problems);
    await working(problems);
    expect(problems[0]?.detail).toContain(`the folder ${path} has been removed or replaced`);
    expect(problems[1]?.detail).toContain('what had been saved before is gone: 1 record;');
    await writeOne(store, 'm\0later');
    await store.close();
    expect(await found(path)).toEqual(['m\0counter', 'm\0later']);
  });

  it('is deleted under heavy traffic: LevelDB may notice first, for it wants a new file', async () => {
    const path = makeInner();
    const { store, problems } = await openStore(cleanup, path);
    rmSync(path, { recursive: true });
    for (let i = 0; problems.length === 0 && i < 1000; i++) {
      store.put(`m\0${i % 10}`, 'x'.repeat(100_000));
      await committed(store);
    }
    await store.close();
    expect(kindsOf(problems)).toEqual(['failing', 'damaged', 'working']);
    expect((await openStore(cleanup, path)).problems).toEqual([]);
  });

  it('is deleted just before the end: what waits is saved in a new one', async () => {
    const path = makeInner();
    const { store, problems } = await openStore(cleanup, path);
    await writeOne(store, 'm\0a');
    rmSync(path, { recursive: true });
    store.put('m\0b', 1);
    await store.close();
    expect(kindsOf(problems)).toEqual(['failing', 'damaged', 'working']);
    expect(await found(path)).toEqual(['m\0b']);
  });

  it('stays where it is: nothing is reported, whatever LevelDB makes anew in it', async () => {
    const path = makeInner();
    const { store, problems } = await openStore(cleanup, path, { time: hurriedLooks });
    const logs = () => readdirSync(path).filter((name) => name.endsWith('.log'));
    const first = logs();
    // More than once around the write buffer, and through several looks.
    for (let i = 0; i < 200; i++) {
      store.put(`m\0${i % 10}`, 'x'.repeat(100_000));
      await committed(store);
    }
    expect(logs()).not.toEqual(first);
    await store.close();
    expect(problems).toEqual([]);
  });
});
