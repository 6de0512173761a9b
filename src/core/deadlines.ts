import type { Instant } from './types.js';

/** Something with a time at which it wants attention. */
export interface Timed {
  /** The time of its one valid entry in the queue; undefined when it has none. Owned by the queue. */
  armedAt: Instant | undefined;
}

/**
 * The deadlines of all sessions: a binary heap that is lazy in both directions. Moving a deadline
 * later costs nothing (the entry fires at the old time and is armed again), so a message that
 * restarts the keep-alive writes one field. Moving it earlier leaves a stale entry that is skipped.
 */
export class Deadlines<T extends Timed> {
  private readonly heap: { at: Instant; item: T }[] = [];

  arm(item: T, at: Instant): void {
    if (item.armedAt !== undefined && item.armedAt <= at) return;
    item.armedAt = at;
    this.push({ at, item });
  }

  next(): Instant | undefined {
    this.skipStale();
    return this.heap[0]?.at;
  }

  /** Takes out one item whose time has come; the caller arms it again if it still waits for something. */
  takeDue(now: Instant): T | undefined {
    this.skipStale();
    const top = this.heap[0];
    if (top === undefined || top.at > now) return undefined;
    this.pop();
    top.item.armedAt = undefined;
    return top.item;
  }

  private skipStale(): void {
    for (let top = this.heap[0]; top !== undefined && top.item.armedAt !== top.at; top = this.heap[0]) {
      this.pop();
    }
  }

  private push(entry: { at: Instant; item: T }): void {
    const { heap } = this;
    let i = heap.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || above.at <= entry.at) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = entry;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      let smallest = heap[child] as { at: Instant; item: T };
      if (right !== undefined && right.at < smallest.at) {
        child++;
        smallest = right;
      }
      if (smallest.at >= last.at) break;
      heap[i] = smallest;
      i = child;
    }
    heap[i] = last;
  }
}
