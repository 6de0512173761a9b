import type { Instant } from './types.js';

/** Something with a time at which it wants attention. */
export interface Timed {
  /** When; undefined: it waits for nothing. Owned by the queue. */
  armedAt: Instant | undefined;
  /** Its place in the queue while it waits. Owned by the queue. */
  queuedAt: number;
}

/**
 * The deadlines of all sessions: a binary heap with one entry for each. Moving a deadline later
 * costs nothing (the entry fires at the old time and is armed again), so a message that restarts the
 * keep-alive writes one field. Moving it earlier moves the entry, lest a device that goes and comes
 * all day leaves one behind each time.
 */
export class Deadlines<T extends Timed> {
  private readonly heap: T[] = [];

  get size(): number {
    return this.heap.length;
  }

  arm(item: T, at: Instant): void {
    if (Number.isNaN(at)) throw new Error('broken invariant: a deadline that is not a time');
    if (item.armedAt === undefined) this.place(item, this.heap.length);
    else if (item.armedAt <= at) return;
    item.armedAt = at;
    this.rise(item);
  }

  disarm(item: T): void {
    if (item.armedAt === undefined) return;
    item.armedAt = undefined;
    const last = this.heap.pop();
    if (last === undefined || last === item) return;
    this.place(last, item.queuedAt);
    this.rise(last);
    this.sink(last);
  }

  next(): Instant | undefined {
    return this.heap[0]?.armedAt;
  }

  /** Takes out one item whose time has come; the caller arms it again if it still waits for something. */
  takeDue(now: Instant): T | undefined {
    const top = this.heap[0];
    if (top === undefined || timeOf(top) > now) return undefined;
    this.disarm(top);
    return top;
  }

  private place(item: T, index: number): void {
    this.heap[index] = item;
    item.queuedAt = index;
  }

  private rise(item: T): void {
    let index = item.queuedAt;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.heap[parent] as T;
      if (timeOf(above) <= timeOf(item)) break;
      this.place(above, index);
      index = parent;
    }
    this.place(item, index);
  }

  private sink(item: T): void {
    let index = item.queuedAt;
    for (;;) {
      const left = 2 * index + 1;
      let below = this.heap[left];
      const right = this.heap[left + 1];
      if (right && below && timeOf(right) < timeOf(below)) below = right;
      if (below === undefined || timeOf(below) >= timeOf(item)) break;
      const free = below.queuedAt;
      this.place(below, index);
      index = free;
    }
    this.place(item, index);
  }
}

const timeOf = (item: Timed): Instant => item.armedAt ?? Number.POSITIVE_INFINITY;
