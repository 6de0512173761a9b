/**
 * The air time that each modem has used, over restarts: a restart gives nobody a second allowance.
 *
 *   a link place      [slot, air time in microseconds, end or null]
 */
import type { JournalRecord, JournalValue } from '../core/types.js';
import type { Channel } from '../modems/channel.js';
import { HOUR_MS, SLOT_MS } from '../radio/limits.js';
import type { WindowRecord } from '../radio/window.js';
import { type Journal, KEY_SEPARATOR } from '../store/journal.js';

const KIND = 'a';

/** Where nothing is kept, as much of the hour's allowance counts as spent: all of it would silence the gateway for an hour. */
const SPENT_SHARE = 0.5;

/** What has gone on the air in a slot that is older is an hour old for certain. */
const FORGOTTEN_AFTER_MS = 2 * HOUR_MS;

type Keep = (records: readonly WindowRecord[], kept: () => void) => void;

export class AirJournal {
  constructor(private readonly journal: Journal) {}

  /**
   * Gives the air time of the earlier run to those who used it. To be called once, when the journal is
   * open; one that fails by then may not know of all of it.
   */
  restore(channels: ReadonlyMap<string, Channel>, now: number, isStoreUp: boolean): void {
    const { journal } = this;
    const known = new Map<string, WindowRecord[]>();
    for (const record of journal.take(KIND)) {
      const link = record.key.split(KEY_SEPARATOR)[1] ?? '';
      const used = usedBy(record);
      // That of a link which is not configured now stays for the hour: it may come back.
      if (used === undefined || (used.slot + 1) * SLOT_MS < now - FORGOTTEN_AFTER_MS) {
        journal.delete(record.key);
      } else {
        known.set(link, [...(known.get(link) ?? []), used]);
      }
    }
    for (const [link, channel] of channels) {
      if (journal.isPersistent && isStoreUp) channel.restore(known.get(link) ?? [], now);
      else channel.assumeSpent(SPENT_SHARE, now);
    }
  }

  /** What a link hands its records to. */
  keeperOf(link: string): Keep {
    return (records, kept) => {
      for (const { place, slot, airUs, endedAt } of records) {
        this.journal.put([KIND, link, place].join(KEY_SEPARATOR), [slot, airUs, endedAt]);
      }
      this.journal.afterCommit(kept);
    };
  }
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
