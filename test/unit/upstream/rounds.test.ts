/** The numbers of SUBSCRIBEs: what the broker has may bear those of any earlier run, also of one that left no records. */
import { expect, it } from 'vitest';
import type { JournalValue } from '../../../src/core/types.js';
import { recordKey } from '../../../src/upstream/records.js';
import { Rounds } from '../../../src/upstream/rounds.js';
import { Route } from '../../../src/upstream/route.js';
import { TestJournal } from '../../support/journal.js';

const NUMBER_MAX = 268_435_455;

const route = new Route('kept', 0, 0);
const begin = (rounds: Rounds): number => rounds.begin(route, [], true).number;

function runAfter(numbers: readonly number[], chance: number): Rounds {
  const record = { filter: 'kept', lane: 0, order: 0, qos: 2, asks: [], isIdentified: true };
  const records = numbers.map((number) => [recordKey('ur', number), record] as const);
  const rounds = new Rounds(
    new TestJournal('at-once', new Map<string, JournalValue>(records)),
    chance,
  );
  for (const former of rounds.recover().former) rounds.restore(route, former);
  return rounds;
}

it('chance tells where a run begins: one whose disk failed has hardly used what the next one uses', () => {
  expect([begin(runAfter([], 5)), begin(runAfter([], 70_000))]).toEqual([6, 70_001]);
});

it('the numbers that records tell of are used by nobody else', () => {
  const rounds = runAfter([6, 8], 5);
  expect([begin(rounds), begin(rounds)]).toEqual([7, 9]);
});

it('behind the largest number comes the smallest one', () => {
  const rounds = runAfter([1], NUMBER_MAX - 1);
  expect([begin(rounds), begin(rounds)]).toEqual([NUMBER_MAX, 2]);
});

it('whatever chance says, the number is one that MQTT knows', () => {
  expect(begin(runAfter([], NUMBER_MAX))).toBe(1);
  const last = begin(runAfter([], 0xffffffff));
  expect(last).toBeGreaterThan(0);
  expect(last).toBeLessThanOrEqual(NUMBER_MAX);
});

it('a number that neither a record nor this run tells of is unknown', () => {
  const rounds = runAfter([3], NUMBER_MAX - 1);
  const own = [begin(rounds), begin(rounds)];
  expect([...own, 3].map((number) => rounds.isUnknown(number))).toEqual([false, false, false]);
  expect([NUMBER_MAX - 1, 2, 4].map((number) => rounds.isUnknown(number))).toEqual([
    true,
    true,
    true,
  ]);
});

it('one that this run has used stays known when nobody waits for its messages any more', () => {
  const rounds = runAfter([], 5);
  const round = rounds.begin(route, [], true);
  rounds.leave(round);
  expect(rounds.isUnknown(round.number)).toBe(false);
});

it('what the latest of several earlier runs has asked for comes last, whatever the numbers are', () => {
  let journal = new TestJournal('never');
  const asked = [900, 5, 70].map((chance) => {
    const rounds = new Rounds(journal, chance);
    for (const former of rounds.recover().former) rounds.restore(route, former);
    const number = begin(rounds);
    journal.commit();
    journal = journal.crashed();
    return number;
  });
  expect(new Rounds(journal, 1).recover().former.map(({ number }) => number)).toEqual(asked);
});
