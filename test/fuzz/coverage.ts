/**
 * What a run has been through. `.ci/instrument.mjs` gives each block of code a counter; how often
 * counts in steps that double, as in AFL: once, twice, up to four times, eight, and so on.
 */
export class Coverage {
  private readonly counters: Uint32Array;
  /** Bit n: some run has been through the block in the n-th step. */
  private readonly seen: Uint32Array;

  constructor() {
    const { fuzzCounters } = globalThis as { fuzzCounters?: Uint32Array };
    if (fuzzCounters === undefined) throw new Error('this code has no counters: npm run fuzz');
    this.counters = fuzzCounters;
    this.seen = new Uint32Array(fuzzCounters.length);
  }

  /** Before each run. */
  begin(): void {
    this.counters.fill(0);
  }

  /** Blocks that the run has been through, each time counted. */
  work(): number {
    let sum = 0;
    for (const count of this.counters) sum += count;
    return sum;
  }

  /** Whether the run has been through anything for the first time, or for the first time so often. */
  isNew(): boolean {
    const { counters, seen } = this;
    let isNew = false;
    for (let block = 0; block < counters.length; block++) {
      const count = counters[block] as number;
      if (count === 0) continue;
      const step = stepOf(count);
      if (((seen[block] as number) & step) !== 0) continue;
      seen[block] = (seen[block] as number) | step;
      isNew = true;
    }
    return isNew;
  }

  /** The steps of the run, as numbers that mean the same in every run. */
  features(): number[] {
    const features: number[] = [];
    this.counters.forEach((count, block) => {
      if (count > 0) features.push(block * STEPS + Math.log2(stepOf(count)));
    });
    return features;
  }

  /** Blocks that any run has been through. */
  get blocks(): number {
    return this.seen.reduce((sum, steps) => sum + (steps === 0 ? 0 : 1), 0);
  }
}

/** More often than 2 ^ 16 times is as often as that. */
const STEPS = 17;

const stepOf = (count: number): number =>
  1 << Math.min(STEPS - 1, 32 - Math.clz32(Math.max(0, count - 1)));
