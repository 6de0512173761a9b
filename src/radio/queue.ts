/** Frames that wait for one modem, by rank. Bounded. */
import type { Priority, RadioFrame } from './frames.js';
import { QUEUE_BYTES_MAX, QUEUE_FRAMES_MAX } from './limits.js';
import { Rank, type Waiting } from './rank.js';

const PRIORITIES: readonly Priority[] = [1, 2, 3, 4, 5];

export class FrameQueue {
  private readonly ranks: Readonly<Record<Priority, Rank>> = {
    1: new Rank(false),
    2: new Rank(true),
    3: new Rank(false),
    4: new Rank(false),
    5: new Rank(false),
  };
  private count = 0;
  private octets = 0;
  private lastSerial = 0;
  private lastTurn = 0;

  get frames(): number {
    return this.count;
  }

  get bytes(): number {
    return this.octets;
  }

  *all(): Generator<Waiting> {
    for (const priority of PRIORITIES) yield* this.ranks[priority].frames;
  }

  /** Those ranks less important than this one in which something waits, the most important first. */
  byImportance(than: Priority | 0 = 0): Rank[] {
    return PRIORITIES.filter((one) => one > than && this.ranks[one].frames.length > 0).map(
      (one) => this.ranks[one],
    );
  }

  /** Those that go before a new one of this rank; unless it is told which, before one that goes last in it. */
  ahead(priority: Priority, frame?: RadioFrame): Waiting[] {
    return PRIORITIES.filter((one) => one <= priority).flatMap((one) =>
      one === priority && frame !== undefined
        ? this.ranks[one].aheadOf(frame)
        : this.ranks[one].frames,
    );
  }

  /** Those of less important ranks. */
  behind(priority: Priority): Waiting[] {
    return this.byImportance(priority).flatMap(({ frames }) => frames);
  }

  add(waiting: Omit<Waiting, 'serial'>): void {
    this.ranks[waiting.frame.priority].add({ ...waiting, serial: ++this.lastSerial });
    this.count++;
    this.octets += waiting.frame.bytes;
  }

  /** Takes one out that is sent now. */
  take(waiting: Waiting): void {
    this.ranks[waiting.frame.priority].take(waiting, ++this.lastTurn);
    this.forget(waiting);
  }

  /** Back to its place: it was the latest to be taken out, and has not been sent. */
  putBack(waiting: Waiting): void {
    this.ranks[waiting.frame.priority].putBack(waiting);
    this.count++;
    this.octets += waiting.frame.bytes;
  }

  /**
   * A frame that waits is wanted anew: behind all of its address, for what they say comes before what it
   * says. It keeps its age, so that nobody who goes on asking waits for ever. false: it does not wait.
   */
  renew(id: number, expiresAt: number): boolean {
    for (const priority of PRIORITIES) {
      if (this.ranks[priority].renew(id, expiresAt, this.lastSerial + 1)) {
        this.lastSerial++;
        return true;
      }
    }
    return false;
  }

  /** Takes out what is past its time. */
  takeExpired(now: number): Waiting[] {
    if (this.count === 0) return [];
    const expired = [...this.all()].filter((one) => dropAt(one) <= now);
    for (const one of expired) this.remove(one);
    return expired;
  }

  /** When the next one is past its time; Infinity: none will be. */
  nextExpiry(): number {
    let next = Number.POSITIVE_INFINITY;
    if (this.count === 0) return next;
    for (const one of this.all()) next = Math.min(next, dropAt(one));
    return next;
  }

  /**
   * Makes room for a frame, at the cost of less important ones: the least important first, of these
   * the latest, so that nobody who waited long has waited in vain. Then at the cost of the address that
   * has most in its own rank, while that is more than the frame's own has. undefined: there is no room.
   */
  makeRoom(frame: RadioFrame): Waiting[] | undefined {
    const victims: Waiting[] = [];
    let [frames, octets] = [this.count + 1, this.octets + frame.bytes];
    if (frames <= QUEUE_FRAMES_MAX && octets <= QUEUE_BYTES_MAX) return victims;
    const lesser = PRIORITIES.filter((one) => one > frame.priority).toReversed();
    const candidates = [
      ...lesser.flatMap((one) => this.ranks[one].frames.toSorted((a, b) => b.serial - a.serial)),
      ...this.ranks[frame.priority].surplus(frame.address),
    ].values();
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

  private remove(waiting: Waiting): void {
    this.ranks[waiting.frame.priority].remove(waiting);
    this.forget(waiting);
  }

  private forget({ frame }: Waiting): void {
    this.count--;
    this.octets -= frame.bytes;
  }
}

/** From then on it could not be sent in time any more. */
const dropAt = ({ frame, airMs }: Waiting): number => Math.floor(frame.expiresAt - airMs) + 1;

/** The air time of all of them. */
export const sumOf = (frames: Iterable<Waiting>): number => {
  let sumMs = 0;
  for (const { airMs } of frames) sumMs += airMs;
  return sumMs;
};
