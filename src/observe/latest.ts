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

  /** The oldest first. */
  *[Symbol.iterator](): Generator<T> {
    const { items, first } = this;
    for (let at = 0; at < items.length; at++) yield items[(first + at) % items.length] as T;
  }
}
