import type { Time } from '../../../src/store/time.js';
import { ownTurn } from '../../../src/store/slices.js';

/** Turns of the event loop that what a timer starts may take, beside time. */
const SETTLE_TURNS = 4;

/** Time that stands still until the test lets it pass; each timer has a turn of its own, as in life. */
export class VirtualTime implements Time {
  nowMs = 0;
  readonly #timers = new Set<{ at: number; run: () => void }>();

  after(delayMs: number, run: () => void) {
    const timer = { at: this.nowMs + delayMs, run };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Timers that would keep a process alive. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** What was waiting never comes. */
  forget(): void {
    this.#timers.clear();
  }

  async advance(byMs: number): Promise<void> {
    const target = this.nowMs + byMs;
    await this.#settle();
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.at - b.at);
      if (next === undefined || next.at > target) break;
      this.#timers.delete(next);
      this.nowMs = next.at;
      setImmediate(next.run);
      await this.#settle();
    }
    this.nowMs = target;
  }

  async #settle(): Promise<void> {
    for (let turn = 0; turn < SETTLE_TURNS; turn++) await ownTurn();
  }
}
