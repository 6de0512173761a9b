/**
 * The air time that each modem has used, over restarts: a restart gives nobody a second allowance.
 *
 *   a link place      [slot, air time in microseconds, end or null]
 *   a link port       the port that its modem was on
 *   a link left       [port, when another run found it elsewhere] of those that it was on before
 *   ab                true: what is not here has not been sent
 *
 * Links are names, the law counts transmitters. So a link goes on with what was sent under its name, and
 * with what was sent on its port: of two that have swapped their names each may be either. One that has
 * neither may be one of those that are not there any more. It has been one of them, not all: the most that
 * any of them has used is enough. Rather too much than a second allowance.
 *
 * A port that a link has left still says what was sent there, until all of that is an hour old for certain. For
 * ever, and two that have swapped their ports would always count each other's frames.
 */
import type { JournalRecord, JournalValue } from '../core/types.js';
import type { ChannelJournal } from '../links/radio.js';
import type { Channel } from '../modems/channel.js';
import { FORGOTTEN_AFTER_MS } from '../radio/limits.js';
import { isForgotten, STANDING_PLACE, standingSpent, type WindowRecord } from '../radio/window.js';
import { DAMAGED_KIND, type Journal, KEY_SEPARATOR } from '../store/journal.js';
import { type AirDoubt, SPENT_SHARES } from './air-doubt.js';

const KIND = 'a';
const PORT_PLACE = 'port';
const LEFT_PLACE = 'left';
const BEGUN = 'ab';

/** A port that a link was on, and when a run found the link on another one. */
type LeftPort = readonly [port: string, leftAt: number];

/** What an earlier run has kept of one link. */
interface Known {
  port?: string;
  left: readonly LeftPort[];
  records: WindowRecord[];
}

export class AirJournal {
  private channels: ReadonlyMap<string, Channel> = new Map();
  private readonly ports = new Map<string, string>();
  /** By link. A run adds one port at most, and two hours take it away. */
  private readonly left = new Map<string, readonly LeftPort[]>();
  private isFailing = false;
  private readonly watchers: ((works: boolean) => void)[] = [];

  constructor(private readonly journal: Journal) {}

  /**
   * Gives the air time of the earlier run to those who used it. To be called once, when the journal is
   * open and all links are wired. Returns why some of it may not be known, if there is a limit for any link.
   */
  restore(channels: ReadonlyMap<string, Channel>, now: number): AirDoubt | undefined {
    const doubt = this.doubt();
    const known = this.takeKnown(now);
    const limited = new Map([...channels].filter(([, one]) => one.usage(now).limitMs !== null));
    this.channels = limited;
    const gone = [...known.keys()].filter((link) => !limited.has(link));
    for (const [link, channel] of limited) {
      const heritage = heritageOf(link, this.ports.get(link), known, gone);
      channel.restore(worstOf(heritage), now);
      if (doubt !== undefined) channel.assumeSpent(SPENT_SHARES[doubt], now);
      const own = known.get(link);
      if (own) this.left.set(link, leftBy(own, this.ports.get(link), now));
      const isKept = heritage.length === 1 && heritage[0] === own;
      if (doubt !== undefined || !isKept) this.put(link, channel.records(now));
      this.putPorts(link);
    }
    // Their run is over, and so is what they may have sent without a word; the rest says when it was.
    for (const link of gone) {
      const standing = known
        .get(link)
        ?.records.find(({ place, endedAt }) => place === STANDING_PLACE && endedAt === null);
      if (standing) this.put(link, [standingSpent(standing.airUs, now)]);
    }
    this.journal.put(BEGUN, true);
    return limited.size > 0 ? doubt : undefined;
  }

  /** What the store reports. */
  onStore(problem: 'failing' | 'working', now: number): void {
    this.isFailing = problem === 'failing';
    if (this.isFailing) {
      this.tell(false);
      return;
    }
    // The disk may be another one, or have lost what it had.
    for (const [link, channel] of this.channels) {
      this.put(link, channel.records(now));
      this.putPorts(link);
    }
    this.journal.put(BEGUN, true);
    this.journal.afterCommit(() => {
      if (!this.isFailing) this.tell(true);
    });
  }

