import { realTime, type Time, type Timer } from '../../../src/upstream/time.js';

/** Real time in which waits of these lengths are over when the test says so, or never. */
export class Patience implements Time {
  readonly #delays: readonly number[];
  readonly #waits = new Set<() => void>();
  readonly nowMs = () => realTime.nowMs();
  readonly random = () => realTime.random();

  constructor(...delays: readonly number[]) {
    this.#delays = delays;
  }

  after(delayMs: number, run: () => void): Timer {
    if (!this.#delays.includes(delayMs)) return realTime.after(delayMs, run);
    this.#waits.add(run);
    return { cancel: () => this.#waits.delete(run) };
  }

  end(): void {
    for (const run of this.#waits) run();
    this.#waits.clear();
  }
}
