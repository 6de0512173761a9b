/** What every store promises, on each of them; what only one on disk can promise, on that one. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { JournalValue } from '../../../src/core/types.js';
import { createStore } from '../../../src/store/index.js';
import type { JournalProblem } from '../../../src/store/journal.js';
import { Cleanup } from '../../support/cleanup.js';
import { PATIENCE_MS, until } from '../../support/wait.js';
import { committed, keys, makeFolder, openStore } from './harness.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

describe.each(['memory', 'disk'])('a store in %s', (kind) => {
  const problems: JournalProblem[] = [];
  const open = async () => {
    const path = kind === 'memory' ? kind : join(makeFolder(cleanup), 'journal');
    const store = createStore(path, { onProblem: (problem) => problems.push(problem) });
    cleanup.add(store, (opened) => opened.close());
    await store.open();
    return store;
  };

  it('begins empty', async () => {
    const store = await open();
    expect(store.take('s')).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('says whether it outlives the process', async () => {
    expect((await open()).isPersistent).toBe(kind === 'disk');
  });

  it('runs callbacks in the order in which they were asked for', async () => {
    const store = await open();
    const asked: string[] = [];
    const ran: string[] = [];
    const ask = (name: string, then = () => {}) => {
      asked.push(name);
      store.afterCommit(() => {
        ran.push(name);
        then();
      });
    };
    ask('before any write');
    store.put('m\0a', 1);
    ask('after a write', () => {
      ask('within, without a write');
      store.put('m\0b', 2);
      ask('within, after a write');
    });
    ask('after the same write');
    store.delete('m\0a');
    ask('after a deletion');
    await until(() => ran.length === 6, PATIENCE_MS, 'all callbacks');
    expect(ran).toEqual(asked);
  });

  it('runs a callback when nothing was written, also after a deletion of what never was', async () => {
    const store = await open();
    await committed(store);
    store.delete('m\0never');
    await committed(store);
    store.put('m\0short', 1);
    store.delete('m\0short');
    await committed(store);
  });

  it('can be closed twice, and writes of latecomers are ignored', async () => {
    const store = await open();
    store.put('m\0a', 1);
    await store.close();
    store.put('m\0b', 1);
    store.delete('m\0a');
    store.afterCommit(() => undefined);
    await store.close();
  });
});

describe('a store on disk', () => {
  const reopened = async (
    write: (store: Awaited<ReturnType<typeof openStore>>['store']) => void,
  ) => {
    const path = makeFolder(cleanup);
    const first = await openStore(cleanup, path);
    write(first.store);
    await first.store.close();
    const { store, problems } = await openStore(cleanup, path);
    expect([...first.problems, ...problems]).toEqual([]);
    return store;
  };

  it('gives back every kind of value', async () => {
    const values: JournalValue[] = [
      null,
      true,
      -1,
      2 ** 40,
      1.5,
      '',
      'Grüße 🌍',
      new Uint8Array(),
      Uint8Array.of(0, 255),
      [],
      [1, ['two']],
      { name: 'a', nested: { list: [null] } },
      'x'.repeat(100_000),
    ];
    const store = await reopened((journal) => {
      values.forEach((value, index) => journal.put(`v\0${index + 100}`, value));
    });
    expect(store.take('v').map(({ value }) => value)).toEqual(values);
  });

  it('hands out the records of one kind, in the order of their keys, once', async () => {
    const store = await reopened((journal) => {
      for (const key of ['m\0b', 'm\0a', 'm', 'mm\0c', 's\0a', 'm\0a\0z']) journal.put(key, key);
    });
    expect(keys(store.take('m'))).toEqual(['m', 'm\0a', 'm\0a\0z', 'm\0b']);
    expect(store.take('m')).toEqual([]);
    expect(keys(store.take('s'))).toEqual(['s\0a']);
    expect(keys(store.take('x'))).toEqual([]);
  });

  it('keeps the latest value of a key, and no deleted one', async () => {
    const store = await reopened((journal) => {
      journal.put('m\0a', 1);
      journal.put('m\0b', 1);
      journal.put('m\0a', 2);
      journal.delete('m\0b');
    });
    expect(store.take('m')).toEqual([{ key: 'm\0a', value: 2 }]);
  });

  it('deletes what an earlier run has written, and what is being written', async () => {
    const path = makeFolder(cleanup);
    const { store: first } = await openStore(cleanup, path);
    for (const name of ['a', 'b', 'c']) first.put(`m\0${name}`, name);
    await first.close();
    const { store: second } = await openStore(cleanup, path);
    second.delete('m\0a');
    second.put('m\0d', 'd');
    second.afterCommit(() => second.delete('m\0b'));
    await committed(second);
    second.delete('m\0d');
    await second.close();
    const { store: third } = await openStore(cleanup, path);
    expect(keys(third.take('m'))).toEqual(['m\0c']);
  });

  it('refuses a folder that another store has open, in words for people', async () => {
    const path = makeFolder(cleanup);
    await openStore(cleanup, path);
    await expect(openStore(cleanup, path)).rejects.toThrow(/another process uses the journal in/);
  });

  it('makes its folder, with those above it', async () => {
    const path = join(makeFolder(cleanup), 'a', 'b');
    await openStore(cleanup, path);
    expect(readdirSync(path)).toContain('CURRENT');
  });
});
