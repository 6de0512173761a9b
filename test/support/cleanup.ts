/** Ends what tests have started, the latest first, however they end. */
export class Cleanup {
  private readonly steps: (() => unknown)[] = [];

  /** Remembers how to end `thing`, and returns it. */
  add<T>(thing: T, end: (thing: T) => unknown): T {
    this.steps.push(() => end(thing));
    return thing;
  }

  readonly run = async (): Promise<void> => {
    for (const step of this.steps.splice(0).reverse()) await step();
  };
}
