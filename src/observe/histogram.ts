/**
 * How often something took how long: plain arrays, because some of it comes once per message. Whoever shows
 * them adds up the buckets then.
 */
export class Histogram {
  /** Of values up to each bound and above the one before; the last is for those above all bounds. */
  readonly counts: number[];
  /** In seconds. */
  sum = 0;

  /** @param boundsSec in ascending order */
  constructor(readonly boundsSec: readonly number[]) {
    this.counts = [...boundsSec.map(() => 0), 0];
  }

  observe(ms: number): void {
    const seconds = ms / 1000;
    const { boundsSec, counts } = this;
    let at = 0;
    while (at < boundsSec.length && seconds > (boundsSec[at] as number)) at++;
    counts[at] = (counts[at] as number) + 1;
    this.sum += seconds;
  }
}
