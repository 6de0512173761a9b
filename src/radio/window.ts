/**
 * The allowance of one transmitter in one sub-band: never more air time in any hour than the law
 * allows, over restarts too.
 *
 * A frame may go out when everything that could lie within the hour that ends with it, and the frame
 * itself, are within the limit. That is enough for every hour: frames do not overlap, so an hour that
 * ends within a frame or after it holds no more than the one that ends with it. Doubts count against
 * us: a frame counts as a whole, as if it had ended at the latest possible moment.
 *
 * What has been sent must be on disk before it is sent, or a crash would grant a second allowance. A
 * write for each frame would wear out an SD card, so a slot *claims* more than it needs now: frames
 * within the claim cost no write. After a crash a claim counts as spent, at the latest possible moment.
 * The write that opens a slot also says what the one before has really used, so one claim is lost at most.
 *
 * A disk that fails takes no claims. For that a *standing claim* is on it from the first frame of a run to
 * its end in good order: what memory alone knows is never more than that in any hour, so a restart that
 * finds it may count it as spent, and knows enough. It is one for all runs: while it counts as spent after
 * a crash, nothing of it is there for the next failure.
 */
import {
  CLAIM_SHARE,
  FORGOTTEN_AFTER_MS,
  HOUR_MS,
  MESSAGE_SHARE,
  RESERVE_SHARE,
  SLOT_MS,
  SLOT_PLACES,
  STANDING_SHARE,
} from './limits.js';
import { type AirResult, latestEnd, type Slot, SlidingHour, slotOf } from './sliding-hour.js';

/** One slot, for the journal. A later record in the same place replaces the earlier one. */
export interface WindowRecord {
  /** From 0 to SLOT_PLACES - 1, and STANDING_PLACE. */
  place: number;
  slot: number;
  airUs: number;
  /** When the last of it had ended; null: a claim, of which nobody knows how much was used, and when. */
  endedAt: number | null;
}

/** Behind those of slots: the standing claim. */
export const STANDING_PLACE = SLOT_PLACES;

/**
 * What air time is for. Each has a part that the other cannot take: answers, because without them
 * devices repeat; messages, because a crowd that wants answers would silence them for ever.
 */
export type AirUse = 'answer' | 'message';

/** Where a frame may find room: for messages anywhere, or only in what no answer can have. */
export type AirRoom = AirUse | 'kept for messages';

export class AirWindow {
  private readonly limitUs: number;
  private readonly claimUs: number;
  private readonly standingUs: number;
  private readonly whole = new SlidingHour();
  /** Of this run. */
  private readonly byUse: Readonly<Record<AirUse, SlidingHour>> = {
    answer: new SlidingHour(),
    message: new SlidingHour(),
  };
  /** What memory alone knew when it was sent, and what counts as that after a crash. */
  private readonly unkept = new SlidingHour();
  /** Those of which the journal has a claim, how large, and not yet the result: the last one, and what a crash has left. */
  private readonly claims = new Map<Slot, number>();
  /** Of the standing claim: as handed to the journal, as known to be on disk, and what of it an earlier run may have used. */
  private standing: { writtenUs: number; onDiskUs: number; spent: Slot | undefined } = {
    writtenUs: 0,
    onDiskUs: 0,
    spent: undefined,
  };
  private assumed = { airUs: 0, endsAt: Number.NEGATIVE_INFINITY };
  private journalWorks = true;
  /** The journal works again, and what was claimed meanwhile may not be on the disk yet: the next frame claims anew. */
  private claimsAnew = false;

  /** `dutyCycle`: share of any hour; null: no limit, and nothing for the journal. */
  constructor(dutyCycle: number | null) {
    this.limitUs =
      dutyCycle === null ? Number.POSITIVE_INFINITY : Math.floor(dutyCycle * HOUR_MS * 1000);
    this.claimUs = Math.ceil(this.limitUs * CLAIM_SHARE);
    this.standingUs = Math.floor(this.limitUs * STANDING_SHARE);
  }

  /** Infinity: no limit. */
  get limitMs(): number {
    return this.limitUs / 1000;
  }

  /** Of any hour, by what the journal can be relied on for now; Infinity: no limit. */
  get reliableMs(): number {
    if (this.journalWorks || !this.isLimited) return this.limitMs;
    return this.unkeptUs / 1000;
  }

  /** Air time that counts at this moment. */
  usedMs(now: number): number {
    return this.whole.usedUs(now) / 1000;
  }

  /** The longest frame that may ever go. */
  longestMs(use: AirUse): number {
    return this.limitMs * (1 - (use === 'answer' ? MESSAGE_SHARE : RESERVE_SHARE));
  }

