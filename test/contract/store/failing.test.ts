/** Disks that refuse: the journal goes on in memory, says why, and makes up for it. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { levelDb } from '../../../src/store/level.js';
import { Cleanup } from '../../support/cleanup.js';
import {
  committed,
  hurried,
  impatient,
  keys,
  makeFolder,
  mountSmall,
  openStore,
  run,
  working,
} from './harness.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

type Opened = Awaited<ReturnType<typeof openStore>>;

const remount = (path: string, how: 'ro' | 'rw') => run('mount', '-o', `remount,${how}`, path);

/** Nothing more can be written to the disk until what is returned is removed. */
function fill(disk: string): string {
  const ballast = join(disk, 'ballast');
  expect(() => writeFileSync(ballast, Buffer.alloc(2 ** 25))).toThrow('ENOSPC');
  return ballast;
}

/** Temporary files are in a folder of the test's own, or in that one. */
function withTemporary(path = makeFolder(cleanup)): string {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = path;
  cleanup.add(before, () => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  return path;
}

const copiesIn = (path: string) =>
  readdirSync(path).filter((name) => name.startsWith('mqttsn-gateway-'));

/** In a table and in a log: LevelDB makes a table of the log when it opens. */
const LARGE = 30;
const large = (): Uint8Array => randomBytes(100_000);

async function makeLegacy(path: string): Promise<string[]> {
  const written: string[] = [];
  for (const from of [100, 200]) {
    const { store } = await openStore(cleanup, path);
    for (let i = from; i < from + LARGE; i++) {
      store.put(`m\0old-${i}`, large());
      written.push(`m\0old-${i}`);
    }
    await store.close();
  }
  if (!readdirSync(path).some((name) => name.endsWith('.ldb'))) throw new Error('no tables');
  return written;
}

/** A start on a disk that refuses: that is reported at once, with the reason, and nothing else. */
async function openFailing(path: string, reason: string, time = hurried): Promise<Opened> {
  const opened = await openStore(cleanup, path, { time });
  expect(opened.problems.map(({ problem }) => problem)).toEqual(['failing']);
  expect(opened.problems[0]?.detail).toContain(reason);
  return opened;
}

/** Waits until a disk that was reported works again; nothing else is reported. What the next run finds there. */
async function keptAfter({ store, problems }: Opened, path: string): Promise<string[]> {
  await working(problems);
  expect(problems).toHaveLength(2);
  await store.close();
  const next = await openStore(cleanup, path);
  expect(next.problems).toEqual([]);
  return keys(next.store.take('m'));
}

describe('a journal whose folder', () => {
  it('is empty: nothing can be read of it elsewhere', async () => {
    const temporary = withTemporary();
    const reading = levelDb.elsewhere(makeFolder(cleanup), async () => 'read');
    await expect(reading).rejects.toThrow('no records are there');
    expect(copiesIn(temporary)).toEqual([]);
  });

  it('can never be made: is not tried for ever', async () => {
    const path = '/proc/no-such-place/data';
    const { problems } = await openStore(cleanup, path);
    expect(problems).toMatchObject([{ problem: 'failing' }]);
  });

  it('does not answer: the gateway begins without it, and uses it when it does', async () => {
    const path = makeFolder(cleanup);
    const first = await openStore(cleanup, path);
    first.store.put('m\0old', 1);
    await first.store.close();
    // Whoever reads a pipe waits for a writer, as for a file server that is away.
    const pipe = join(path, 'CURRENT');
    const current = readFileSync(pipe);
    rmSync(pipe);
    run('mkfifo', pipe);
    // Whatever happens, nobody waits for ever: Node does not end while a thread of its pool is held.
    cleanup.add(pipe, () => closeSync(openSync(pipe, 'r+')));

    const late = `the disk with ${path} has not answered`;
    const { store, problems } = await openFailing(path, late, impatient);
    expect(store.take('m')).toEqual([]);
    store.put('m\0new', 1);
    await committed(store);
    await writeFile(pipe, current);
    await working(problems);
    expect(problems.map(({ problem }) => problem)).toEqual(['failing', 'damaged', 'working']);
    expect(problems[1]?.detail).toContain(join(path, 'unread-1'));

    await store.close();
    expect(keys((await openStore(cleanup, path)).store.take('m'))).toEqual(['m\0new']);
    const aside = await openStore(cleanup, join(path, 'unread-1'));
    expect(keys(aside.store.take('m'))).toEqual(['m\0old']);
  });

  it('cannot be made because a file is in its place: goes on in memory until it can', async () => {
    const path = join(makeFolder(cleanup), 'journal');
    writeFileSync(path, 'in the way');
    const opened = await openFailing(path, `${path} cannot be a folder`);
    const { store } = opened;
    expect(store.take('m')).toEqual([]);
    store.put('m\0a', 1);
    store.put('m\0b', 1);
    store.delete('m\0a');
    await committed(store);

    rmSync(path);
    expect(await keptAfter(opened, path)).toEqual(['m\0b']);
  });
});

describe('a disk that', () => {
  it('is full: goes on in memory, and saves everything when there is room', async (context) => {
    const disk = mountSmall(cleanup, context);
    const path = join(disk, 'journal');
    const opened = await openStore(cleanup, path, { time: hurried });
    const { store, problems } = opened;
    store.put('m\0before', 1);
    await committed(store);
    const ballast = fill(disk);
    let count = 0;
    for (; problems.length === 0 && count < 1000; count++) {
      store.put(`m\0${count}`, 'x'.repeat(100));
      await committed(store);
    }
    expect(problems.map(({ problem }) => problem)).toEqual(['failing']);
    expect(problems[0]?.detail).toContain(`no space is left for ${path}`);
    store.put('m\0while', 1);
    store.delete('m\0before');
    await committed(store);

    rmSync(ballast);
    expect(await keptAfter(opened, path)).toHaveLength(count + 1);
  });

  it.for(['elsewhere', 'on the same disk'])(
    'is full when the gateway starts: nothing is missing, with temporary files %s',
    async (where, context) => {
      const disk = mountSmall(cleanup, context, '12m');
      const path = join(disk, 'journal');
      const written = await makeLegacy(path);
      const temporary = withTemporary(where === 'elsewhere' ? undefined : disk);
      const ballast = fill(disk);
      const opened = await openFailing(path, `no space is left for ${path}`);
      const { store } = opened;
      expect(keys(store.take('m'))).toEqual(written);
      expect([...copiesIn(temporary), ...copiesIn('/dev/shm')]).toEqual([]);
      store.put('m\0new', 1);
      store.delete('m\0old-100');
      await committed(store);

      rmSync(ballast);
      expect(await keptAfter(opened, path)).toEqual(['m\0new', ...written.slice(1)]);
    },
  );

  it('is full and damaged when the gateway starts: the repair waits for room', async (context) => {
    const disk = mountSmall(cleanup, context, '16m');
    const path = join(disk, 'journal');
    const written = await makeLegacy(path);
    for (const name of readdirSync(path)) if (name.startsWith('MANIFEST')) rmSync(join(path, name));
    const ballast = fill(disk);
    const { store, problems } = await openStore(cleanup, path, { time: hurried });
    expect(problems.map(({ problem }) => problem)).toEqual(['damaged', 'failing']);
    expect(keys(store.take('m'))).toEqual(written);
    store.put('m\0new', 1);
    await committed(store);

    rmSync(ballast);
    await working(problems);
    expect(problems.map(({ problem }) => problem).slice(2)).toEqual(['damaged', 'working']);
    await store.close();
    const next = await openStore(cleanup, path);
    expect(next.problems).toEqual([]);
    expect(keys(next.store.take('m'))).toEqual(['m\0new', ...written]);
  });

  it('is read-only when the gateway starts: nothing is missing', async (context) => {
    const disk = mountSmall(cleanup, context, '16m');
    const path = join(disk, 'journal');
    const written = await makeLegacy(path);
    remount(disk, 'ro');
    const opened = await openFailing(path, 'is read-only; mount it writable');
    const { store } = opened;
    expect(keys(store.take('m'))).toEqual(written);
    store.put('m\0new', 1);
    await committed(store);

    remount(disk, 'rw');
    expect(await keptAfter(opened, path)).toEqual(['m\0new', ...written]);
  });

  it('is read-only, with the journal of a newer release: that is refused all the same', async (context) => {
    const disk = mountSmall(cleanup, context);
    const path = join(disk, 'journal');
    const first = await openStore(cleanup, path, { migrations: [(record) => [record]] });
    first.store.put('m\0a', 1);
    await first.store.close();
    remount(disk, 'ro');
    await expect(openStore(cleanup, path)).rejects.toThrow(`the journal in ${path}; run that`);
  });

  it('is read-only and empty when the gateway starts, and another one is mounted later', async (context) => {
    const disk = mountSmall(cleanup, context);
    const path = join(disk, 'journal');
    mkdirSync(path);
    remount(disk, 'ro');
    const { store, problems } = await openFailing(path, 'is read-only; mount it writable');
    expect(store.take('m')).toEqual([]);
    const other = makeFolder(cleanup);
    const first = await openStore(cleanup, other);
    first.store.put('m\0old', 1);
    await first.store.close();
    run('mount', '--bind', other, path);
    cleanup.add(path, () => run('umount', '-l', path));
    await working(problems);
    expect(problems[1]?.detail).toContain(join(path, 'unread-1'));
  });

  it('is read-only when the gateway starts, and writable later', async (context) => {
    const disk = mountSmall(cleanup, context);
    const path = join(disk, 'journal');
    mkdirSync(path);
    remount(disk, 'ro');
    const opened = await openFailing(path, 'is read-only; mount it writable');
    const { store } = opened;
    store.put('m\0a', 1);
    await committed(store);
    remount(disk, 'rw');
    expect(await keptAfter(opened, path)).toEqual(['m\0a']);
  });
});

describe('a journal that is busy for long', () => {
  it('stays small, whatever came and went', async () => {
    const path = makeFolder(cleanup);
    const { store, problems } = await openStore(cleanup, path);
    const CYCLES = 40_000;
    for (let i = 0; i < CYCLES; i++) {
      store.put(`d\0device\0${i}`, { topic: 'sensors/temperature', payload: 'x'.repeat(200), i });
      // The record has got to the disk by then: it takes a deletion to be rid of it.
      if (i >= 1000) store.delete(`d\0device\0${i - 1000}`);
      if (i % 500 === 499) await committed(store);
    }
    for (let i = CYCLES - 1000; i < CYCLES; i++) store.delete(`d\0device\0${i}`);
    await store.close();
    expect(store.written.bytes).toBeGreaterThan(CYCLES * 200);
    expect(Number.parseInt(run('du', '-sb', path))).toBeLessThan(8 * 2 ** 20);
    const next = await openStore(cleanup, path);
    expect([...problems, ...next.problems]).toEqual([]);
    expect(next.store.take('d')).toEqual([]);
    expect(readdirSync(path).length).toBeLessThan(20);
  });
});
