/** Which devices are shown, and in which order. */
import type { DeviceRow } from '../../http/api/schema/devices.js';
import { latenessMs } from '../advice/lateness.js';
import { attentionRank } from '../advice/row.js';
import { Cell } from '../live/cell.js';
import type { Narrowing } from '../live/device-rows.js';
import type { State } from '../text/states.js';

/** Kinds of devices that one may want to see alone. */
export const GROUPS = [
  'all',
  'attention',
  'late',
  'connected',
  'ASLEEP',
  'waiting',
  'gone',
] as const;

export type Group = (typeof GROUPS)[number];

export const SORTS = ['attention', 'client', 'heard', 'due', 'buffered', 'signal'] as const;

export type Sort = (typeof SORTS)[number];

export interface Wish {
  /** In client id, link, address or what brought it into its state. */
  text: string;
  /** Those of a group, or in one state. */
  group: Group | State;
  sort: Sort;
  isReversed: boolean;
}

export const EVERYTHING: Wish = { text: '', group: 'all', sort: 'attention', isReversed: false };

/** Whoever comes back from a device finds the list as it was left. */
export const latestWish = new Cell<Wish>(EVERYTHING);

const CONNECTED: readonly State[] = ['ACTIVE', 'AWAKE', 'CONNECTING', 'ASLEEP'];
const GONE: readonly State[] = ['DISCONNECTED', 'LOST', 'REFUSED'];

const IS_IN: Readonly<Record<Group, (row: DeviceRow, now: number) => boolean>> = {
  all: () => true,
  attention: (row, now) => attentionRank(row, now) < 2,
  late: (row, now) => latenessMs(row, now) !== undefined,
  connected: ({ state }) => CONNECTED.includes(state),
  ASLEEP: ({ state }) => state === 'ASLEEP',
  waiting: ({ buffered }) => buffered.messages > 0,
  gone: ({ state }) => GONE.includes(state),
};

/** Of each group that is made of states alone. */
const STATES_OF: Readonly<Partial<Record<Group, readonly State[]>>> = {
  connected: CONNECTED,
  ASLEEP: ['ASLEEP'],
  gone: GONE,
};

/** What of a wish the gateway can look for: the rest is chosen among those that it finds. */
export function narrowingOf({ text, group }: Wish): Narrowing {
  const q = text.trim();
  const state = isGroup(group) ? STATES_OF[group] : [group];
  return { ...(q !== '' && { q }), ...(state && { state }) };
}

export const isGroup = (group: Wish['group']): group is Group => group in IS_IN;

/** Sorted by these, the smallest first; what is not known comes last. */
const KEYS: Readonly<Record<Exclude<Sort, 'client'>, (row: DeviceRow, now: number) => number>> = {
  attention: attentionRank,
  heard: ({ heardAtMs }) => (heardAtMs === null ? Number.POSITIVE_INFINITY : -heardAtMs),
  due: ({ dueAtMs }) => dueAtMs ?? Number.POSITIVE_INFINITY,
  buffered: ({ buffered }) => -buffered.messages,
  signal: ({ signal }) => signal?.rssiDbm ?? signal?.lqi ?? Number.POSITIVE_INFINITY,
};

const byName = new Intl.Collator('en', { numeric: true }).compare;

export function chosen(rows: Iterable<DeviceRow>, wish: Wish, now: number): DeviceRow[] {
  const text = wish.text.trim().toLowerCase();
  const { group } = wish;
  const isOfGroup = isGroup(group)
    ? IS_IN[group]
    : ({ state }: DeviceRow): boolean => state === group;
  const isWanted = (row: DeviceRow): boolean =>
    isOfGroup(row, now) && (text === '' || textOf(row).includes(text));
  const sorted = [...rows].filter(isWanted).sort((a, b) => byName(a.client, b.client));
  const { sort } = wish;
  if (sort !== 'client') {
    const keyed = sorted.map((row) => ({ row, key: KEYS[sort](row, now) }));
    keyed.sort((a, b) => (a.key === b.key ? 0 : a.key - b.key));
    sorted.splice(0, sorted.length, ...keyed.map(({ row }) => row));
  }
  return wish.isReversed ? sorted.reverse() : sorted;
}

const textOf = ({ client, link, address, why }: DeviceRow): string =>
  `${client} ${link ?? ''} ${address ?? ''} ${why ?? ''}`.toLowerCase();