  /** When a frame may begin at the earliest if nothing else is sent until then; undefined: never, it is too long. */
  earliest(airMs: number, room: AirRoom, now: number): number | undefined {
    const clearAt = this.clearAt(airMs, room, now);
    return clearAt === undefined ? undefined : Math.max(Math.ceil(clearAt - airMs), now);
  }

  /** When so much may be sent in many frames, one after the other and none waiting any more for the allowance. */
  roomFor(airMs: number, use: AirUse, now: number): number | undefined {
    const clearAt = this.clearAt(airMs, use, now);
    return clearAt === undefined ? undefined : Math.max(Math.ceil(clearAt), now);
  }

  /**
   * Counts a frame that is about to be sent. While the journal works its records must be on disk before
   * it is, and `kept` be called. Until `settle` no other frame may be reserved: there is one transmitter.
   */
  reserve(airMs: number, use: AirUse, now: number): readonly WindowRecord[] {
    const earliest = this.earliest(airMs, use, now);
    if (this.whole.isOnAir || earliest === undefined || earliest > now) {
      throw new Error('broken invariant: a frame that the air has no room for');
    }
    const airUs = microseconds(airMs);
    const slot = this.whole.begin(airUs, now);
    if (!this.isLimited) return [];
    this.byUse[use].begin(airUs, now);
    if (!this.journalWorks) this.unkept.begin(airUs, now);
    if (!this.claimsAnew && slot.usedUs <= (this.claims.get(slot) ?? 0)) return [];
    this.claimsAnew = false;
    const closed = this.claims.has(slot) ? [] : this.closeClaims();
    this.claims.set(slot, slot.usedUs + this.claimUs);
    return [...closed, ...this.standingRecords(now), this.recordOf(slot)];
  }

  /** What `reserve` gave survives a crash. */
  kept(): void {
    this.standing.onDiskUs = this.standing.writtenUs;
  }

  /** What has become of the frame that was reserved. */
  settle(result: AirResult, now: number): void {
    if (!this.whole.isOnAir) throw new Error('broken invariant: a frame that was not reserved');
    for (const hour of [this.whole, this.byUse.answer, this.byUse.message, this.unkept])
      hour.settle(result, now);
  }

  /**
   * The disk takes nothing any more: from now on only what the standing claim covers may be sent. Or it
   * works again, and all that `records` gave is on it.
   */
  setJournalWorks(works: boolean): void {
    this.journalWorks = works;
    this.claimsAnew = works;
    if (works) this.kept();
  }

  /** All that the journal has to know at this moment. */
  records(now: number): readonly WindowRecord[] {
    this.whole.usedUs(now);
    const slots = this.whole.all.filter((slot) => slot !== this.standing.spent);
    return [
      this.standing.writtenUs > 0
        ? standingRecord(this.standing.writtenUs, now)
        : spentRecord(this.standing.spent),
      ...slots.map((slot) => this.recordOf(slot)),
    ];
  }

  /** For the journal at the end of a run in good order: no claim is lost then. After it `records` says so, too. */
  finish(): readonly WindowRecord[] {
    const closed = this.whole.isOnAir ? [] : this.closeClaims();
    if (this.standing.writtenUs === 0) return closed;
    this.standing.writtenUs = 0;
    return [...closed, spentRecord(this.standing.spent)];
  }

  /** Goes on with what an earlier run has sent. To be called before anything else. */
  restore(records: Iterable<WindowRecord>, now: number): void {
    const slots: Slot[] = [];
    for (const record of records) {
      const { place, slot: number, airUs, endedAt } = record;
      const latest = latestEnd(airUs, now);
      // The clock may have lost time: nothing of an earlier run ends later than this.
      const slot = { number, usedUs: airUs, endsAt: Math.min(endedAt ?? latest, latest) };
      if (place === STANDING_PLACE) {
        const heldUs = endedAt === null ? airUs : 0;
        this.standing = { writtenUs: heldUs, onDiskUs: heldUs, spent: slot };
      } else {
        slots.push(slot);
        if (endedAt === null) this.claims.set(slot, airUs);
      }
    }
    this.whole.restore(slots.toSorted((a, b) => a.number - b.number));
    const { spent } = this.standing;
    if (spent === undefined) return;
    this.whole.add(spent);
    this.unkept.add({ ...spent });
  }

  /**
   * What an earlier run has sent may not all be known: at least such a share counts as spent, as late as
   * possible. To be called after `restore`, before anything else.
   */
  assumeSpent(share: number, now: number): void {
    if (!this.isLimited) return;
    const airUs = Math.ceil(this.limitUs * share) - this.whole.usedUs(now);
    if (airUs <= 0) return;
    const slot = this.whole.open(now);
    this.whole.count(slot, airUs, latestEnd(0, now));
    // The claim of an earlier run has been counted, too: nothing of it is left for this one.
    this.claims.delete(slot);
    this.assumed = { airUs, endsAt: slot.endsAt };
  }

