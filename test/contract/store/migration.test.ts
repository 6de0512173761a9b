/** Journals of older and newer releases. */
import { afterEach, describe, expect, it } from 'vitest';
import type { JournalValue } from '../../../src/core/types.js';
import type { Migration } from '../../../src/store/schema.js';
import { Cleanup } from '../../support/cleanup.js';
import { makeFolder, openStore } from './harness.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

/** Version 2 keeps numbers as text, and splits pairs. */
const toTwo: Migration = (record) => {
  if (record.key.startsWith('pair\0') && Array.isArray(record.value)) {
    const values = record.value as readonly JournalValue[];
    return values.map((value, index) => ({ key: `single\0part-${index}`, value }));
  }
  return [typeof record.value === 'number' ? { ...record, value: `${record.value}` } : record];
};
/** Version 3 has no use for old things. */
const toThree: Migration = (record) => (record.key.startsWith('old\0') ? [] : [record]);

async function makeJournal(migrations: readonly Migration[]): Promise<string> {
  const path = makeFolder(cleanup);
  const { store } = await openStore(cleanup, path, { migrations });
  store.put('number\0a', 1);
  store.put('old\0b', 'b');
  store.put('pair\0c', ['left', 'right']);
  store.put('same\0d', 'd');
  await store.close();
  return path;
}

async function contentsOf(path: string, migrations: readonly Migration[]) {
  const { store, problems } = await openStore(cleanup, path, { migrations });
  if (problems.length > 0) throw new Error(problems[0]?.detail);
  const kinds = ['number', 'old', 'pair', 'same', 'single'];
  const records = kinds.flatMap((kind) => store.take(kind));
  await store.close();
  return Object.fromEntries(records.map(({ key, value }) => [key, value]));
}

const MIGRATED = {
  'number\0a': '1',
  'same\0d': 'd',
  'single\0part-0': 'left',
  'single\0part-1': 'right',
};

describe('the journal of an older release', () => {
  it('is brought up to date once, version by version', async () => {
    const path = await makeJournal([]);
    expect(await contentsOf(path, [toTwo, toThree])).toEqual(MIGRATED);
    const mustNotRun: Migration = () => {
      throw new Error('migrated twice');
    };
    expect(await contentsOf(path, [mustNotRun, mustNotRun])).toEqual(MIGRATED);
  });

  it('is only taken through the versions that it lacks', async () => {
    const path = await makeJournal([toTwo]);
    expect(await contentsOf(path, [toTwo, toThree])).toEqual({
      'number\0a': 1,
      'pair\0c': ['left', 'right'],
      'same\0d': 'd',
    });
  });
});

describe('the journal of a newer release', () => {
  it('is refused, in words for people, and left as it is', async () => {
    const path = await makeJournal([toTwo]);
    const before = await contentsOf(path, [toTwo]);
    await expect(openStore(cleanup, path, { migrations: [] })).rejects.toThrow(
      /^a newer release of the gateway has written the journal in .*; run that release/,
    );
    expect(await contentsOf(path, [toTwo])).toEqual(before);
  });
});
