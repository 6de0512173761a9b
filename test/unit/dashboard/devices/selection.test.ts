import { describe, expect, it } from 'vitest';
import {
  chosen,
  EVERYTHING,
  GROUPS,
  narrowingOf,
  type Wish,
} from '../../../../src/dashboard/devices/selection.js';
import { rowOf } from '../../../support/dashboard/world.js';

const NOW = 1_700_000_000_000;
const row = (fields: Parameters<typeof rowOf>[0]) =>
  rowOf({ heardAtMs: NOW - 1000, dueAtMs: NOW + 60_000, ...fields });

const ROWS = [
  row({ client: 'node-10', heardAtMs: NOW - 9000, signal: null }),
  row({ client: 'node-9', buffered: { messages: 3, bytes: 9, oldestAtMs: NOW } }),
  row({ client: 'late', state: 'ASLEEP', dueAtMs: NOW - 60_000 }),
  row({ client: 'lost', state: 'LOST', why: 'keep alive over', dueAtMs: null, heardAtMs: null }),
  row({ client: 'stranger', state: 'REFUSED', why: null, dueAtMs: null, link: 'attic' }),
];

const names = (wish: Partial<Wish>): string[] =>
  chosen(ROWS, { ...EVERYTHING, ...wish }, NOW).map(({ client }) => client);

describe('the order', () => {
  it.each<[Partial<Wish>, string]>([
    [{}, 'lost, stranger, late, node-9, node-10'],
    [{ sort: 'client' }, 'late, lost, node-9, node-10, stranger'],
    [{ sort: 'client', isReversed: true }, 'stranger, node-10, node-9, lost, late'],
    [{ sort: 'heard' }, 'late, node-9, stranger, node-10, lost'],
    [{ sort: 'due' }, 'late, node-9, node-10, lost, stranger'],
    [{ sort: 'buffered' }, 'node-9, late, lost, node-10, stranger'],
    [{ sort: 'signal' }, 'late, lost, node-9, stranger, node-10'],
  ])('for %j is %s', (wish, order) => {
    expect(names(wish).join(', ')).toBe(order);
  });
});

describe('the choice', () => {
  it.each<[Partial<Wish>, string]>([
    [{ group: 'attention' }, 'lost, stranger, late'],
    [{ group: 'late' }, 'late'],
    [{ group: 'connected' }, 'late, node-9, node-10'],
    [{ group: 'ASLEEP' }, 'late'],
    [{ group: 'waiting' }, 'node-9'],
    [{ group: 'gone' }, 'lost, stranger'],
    [{ group: 'LOST' }, 'lost'],
    [{ text: ' NODE-1 ' }, 'node-10'],
    [{ text: 'attic' }, 'stranger'],
    [{ text: 'keep alive' }, 'lost'],
    [{ text: 'node', group: 'gone' }, ''],
  ])('for %j is %s', (wish, order) => {
    expect(names(wish).join(', ')).toBe(order);
  });

  it('leaves nobody out who is in no other kind', () => {
    const shown = new Set(GROUPS.flatMap((group) => names({ group })));
    expect(shown.size).toBe(ROWS.length);
  });
});

describe('what the gateway can look for', () => {
  it.each<[Partial<Wish>, object]>([
    [{}, {}],
    [{ text: ' dev ' }, { q: 'dev' }],
    [{ group: 'attention' }, {}],
    [
      { group: 'gone', text: 'a' },
      { q: 'a', state: ['DISCONNECTED', 'LOST', 'REFUSED'] },
    ],
    [{ group: 'ASLEEP' }, { state: ['ASLEEP'] }],
    [{ group: 'LOST' }, { state: ['LOST'] }],
  ])('of %j is %j', (wish, narrowing) => {
    expect(narrowingOf({ ...EVERYTHING, ...wish })).toEqual(narrowing);
  });
});
