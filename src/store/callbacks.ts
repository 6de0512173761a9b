import { SLICE_MS } from './limits.js';

/** Runs callbacks one after another in the order in which they came, a slice of time per turn of the event loop. */
export class Callbacks {
  #queue: (() => void)[] = [];
  #isRunning = false;

  /** Runs them at once, unless others are before them. */
  run(callbacks: readonly (() => void)[]): void {
    for (const callback of callbacks) this.#queue.push(callback);
    if (!this.#isRunning) this.#drain();
  }

  #drain(): void {
    this.#isRunning = true;
    const endsAt = performance.now() + SLICE_MS;
    let next = 0;
    while (next < this.#queue.length && (next === 0 || performance.now() < endsAt)) {
      try {
        this.#queue[next++]?.();
      } catch (error) {
        // A bug of its owner: neither the others nor the journal are to suffer.
        setImmediate(() => {
          throw error;
        });
      }
    }
    this.#queue = this.#queue.slice(next);
    this.#isRunning = this.#queue.length > 0;
    if (this.#isRunning) setImmediate(() => this.#drain());
  }
}
