/** Frames that wait for one modem, by priority, and in order of arrival within a priority, `isFirst` before the others. Bounded. */
import type { Priority, RadioFrame } from './frames.js';
import { QUEUE_BYTES_MAX, QUEUE_FRAMES_MAX } from './limits.js';

export interface Waiting {
  readonly frame: RadioFrame;
  readonly airMs: number;
  readonly since: number;
  /** Random back-off. */
  readonly notBefore: number;
  /** Counted once as waiting for the allowance. */
  isDeferred: boolean;
  /** How often the modem was busy. */
  tries: number;
}

const PRIORITIES: readonly Priority[] = [1, 2, 3, 4, 5];

export class FrameQueue {
  private readonly lists: Readonly<Record<Priority, Waiting[]>> = {
    1: [],
    2: [],
    3: [],
    4: [],
    5: [],
  };
  private count = 0;
  private octets = 0;

  get frames(): number {
    return this.count;
  }

  get bytes(): number {
    return this.octets;
  }

  /** The most important first. */
  *byPriority(): Generator<readonly Waiting[]> {
    for (const priority of PRIORITIES) {
      if (this.lists[priority].length > 0) yield this.lists[priority];
    }
  }

  /** Those that go before a new one of this priority. */
  ahead(priority: Priority): { frames: number; airMs: number } {
    const sum = { frames: 0, airMs: 0 };
    for (const one of PRIORITIES) {
      if (one > priority) break;
      sum.frames += this.lists[one].length;
      for (const { airMs } of this.lists[one]) sum.airMs += airMs;
    }
    return sum;
  }

  add(waiting: Waiting): void {
    const list = this.lists[waiting.frame.priority];
    const second = waiting.frame.isFirst ? list.findIndex(({ frame }) => !frame.isFirst) : -1;
    list.splice(second < 0 ? list.length : second, 0, waiting);
    this.count++;
    this.octets += waiting.frame.bytes;
  }

  /** Back to its place: it has been taken out, and nothing of its address and priority has overtaken it. */
  putBack(waiting: Waiting): void {
    this.lists[waiting.frame.priority].unshift(waiting);
    this.count++;
    this.octets += waiting.frame.bytes;
  }

  remove(waiting: Waiting): void {
    const list = this.lists[waiting.frame.priority];
    list.splice(list.indexOf(waiting), 1);
    this.count--;
    this.octets -= waiting.frame.bytes;
  }

  /** Takes out what is past its time. */
  takeExpired(now: number): Waiting[] {
    const expired = [...this.byPriority()].flat().filter((one) => dropAt(one) <= now);
    for (const one of expired) this.remove(one);
    return expired;
  }

  /** When the next one is past its time; Infinity: none will be. */
  nextExpiry(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const list of this.byPriority()) {
      for (const one of list) next = Math.min(next, dropAt(one));
    }
    return next;
  }

  /**
   * Makes room for a frame, at the cost of less important ones: the least important first, of these
   * the latest, so that nobody who waited long has waited in vain. undefined: there is no room.
   */
  makeRoom({ priority, bytes }: RadioFrame): Waiting[] | undefined {
    const victims: Waiting[] = [];
    let [frames, octets] = [this.count + 1, this.octets + bytes];
    const lesser = PRIORITIES.filter((one) => one > priority).toReversed();
    const candidates = lesser.flatMap((one) => this.lists[one].toReversed()).values();
    while (frames > QUEUE_FRAMES_MAX || octets > QUEUE_BYTES_MAX) {
      const { value, done } = candidates.next();
      if (done) return undefined;
      victims.push(value);
      frames--;
      octets -= value.frame.bytes;
    }
    for (const victim of victims) this.remove(victim);
    return victims;
  }
}

/** From then on it could not be sent in time any more. */
const dropAt = ({ frame, airMs }: Waiting): number => Math.floor(frame.expiresAt - airMs) + 1;
