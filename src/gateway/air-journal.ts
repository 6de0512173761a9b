/**
 * The air time that each modem has used, over restarts: a restart gives nobody a second allowance.
 *
 *   a link place      [slot, air time in microseconds, end or null]
 *
 * A link of which nothing is known may be one that had another name: it goes on with what all those have
 * used that are not there any more. Rather too much than a second allowance.
 */
import type { JournalRecord, JournalValue } from '../core/types.js';
import type { ChannelJournal } from '../links/radio.js';
import type { Channel } from '../modems/channel.js';
import { isForgotten, STANDING_PLACE, standingSpent, type WindowRecord } from '../radio/window.js';
import { type Journal, KEY_SEPARATOR } from '../store/journal.js';

const KIND = 'a';

/** Where nothing is kept, as much of the hour's allowance counts as spent: all of it would silence the gateway for an hour. */
const SPENT_SHARE = 0.5;

export class AirJournal {
  private channels: ReadonlyMap<string, Channel> = new Map();
  private isFailing = false;
  private readonly watchers: ((works: boolean) => void)[] = [];

  constructor(private readonly journal: Journal) {}

  /**
   * Gives the air time of the earlier run to those who used it. To be called once, when the journal is
   * open. Of one that fails by then nobody knows what was in it: it counts as a full hour.
   */
  restore(channels: ReadonlyMap<string, Channel>, now: number): void {
    const known = this.takeKnown(now);
    const limited = new Map([...channels].filter(([, one]) => one.usage(now).limitMs !== null));
    this.channels = limited;
    const gone = [...known.keys()].filter((link) => !limited.has(link));
    const inherited = together(gone.flatMap((link) => known.get(link) ?? []));
    for (const [link, channel] of limited) {
      if (!known.has(link)) this.put(link, inherited);
      channel.restore(known.get(link) ?? inherited, now);
      if (!this.journal.isPersistent) channel.assumeSpent(SPENT_SHARE, now);
      else if (this.isFailing) channel.assumeSpent(1, now);
    }
    // Their run is over, and so is what they may have sent without a word; the rest says when it was.
    for (const link of gone) {
      const standing = known
        .get(link)
        ?.find(({ place, endedAt }) => place === STANDING_PLACE && endedAt === null);
      if (standing) this.put(link, [standingSpent(standing.airUs, now)]);
    }
  }

  /** What the store reports. */
  onStore(problem: 'failing' | 'working', now: number): void {
    this.isFailing = problem === 'failing';
    if (this.isFailing) {
      this.tell(false);
      return;
    }
    // The disk may be another one, or have lost what it had.
    for (const [link, channel] of this.channels) this.put(link, channel.records(now));
    this.journal.afterCommit(() => {
      if (!this.isFailing) this.tell(true);
    });
  }

  /** What a link hands its records to. */
  of(link: string): ChannelJournal {
    return {
      keep: (records, kept) => {
        this.put(link, records);
        this.journal.afterCommit(kept);
      },
      watch: (tell) => {
        this.watchers.push(tell);
        if (this.isFailing) tell(false);
      },
    };
  }

  private tell(works: boolean): void {
    for (const tell of this.watchers) tell(works);
  }

  private put(link: string, records: readonly WindowRecord[]): void {
    for (const { place, slot, airUs, endedAt } of records) {
      this.journal.put([KIND, link, place].join(KEY_SEPARATOR), [slot, airUs, endedAt]);
    }
  }

  /** By link. That of a link which is not configured now stays for the hour: it may come back. */
  private takeKnown(now: number): Map<string, WindowRecord[]> {
    const known = new Map<string, WindowRecord[]>();
    for (const record of this.journal.take(KIND)) {
      const link = record.key.split(KEY_SEPARATOR)[1] ?? '';
      const used = usedBy(record);
      if (used === undefined || isForgotten(used, now)) this.journal.delete(record.key);
      else known.set(link, [...(known.get(link) ?? []), used]);
    }
    return known;
  }
}

/** What several modems have used, as if one had; of two slots in one place the later one counts. */
function together(records: readonly WindowRecord[]): WindowRecord[] {
  const byPlace = new Map<number, WindowRecord>();
  for (const one of records) {
    const other = byPlace.get(one.place);
    byPlace.set(one.place, other ? both(one, other) : one);
  }
  return [...byPlace.values()];
}

function both(one: WindowRecord, other: WindowRecord): WindowRecord {
  if (one.slot !== other.slot && one.place !== STANDING_PLACE)
    return one.slot > other.slot ? one : other;
  const slot = Math.max(one.slot, other.slot);
  const airUs = one.airUs + other.airUs;
  const isClaim = one.endedAt === null || other.endedAt === null;
  const endedAt = isClaim ? null : Math.max(one.endedAt ?? 0, other.endedAt ?? 0);
  return { place: one.place, slot, airUs, endedAt };
}

/** undefined: a record that makes no sense. */
function usedBy({ key, value }: JournalRecord): WindowRecord | undefined {
  const place = Number(key.split(KEY_SEPARATOR)[2]);
  if (!Array.isArray(value) || !Number.isInteger(place)) return undefined;
  const [slot, airUs, endedAt] = value as readonly JournalValue[];
  if (!isCount(slot) || !isCount(airUs)) return undefined;
  if (endedAt !== null && typeof endedAt !== 'number') return undefined;
  return { place, slot, airUs, endedAt };
}

const isCount = (value: JournalValue | undefined): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
