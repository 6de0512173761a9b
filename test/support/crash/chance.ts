/** Chance from a seed: the same seed gives the same choices. */

/** Mulberry32, because it is short, fast and good enough to choose among a few things. */
export class Chance {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** A stream of its own, so that the choices of one do not depend on how often others are asked. */
  branch(name: string): Chance {
    let seed = this.state;
    for (const character of name)
      seed = Math.imul(seed ^ (character.codePointAt(0) ?? 0), 0x9e3779b1);
    return new Chance(seed);
  }

  /** From `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1));
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.integer(0, choices.length - 1)] ?? choices[0];
  }

  private fraction(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
