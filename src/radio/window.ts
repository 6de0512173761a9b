/**
 * The allowance of one transmitter in one sub-band: never more air time in any hour than the law
 * allows, over restarts too.
 *
 * A frame may go out when everything that could lie within the hour that ends with it, and the frame
 * itself, are within the limit. That is enough for every hour: frames do not overlap, so an hour that
 * ends within a frame or after it holds no more than the one that ends with it. Doubts count against
 * us: a frame counts as a whole, as if it had ended at the latest possible moment, and so do all
 * frames of a slot together. That bounds the memory, too.
 *
 * What has been sent must be on disk before it is sent, or a crash would grant a second allowance. A
 * write for each frame would wear out an SD card, so a slot *claims* more than it needs now: frames
 * within the claim cost no write. After a crash a claim counts as spent, at the latest possible moment.
 * The write that opens a slot also says what the one before has really used, so one claim is lost at most.
 */
import { CLAIM_SHARE, HOUR_MS, MODEM_HOLDS_MS, SLOT_MS, SLOT_PLACES } from './limits.js';

/** One slot, for the journal. A later record in the same place replaces the earlier one. */
export interface WindowRecord {
  /** From 0 to SLOT_PLACES - 1. */
  place: number;
  slot: number;
  airUs: number;
  /** When the last of it had ended; null: a claim, of which nobody knows how much was used, and when. */
  endedAt: number | null;
}

/** `unknown`: the modem does not say, or has been reset; it may even send it later. */
export type AirResult = 'sent' | 'unsent' | 'unknown';

interface Slot {
  number: number;
  usedUs: number;
  /** What the journal says, or will say before anything is sent. */
  claimedUs: number;
  endsAt: number;
}

export class AirWindow {
  private readonly limitUs: number;
  private readonly claimUs: number;
  /** In order of their numbers; those that count, and no others after `expire`. */
  private slots: Slot[] = [];
  private usedUs = 0;
  /** Those of which the journal has a claim and not yet the result: the last one, and what a crash has left. */
  private claims: Slot[] = [];
  private onAir: { slot: Slot; airUs: number } | undefined;

  /** `dutyCycle`: share of any hour; null: no limit, and nothing for the journal. */
  constructor(dutyCycle: number | null) {
    this.limitUs =
      dutyCycle === null ? Number.POSITIVE_INFINITY : Math.floor(dutyCycle * HOUR_MS * 1000);
    this.claimUs = Math.ceil(this.limitUs * CLAIM_SHARE);
  }

  /** Infinity: no limit. */
  get limitMs(): number {
    return this.limitUs / 1000;
  }

  /** Air time that counts at this moment. */
  usedMs(now: number): number {
    this.expire(now);
    return this.usedUs / 1000;
  }

  /**
   * When a frame may begin at the earliest if nothing else is sent until then, with `share` of the
   * limit; undefined: never, it is longer than that.
   */
  earliest(airMs: number, share: number, now: number): number | undefined {
    const clearAt = this.clearAt(airMs, share, now);
    return clearAt === undefined ? undefined : Math.max(Math.ceil(clearAt - airMs), now);
  }

  /** When so much may be sent in many frames, one after the other and none waiting any more for the allowance. */
  roomFor(airMs: number, share: number, now: number): number | undefined {
    const clearAt = this.clearAt(airMs, share, now);
    return clearAt === undefined ? undefined : Math.max(Math.ceil(clearAt), now);
  }

  /**
   * Counts a frame that is about to be sent. The records must be on disk before it is. Until `settle`
   * no other frame may be reserved: there is one transmitter.
   */
  reserve(airMs: number, now: number): readonly WindowRecord[] {
    const earliest = this.earliest(airMs, 1, now);
    if (this.onAir !== undefined || earliest === undefined || earliest > now) {
      throw new Error('broken invariant: a frame that the air has no room for');
    }
    const airUs = microseconds(airMs);
    const { slot, records } = this.openSlot(now);
    slot.usedUs += airUs;
    slot.endsAt = Math.max(slot.endsAt, now + airMs);
    this.usedUs += airUs;
    this.onAir = { slot, airUs };
    if (slot.usedUs <= slot.claimedUs || this.limitUs === Number.POSITIVE_INFINITY) return records;
    slot.claimedUs = slot.usedUs + this.claimUs;
    if (!this.claims.includes(slot)) this.claims.push(slot);
    return [...records, recordOf(slot, null)];
  }

