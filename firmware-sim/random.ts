/** Chance from a seed: the same seed gives the same run. */

/**
 * Mulberry32: short, fast, and good enough to decide about lost frames. One stream per concern:
 * `branch` gives a stream whose values do not depend on how often others are asked.
 */
export class Random {
  private state: number;
  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed >>> 0;
    this.state = this.seed;
  }

  /** A stream of its own; the same name gives the same one. */
  branch(name: string): Random {
    let seed = this.seed ^ FNV_BASIS;
    for (const character of name) {
      seed = Math.imul(seed ^ (character.codePointAt(0) ?? 0), FNV_PRIME);
    }
    return new Random(seed ^ (seed >>> 15));
  }

  /** From 0, included, to 1, excluded. */
  fraction(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** From `min`, included, to `max`, excluded. */
  between(min: number, max: number): number {
    return min + this.fraction() * (max - min);
  }

  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1));
  }

  /** True with this probability: 0 never, 1 always. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** One of them, of which there has to be one. */
  pick<T>(values: readonly T[]): T {
    return values[this.integer(0, values.length - 1)] as T;
  }

  /** One of them, each as often as its weight says. */
  weighted<T>(choices: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.fraction() * choices.reduce((sum, [weight]) => sum + weight, 0);
    const chosen = choices.find(([weight]) => (left -= weight) < 0) ?? choices.at(-1);
    return (chosen as readonly [number, T])[1];
  }

  /** Standard normal distribution (Box and Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.fraction()));
    return radius * Math.cos(2 * Math.PI * this.fraction());
  }

  octets(count: number): Uint8Array {
    const octets = new Uint8Array(count);
    // Hostile devices ask for millions of them: `Uint8Array.from` takes eight times as long.
    for (let at = 0; at < count; at++) octets[at] = this.integer(0, 0xff);
    return octets;
  }
}

/** FNV-1a, 32 bits: spreads names that differ in one letter. */
const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
