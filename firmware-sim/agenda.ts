/** What is to be called when: a binary heap by time, and by order of entry at equal times. */

interface Entry {
  time: number;
  order: number;
  /** Absent once it has been taken back: it leaves the heap when it comes to the top. */
  call: (() => void) | undefined;
}

export class Agenda {
  private readonly heap: Entry[] = [];
  private entered = 0;

  /** Returns what takes it back. */
  add(time: number, call: () => void): () => void {
    const entry: Entry = { time, order: this.entered++, call };
    this.rise(entry);
    return () => {
      entry.call = undefined;
    };
  }

  /** Of the earliest entry. */
  nextTime(): number | undefined {
    this.dropDead();
    return this.heap[0]?.time;
  }

  /** Takes out the earliest entry. */
  take(): { time: number; call: () => void } | undefined {
    this.dropDead();
    const [first] = this.heap;
    if (first?.call === undefined) return undefined;
    this.removeFirst();
    return { time: first.time, call: first.call };
  }

  private dropDead(): void {
    while (this.heap[0] !== undefined && this.heap[0].call === undefined) this.removeFirst();
  }

  private rise(entry: Entry): void {
    const heap = this.heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  private removeFirst(): void {
    const heap = this.heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const goesLeft = right === undefined || (left !== undefined && isBefore(left, right));
      const child = goesLeft ? left : right;
      if (child === undefined || isBefore(last, child)) break;
      heap[at] = child;
      at = 2 * at + (goesLeft ? 1 : 2);
    }
    heap[at] = last;
  }
}

const isBefore = (a: Entry, b: Entry): boolean =>
  a.time < b.time || (a.time === b.time && a.order < b.order);
