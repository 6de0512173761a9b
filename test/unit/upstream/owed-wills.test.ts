/** Notes of wills that are nobody's. */
import { beforeEach, describe, expect, it } from 'vitest';
import { OwedWills } from '../../../src/upstream/owed-wills.js';
import { TestJournal } from '../../support/journal.js';

const CLIENTS = ['d1', 'd2', 'd3'];

describe('notes of one turn', () => {
  let journal: TestJournal;
  let owed: OwedWills;
  let heard: string[];

  beforeEach(() => {
    journal = new TestJournal('never');
    owed = new OwedWills(journal, () => undefined);
    heard = [];
  });

  it('are there for all when the first one hears of it: nobody waits for the others', async () => {
    const waiting: string[][] = [];
    for (const client of CLIENTS) {
      owed.note(client, () => waiting.push(CLIENTS.filter((one) => owed.isNoting(one))));
    }
    expect(CLIENTS.every((client) => owed.isNoting(client))).toBe(true);
    await Promise.resolve();
    journal.commit();
    expect(waiting).toEqual([[], [], []]);
    expect(journal.kept('ue')).toHaveLength(CLIENTS.length);
  });

  it('are heard of once each, also when one is settled and made again meanwhile', async () => {
    for (const client of CLIENTS) owed.note(client, () => heard.push(client));
    await Promise.resolve();
    owed.settle('d1');
    owed.note('d1', () => heard.push('d1 again'));
    expect(heard).toEqual(['d1']);
    journal.commit();
    expect(heard).toEqual(['d1', 'd2', 'd3']);
    expect(owed.isNoting('d1')).toBe(true);
    await Promise.resolve();
    journal.commit();
    expect(heard).toEqual(['d1', 'd2', 'd3', 'd1 again']);
  });

  it('are not heard of before somebody can wait for them, also without a disk', async () => {
    const memory = new OwedWills(TestJournal.memory(), () => undefined);
    memory.note('d', () => heard.push('d'));
    expect(memory.isNoting('d')).toBe(true);
    await Promise.resolve();
    expect(heard).toEqual(['d']);
  });
});
