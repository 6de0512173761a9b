import { realTime, type Time, type Timer } from '../../../src/upstream/time.js';

/** Real time in which waits of these lengths are over when the test says so, or never. */
export class Patience implements Time {
  readonly #delays: readonly number[];
  readonly #waits = new Map<() => void, number>();
  readonly nowMs = () => realTime.nowMs();
  readonly random = () => realTime.random();

  constructor(...delays: readonly number[]) {
    this.#delays = delays;
  }

  after(delayMs: number, run: () => void): Timer {
    if (!this.#delays.includes(delayMs)) return realTime.after(delayMs, run);
    this.#waits.set(run, delayMs);
    return { cancel: () => this.#waits.delete(run) };
  }

  /** `delayMs`: those of one length; undefined: all. What begins meanwhile goes on. */
  end(delayMs?: number): void {
    for (const [run, length] of [...this.#waits]) {
      if (delayMs !== undefined && length !== delayMs) continue;
      this.#waits.delete(run);
      run();
    }
  }
}
