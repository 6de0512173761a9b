/** What is left of a journal after its files were damaged: never a refusal to start, never wrong data, always a report. */
import { createCipheriv } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JournalRecord } from '../../../src/core/types.js';
import { encodeRecord } from '../../../src/store/record.js';
import { DAMAGED_KIND } from '../../../src/store/journal.js';
import { levelDb } from '../../../src/store/level.js';
import { Cleanup } from '../../support/cleanup.js';
import { committed, keys, makeFolder, openStore } from './harness.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const RECORDS = 2000;
/** Not compressible, so that files have several blocks, and the same in each run. */
const VALUES = Array.from({ length: RECORDS }, (_, i) =>
  createCipheriv('chacha20', Buffer.alloc(32), Buffer.alloc(16, `${i}`)).update(Buffer.alloc(3000)),
);
const valueOf = (i: number): Uint8Array => VALUES[i] as Uint8Array;
const keyOf = (i: number): string => `d\0device-${i % 10}\0${String(i).padStart(6, '0')}`;

const forAll = new Cleanup();
afterAll(forAll.run);
let sample = '';

/** A journal with a table file and a log: LevelDB makes a table of the log when it opens. */
beforeAll(async () => {
  sample = makeFolder(forAll);
  const path = sample;
  for (const [from, to] of [
    [0, RECORDS / 2],
    [RECORDS / 2, RECORDS],
  ] as const) {
    const { store } = await openStore(cleanup, path);
    for (let i = from; i < to; i++) {
      store.put(keyOf(i), valueOf(i));
      if (i % 200 === 199) await committed(store);
    }
    await store.close();
  }
  const sizes = filesOf(path, /\.(?:ldb|log)$/).map((file) => statSync(file).size);
  if (sizes.filter((size) => size > 100_000).length < 2) throw new Error('too few files');
});

function copyJournal(): string {
  const path = makeFolder(cleanup);
  cpSync(sample, path, { recursive: true });
  return path;
}

/** The largest first. */
function filesOf(path: string, pattern: RegExp): string[] {
  return readdirSync(path)
    .filter((name) => pattern.test(name))
    .map((name) => join(path, name))
    .sort((a, b) => statSync(b).size - statSync(a).size);
}

function only(path: string, pattern: RegExp): string {
  const [file] = filesOf(path, pattern);
  if (file === undefined) throw new Error(`no ${pattern.source} in ${readdirSync(path).join(' ')}`);
  return file;
}

function garble(file: string, from: number, length: number): void {
  const octets = readFileSync(file);
  for (let i = from; i < from + length && i < octets.length; i++)
    octets[i] = (octets[i] ?? 0) ^ 0x5a;
  writeFileSync(file, octets);
}

const half = (file: string): number => Math.floor(statSync(file).size / 2);

interface Damage {
  what: string;
  cause: (path: string) => void;
  /** At least so many records survive. */
  left: number;
}

const DAMAGES: Damage[] = [
  { what: 'CURRENT is missing', cause: (path) => rmSync(only(path, /^CURRENT$/)), left: RECORDS },
  {
    what: 'CURRENT is empty',
    cause: (path) => truncateSync(only(path, /^CURRENT$/)),
    left: RECORDS,
  },
  { what: 'MANIFEST is missing', cause: (path) => rmSync(only(path, /^MANIFEST/)), left: RECORDS },
  {
    what: 'MANIFEST is empty',
    cause: (path) => truncateSync(only(path, /^MANIFEST/)),
    left: RECORDS,
  },
  {
    what: 'MANIFEST is garbled',
    cause: (path) => garble(only(path, /^MANIFEST/), 0, 10_000),
    left: RECORDS,
  },
  { what: 'a table file is missing', cause: (path) => rmSync(only(path, /\.ldb$/)), left: 1 },
  { what: 'a table file is empty', cause: (path) => truncateSync(only(path, /\.ldb$/)), left: 1 },
  {
    what: 'a table file is cut off',
    cause: (path) => truncateSync(only(path, /\.ldb$/), half(only(path, /\.ldb$/))),
    left: 1,
  },
  {
    what: 'a block in a table file is garbled',
    cause: (path) => garble(only(path, /\.ldb$/), half(only(path, /\.ldb$/)), 4096),
    left: RECORDS - 10,
  },
  {
    what: 'one octet in a table file is garbled',
    cause: (path) => garble(only(path, /\.ldb$/), 5000, 1),
    left: RECORDS - 10,
  },
  {
    what: 'a block in the log is garbled',
    cause: (path) => garble(only(path, /\.log$/), 40_000, 1000),
    left: 1000,
  },
  {
    what: 'all files are garbled',
    cause: (path) => {
      for (const file of filesOf(path, /./)) garble(file, 0, Infinity);
    },
    left: 0,
  },
  {
    what: 'MANIFEST and the tables are folders',
    cause: (path) => {
      for (const file of filesOf(path, /^MANIFEST|\.ldb$/)) {
        rmSync(file);
        mkdirSync(file);
      }
    },
    left: 0,
  },
];