  /** What a link on this port hands its records to. */
  of(link: string, port: string): ChannelJournal {
    this.ports.set(link, port);
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

  /** To be called before anything is written: it takes what says so. */
  private doubt(): AirDoubt | undefined {
    const { journal, isFailing } = this;
    const isDamaged = journal.take(DAMAGED_KIND).length > 0;
    const isNew = journal.take(BEGUN).length === 0;
    // In one group with what is concluded from it.
    if (isDamaged) journal.delete(DAMAGED_KIND);
    if (!journal.isPersistent) return 'not-kept';
    if (isFailing) return 'store-fails';
    if (isDamaged) return 'damaged';
    return isNew ? 'new' : undefined;
  }

  private putPorts(link: string): void {
    const port = this.ports.get(link);
    if (port !== undefined) this.journal.put(keyOf(link, PORT_PLACE), port);
    const left = this.left.get(link) ?? [];
    if (left.length > 0) this.journal.put(keyOf(link, LEFT_PLACE), left);
    else this.journal.delete(keyOf(link, LEFT_PLACE));
  }

  private put(link: string, records: readonly WindowRecord[]): void {
    for (const { place, slot, airUs, endedAt } of records) {
      this.journal.put(keyOf(link, place), [slot, airUs, endedAt]);
    }
  }

  /** By link. That of a link which is not configured now stays for the hour: it may come back. */
  private takeKnown(now: number): Map<string, Known> {
    const known = new Map<string, Known>();
    const of = (link: string): Known => {
      const one = known.get(link) ?? { left: [], records: [] };
      known.set(link, one);
      return one;
    };
    for (const record of this.journal.take(KIND)) {
      const [, link = '', place] = record.key.split(KEY_SEPARATOR);
      const used = usedBy(record);
      if (place === PORT_PLACE && typeof record.value === 'string') of(link).port = record.value;
      else if (place === LEFT_PLACE) of(link).left = leftPorts(record.value);
      else if (used === undefined || isForgotten(used, now)) this.journal.delete(record.key);
      else of(link).records.push(used);
    }
    for (const [link, { records }] of known) {
      if (records.length > 0 || this.ports.has(link)) continue;
      known.delete(link);
      this.journal.delete(keyOf(link, PORT_PLACE));
      this.journal.delete(keyOf(link, LEFT_PLACE));
    }
    return known;
  }
}

const keyOf = (link: string, place: number | string): string =>
  [KIND, link, place].join(KEY_SEPARATOR);

/** What this transmitter may have sent, under whatever name. */
function heritageOf(
  link: string,
  port: string | undefined,
  known: ReadonlyMap<string, Known>,
  gone: readonly string[],
): Known[] {
  const wasHere = (one: Known): boolean =>
    one.port === port || one.left.some(([other]) => other === port);
  const kin = [...known].filter(([name, one]) => name === link || wasHere(one));
  return kin.length > 0 ? kin.map(([, one]) => one) : gone.flatMap((name) => known.get(name) ?? []);
}

/** Where a link was before that is on this port now, as far as it matters. A clock that was ahead makes it no longer. */
function leftBy({ port: last, left }: Known, port: string | undefined, now: number): LeftPort[] {
  const all = new Map(left.map(([other, leftAt]) => [other, Math.min(leftAt, now)]));
  if (last !== undefined) all.set(last, now);
  return [...all].filter(([other, leftAt]) => other !== port && now - leftAt <= FORGOTTEN_AFTER_MS);
}

/** At no time less than any of them; of two slots in one place the later one counts. */
function worstOf(heritage: readonly Known[]): WindowRecord[] {
  const byPlace = new Map<number, WindowRecord>();
  for (const one of heritage.flatMap(({ records }) => records)) {
    const other = byPlace.get(one.place);
    byPlace.set(one.place, other ? worse(one, other) : one);
  }
  return [...byPlace.values()];
}

function worse(one: WindowRecord, other: WindowRecord): WindowRecord {
  if (one.slot !== other.slot && one.place !== STANDING_PLACE)
    return one.slot > other.slot ? one : other;
  const slot = Math.max(one.slot, other.slot);
  const airUs = Math.max(one.airUs, other.airUs);
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

/** Without those that make no sense. */
const leftPorts = (value: JournalValue): readonly LeftPort[] =>
  Array.isArray(value) ? (value as readonly JournalValue[]).filter(isLeftPort) : [];

function isLeftPort(value: JournalValue): value is LeftPort {
  if (!Array.isArray(value)) return false;
  const [port, leftAt] = value as readonly JournalValue[];
  return typeof port === 'string' && isCount(leftAt);
}

const isCount = (value: JournalValue | undefined): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
