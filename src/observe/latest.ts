/** The latest of something, so many at most: the oldest makes room. */
export class Latest<T> {
  private readonly items: T[] = [];
  /** Of the oldest, once all places are taken. */
  private first = 0;

  constructor(private readonly max: number) {}

  add(item: T): void {
    if (this.items.length < this.max) {
      this.items.push(item);
      return;
    }
    this.items[this.first] = item;
    this.first = (this.first + 1) % this.max;
  }

  /** For the next, to be written into: the place of the oldest once all are taken, so that nothing becomes garbage. */
  place(create: () => T): T {
    if (this.items.length < this.max) {
      const item = create();
      this.items.push(item);
      return item;
    }
    const oldest = this.items[this.first] as T;
    this.first = (this.first + 1) % this.max;
    return oldest;
  }

  /** The oldest first. */
  *[Symbol.iterator](): Generator<T> {
    const { items, first } = this;
    for (let at = 0; at < items.length; at++) yield items[(first + at) % items.length] as T;
  }
}