  /** What has become of the frame that was reserved. */
  settle(result: AirResult, now: number): void {
    if (this.onAir === undefined)
      throw new Error('broken invariant: a frame that was not reserved');
    const { slot, airUs } = this.onAir;
    this.onAir = undefined;
    switch (result) {
      case 'unsent':
        slot.usedUs -= airUs;
        this.usedUs -= airUs;
        return;
      case 'sent':
        slot.endsAt = Math.max(slot.endsAt, now);
        return;
      case 'unknown':
        slot.endsAt = Math.max(slot.endsAt, now + airUs / 1000 + MODEM_HOLDS_MS);
        return;
      default:
        result satisfies never;
    }
  }

  /** For the journal at the end of a run in good order: a claim is not lost then. */
  finish(): readonly WindowRecord[] {
    return this.onAir === undefined ? this.closeClaims() : [];
  }

  /** Goes on with what an earlier run has sent. To be called before anything else. */
  restore(records: Iterable<WindowRecord>, now: number): void {
    for (const { slot: number, airUs, endedAt } of records) {
      // The clock may have lost time: nothing of an earlier run ends later than this.
      const latest = now + airUs / 1000 + MODEM_HOLDS_MS;
      const endsAt = Math.min(endedAt ?? latest, latest);
      const slot = { number, usedUs: airUs, claimedUs: airUs, endsAt };
      this.slots.push(slot);
      this.usedUs += airUs;
      if (endedAt === null) this.claims.push(slot);
    }
    this.slots.sort((a, b) => a.number - b.number);
    this.expire(now);
  }

  /** Without a journal nobody knows what an earlier run has sent: such a share counts as spent now. */
  assumeSpent(share: number, now: number): void {
    if (this.limitUs === Number.POSITIVE_INFINITY) return;
    const usedUs = Math.ceil(this.limitUs * share);
    const { slot } = this.openSlot(now);
    slot.usedUs += usedUs;
    slot.claimedUs += usedUs;
    slot.endsAt = Math.max(slot.endsAt, now + MODEM_HOLDS_MS);
    this.usedUs += usedUs;
  }

  /** When so much of what counts now does not any more that there is room; -Infinity: there is. */
  private clearAt(airMs: number, share: number, now: number): number | undefined {
    this.expire(now);
    const airUs = microseconds(airMs);
    const allowedUs = this.limitUs * share;
    if (airUs > allowedUs) return undefined;
    let tooMuchUs = this.usedUs + airUs - allowedUs;
    let at = Number.NEGATIVE_INFINITY;
    for (const slot of this.slots) {
      if (tooMuchUs <= 0) break;
      tooMuchUs -= slot.usedUs;
      at = Math.max(at, slot.endsAt + HOUR_MS);
    }
    return at;
  }

  /** The slot for a frame of this moment. A clock that has lost time in a restart goes on with the last. */
  private openSlot(now: number): { slot: Slot; records: readonly WindowRecord[] } {
    const number = Math.floor(now / SLOT_MS);
    const last = this.slots.at(-1);
    if (last !== undefined && last.number >= number) return { slot: last, records: [] };
    const records = this.closeClaims();
    const slot = { number, usedUs: 0, claimedUs: 0, endsAt: now };
    this.slots.push(slot);
    return { slot, records };
  }

  private closeClaims(): readonly WindowRecord[] {
    const records = this.claims.map((slot) => recordOf(slot, slot.endsAt));
    for (const slot of this.claims) slot.claimedUs = slot.usedUs;
    this.claims = [];
    return records;
  }

  /** Forgets what no hour that ends from now on can hold. */
  private expire(now: number): void {
    let count = 0;
    for (const slot of this.slots) {
      if (slot.endsAt + HOUR_MS > now || slot === this.onAir?.slot) break;
      this.usedUs -= slot.usedUs;
      count++;
    }
    if (count > 0) this.slots.splice(0, count);
  }
}

/** A claim, or how much has been used in the end. */
function recordOf({ number, usedUs, claimedUs }: Slot, endedAt: number | null): WindowRecord {
  const airUs = endedAt === null ? claimedUs : usedUs;
  return { place: number % SLOT_PLACES, slot: number, airUs, endedAt };
}

/** Upwards, so that a sum of many is never too small; a thousandth forgives what binary fractions add. */
const microseconds = (ms: number): number => Math.ceil(ms * 1000 - 0.001);