describe('damage to a journal', () => {
  it.each(DAMAGES)('$what', async ({ cause, left }) => {
    const path = copyJournal();
    cause(path);
    const { store, problems } = await openStore(cleanup, path);
    expect(problems).toMatchObject([{ problem: 'damaged' }]);
    expect(problems[0]?.detail).toContain(path);

    // Whoever has to know is told, until it has been noted.
    expect(store.take(DAMAGED_KIND)).toHaveLength(1);
    const records = store.take('d');
    expect(records.length).toBeGreaterThanOrEqual(left);
    const isRight = ({ key, value }: JournalRecord) =>
      value instanceof Uint8Array && Buffer.compare(value, valueOf(Number(key.slice(-6)))) === 0;
    expect(keys(records.filter((record) => !isRight(record)))).toEqual([]);

    // It is as good as new: it takes more than LevelDB keeps in memory, and the next start finds nothing wrong.
    for (let i = 0; i < RECORDS; i++) store.put(`n\0${i}`, valueOf(i));
    await committed(store);
    await store.close();
    const next = await openStore(cleanup, path);
    expect([...problems.slice(1), ...next.problems]).toEqual([]);
    expect(keys(next.store.take('d'))).toEqual(keys(records));
    expect(next.store.take('n')).toHaveLength(RECORDS);
  });

  it('a log that ends in the middle of a batch: the batch never was', async () => {
    const path = makeFolder(cleanup);
    const { store } = await openStore(cleanup, path);
    store.put('m\0first', 1);
    await committed(store);
    store.put('m\0second', valueOf(0));
    store.put('m\0third', 3);
    await committed(store);
    await store.close();
    const log = only(path, /\.log$/);
    truncateSync(log, statSync(log).size - 100);

    const next = await openStore(cleanup, path);
    expect(next.problems).toEqual([]);
    expect(keys(next.store.take('m'))).toEqual(['m\0first']);
  });
});

describe('records that cannot be used', () => {
  /** Puts something into the files behind the store's back. */
  const withForeign = async (record: Uint8Array, key = 'm\0bad') => {
    const path = makeFolder(cleanup);
    const { store } = await openStore(cleanup, path);
    store.put('m\0good', 1);
    await store.close();
    const level = await levelDb.open(path);
    const batch = level.batch();
    batch.put(key, record);
    await batch.write({ sync: true });
    await level.close();
    return path;
  };
  const encoded = (key: string): Uint8Array => Uint8Array.from(encodeRecord(key, [1, 'two'], 7));
  const changed = (at: number): Uint8Array => {
    const record = encoded('m\0bad');
    record[at] = (record[at] ?? 0) ^ 1;
    return record;
  };

  it.each([
    ['the format', changed(0)],
    ['the number', changed(3)],
    ['the check', changed(8)],
    ['the body', changed(13)],
    ['the key', encoded('m\0other')],
    ['everything', new Uint8Array()],
    ['the end', encoded('m\0bad').subarray(0, 12)],
  ])('%s is not as it was: left out, named, removed', async (_what, record) => {
    const path = await withForeign(record);
    const { store, problems } = await openStore(cleanup, path);
    expect(keys(store.take('m'))).toEqual(['m\0good']);
    expect(problems).toMatchObject([{ problem: 'damaged' }]);
    expect(problems[0]?.detail).toContain('1 record garbled ("m bad")');
    await store.close();
    const next = await openStore(cleanup, path);
    expect(next.problems).toEqual([]);
    expect(keys(next.store.take('m'))).toEqual(['m\0good']);
  });

  it('a record appears that the head does not count: reported', async () => {
    const path = await withForeign(encoded('m\0bad'));
    const { problems } = await openStore(cleanup, path);
    expect(problems[0]?.detail).toContain('1 record back that had been deleted');
  });

  it('the head is garbled: everything else is taken', async () => {
    const path = await withForeign(changed(13), '!head');
    const { store, problems } = await openStore(cleanup, path);
    expect(problems[0]?.detail).toContain('the record that counts the others is missing');
    expect(keys(store.take('m'))).toEqual(['m\0good']);
    await store.close();
    expect((await openStore(cleanup, path)).problems).toEqual([]);
  });
});

describe('the remains of damage', () => {
  it("are the journal's only: what else is in its folder stays where it is", async () => {
    const path = copyJournal();
    mkdirSync(join(path, 'lost+found'));
    writeFileSync(join(path, 'notes.txt'), 'mine');
    const aside = await levelDb.setAside(path, 'damaged');
    expect(readdirSync(path).sort()).toEqual(['LOCK', 'damaged-1', 'lost+found', 'notes.txt']);
    const next = await openStore(cleanup, aside);
    expect(next.problems).toEqual([]);
    expect(next.store.take('d')).toHaveLength(RECORDS);
  });

  it('are kept three times, not for ever', async () => {
    const path = makeFolder(cleanup);
    for (let i = 0; i < 5; i++) {
      const { store } = await openStore(cleanup, path);
      store.put('m\0a', i);
      await store.close();
      rmSync(only(path, /^CURRENT$/));
    }
    await openStore(cleanup, path);
    const aside = readdirSync(path).filter((name) => name.startsWith('damaged-'));
    expect(aside.sort()).toEqual(['damaged-3', 'damaged-4', 'damaged-5']);
  });
});