  /** Of `usedMs`: what has not been seen by this run, nor been read, and may have been sent. */
  assumedMs(now: number): number {
    const { airUs, endsAt } = this.assumed;
    return endsAt + HOUR_MS > now ? airUs / 1000 : 0;
  }

  private get isLimited(): boolean {
    return this.limitUs !== Number.POSITIVE_INFINITY;
  }

  /** What memory alone may know of. */
  private get unkeptUs(): number {
    return Math.min(this.standing.onDiskUs, this.standingUs);
  }

  /** When there is room by all rules; -Infinity: now. */
  private clearAt(airMs: number, room: AirRoom, now: number): number | undefined {
    const airUs = microseconds(airMs);
    const lawful = this.lawfulAt(airUs, room, now);
    if (this.journalWorks || !this.isLimited) return lawful;
    const share = room === 'answer' ? 1 : 1 - RESERVE_SHARE;
    return latest(lawful, this.unkept.clearAt(airUs, this.unkeptUs * share, now));
  }

  private lawfulAt(airUs: number, room: AirRoom, now: number): number | undefined {
    switch (room) {
      case 'answer':
        return this.answerAt(airUs, now);
      case 'message':
        return this.messageAt(airUs, now);
      case 'kept for messages':
        return this.keptForMessagesAt(airUs, now);
      default:
        return room satisfies never;
    }
  }

  private answerAt(airUs: number, now: number): number | undefined {
    const { limitUs, whole, byUse } = this;
    return latest(
      whole.clearAt(airUs, limitUs, now),
      byUse.answer.clearAt(airUs, limitUs * (1 - MESSAGE_SHARE), now),
    );
  }

  /** Below the reserve of answers, or within what is kept for messages. */
  private messageAt(airUs: number, now: number): number | undefined {
    const belowReserve = this.whole.clearAt(airUs, this.limitUs * (1 - RESERVE_SHARE), now);
    const kept = this.keptForMessagesAt(airUs, now);
    if (belowReserve === undefined || kept === undefined) return belowReserve;
    return Math.min(belowReserve, kept);
  }

  private keptForMessagesAt(airUs: number, now: number): number | undefined {
    const { limitUs, whole, byUse } = this;
    return latest(
      whole.clearAt(airUs, limitUs, now),
      byUse.message.clearAt(airUs, limitUs * MESSAGE_SHARE, now),
    );
  }

  /** The standing claim, where the journal does not have it yet. */
  private standingRecords(now: number): readonly WindowRecord[] {
    const { standing, standingUs } = this;
    if (standing.writtenUs >= standingUs) return [];
    standing.writtenUs = standingUs;
    return [standingRecord(standingUs, now)];
  }

  private closeClaims(): readonly WindowRecord[] {
    const slots = [...this.claims.keys()];
    this.claims.clear();
    return slots.map((slot) => this.recordOf(slot));
  }

  /** A claim, or how much has been used in the end. */
  private recordOf(slot: Slot): WindowRecord {
    const { number, usedUs, endsAt } = slot;
    const claimedUs = this.claims.get(slot);
    return {
      place: number % SLOT_PLACES,
      slot: number,
      airUs: claimedUs ?? usedUs,
      endedAt: claimedUs === undefined ? endsAt : null,
    };
  }
}

/** Whether a record says nothing any more: all of it is an hour old for certain. */
export const isForgotten = ({ place, slot, endedAt }: WindowRecord, now: number): boolean =>
  !(place === STANDING_PLACE && endedAt === null) &&
  (slot + 1) * SLOT_MS < now - FORGOTTEN_AFTER_MS;

/** The standing claim of a run that has ended without a word, and will not go on. */
export const standingSpent = (airUs: number, now: number): WindowRecord =>
  spentRecord({ number: slotOf(now), usedUs: airUs, endsAt: latestEnd(airUs, now) });

const standingRecord = (airUs: number, now: number): WindowRecord => ({
  place: STANDING_PLACE,
  slot: slotOf(now),
  airUs,
  endedAt: null,
});

/** The standing claim is given back, but for what an earlier run may have used. */
const spentRecord = (
  { usedUs, endsAt }: Slot = { number: 0, usedUs: 0, endsAt: 0 },
): WindowRecord => ({
  place: STANDING_PLACE,
  slot: slotOf(endsAt),
  airUs: usedUs,
  endedAt: endsAt,
});

/** The later of two moments, where undefined is never. */
const latest = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? undefined : Math.max(one, other);

/** Upwards, so that a sum of many is never too small; a thousandth forgives what binary fractions add. */
const microseconds = (ms: number): number => Math.ceil(ms * 1000 - 0.001);
