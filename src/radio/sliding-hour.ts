/**
 * Air time of the latest hour, in slots. A slot counts as a whole, as if all of it had ended when the last
 * of it did: a doubt counts against us, and memory is bounded.
 */
import { HOUR_MS, MODEM_HOLDS_MS, SLOT_MS } from './limits.js';

/** `unknown`: the modem does not say, or has been reset; it may even send it later. */
export type AirResult = 'sent' | 'unsent' | 'unknown';

export interface Slot {
  readonly number: number;
  usedUs: number;
  endsAt: number;
}

export class SlidingHour {
  /** In the order in which they began; those that count, and no others after `expire`. */
  private slots: Slot[] = [];
  private used = 0;
  /** Where the next frame goes, unless its time is over. */
  private current: Slot | undefined;
  private onAir: { slot: Slot; airUs: number } | undefined;

  usedUs(now: number): number {
    this.expire(now);
    return this.used;
  }

  get isOnAir(): boolean {
    return this.onAir !== undefined;
  }

  get all(): readonly Slot[] {
    return this.slots;
  }

  /** When so much of what counts now does not any more that there is room; -Infinity: there is; undefined: never. */
  clearAt(airUs: number, allowedUs: number, now: number): number | undefined {
    this.expire(now);
    if (airUs > allowedUs) return undefined;
    let tooMuchUs = this.used + airUs - allowedUs;
    let at = Number.NEGATIVE_INFINITY;
    for (const slot of this.slots) {
      if (tooMuchUs <= 0) break;
      tooMuchUs -= slot.usedUs;
      at = Math.max(at, slot.endsAt + HOUR_MS);
    }
    return at;
  }

  /** The slot for this moment. A clock that has lost time in a restart goes on with the last. */
  open(now: number): Slot {
    const number = slotOf(now);
    if (this.current !== undefined && this.current.number >= number) return this.current;
    this.current = { number, usedUs: 0, endsAt: now };
    this.slots.push(this.current);
    return this.current;
  }

  /** Counts a frame that is about to be sent; no other one until `settle`. */
  begin(airUs: number, now: number): Slot {
    if (this.onAir !== undefined) throw new Error('broken invariant: two frames at a time');
    const slot = this.open(now);
    this.count(slot, airUs, now + airUs / 1000);
    this.onAir = { slot, airUs };
    return slot;
  }

  /** What has become of the frame that has begun, if one has. */
  settle(result: AirResult, now: number): void {
    if (this.onAir === undefined) return;
    const { slot, airUs } = this.onAir;
    this.onAir = undefined;
    switch (result) {
      case 'unsent':
        slot.usedUs -= airUs;
        this.used -= airUs;
        return;
      case 'sent':
        slot.endsAt = Math.max(slot.endsAt, now);
        return;
      case 'unknown':
        slot.endsAt = Math.max(slot.endsAt, latestEnd(airUs, now));
        return;
      default:
        result satisfies never;
    }
  }

  /** Counts what has been sent, or may have been. */
  count(slot: Slot, airUs: number, endsAt: number): void {
    slot.usedUs += airUs;
    slot.endsAt = Math.max(slot.endsAt, endsAt);
    this.used += airUs;
  }

  /** Counts slots of earlier runs, in the order of their numbers; the last one may go on. */
  restore(slots: readonly Slot[]): void {
    for (const slot of slots) this.add(slot);
    this.current = slots.at(-1);
  }

  /** Counts a slot to which nothing is added any more. */
  add(slot: Slot): void {
    this.slots.push(slot);
    this.used += slot.usedUs;
  }

  /** Forgets what no hour that ends from now on can hold. */
  private expire(now: number): void {
    let count = 0;
    for (const slot of this.slots) {
      if (slot.endsAt + HOUR_MS > now || slot === this.onAir?.slot) break;
      this.used -= slot.usedUs;
      if (slot === this.current) this.current = undefined;
      count++;
    }
    if (count > 0) this.slots.splice(0, count);
  }
}

export const slotOf = (now: number): number => Math.floor(now / SLOT_MS);

/** The latest moment at which air time can end of which nobody knows when it began. */
export const latestEnd = (airUs: number, now: number): number =>
  now + airUs / 1000 + MODEM_HOLDS_MS;
