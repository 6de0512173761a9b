/**
 * Subscriptions of a device that the broker has removed of late. What it has queued for them it may send still (MQTT 5, 3.10.4),
 * and does so soon: later a message is not for them.
 */
import { FORMER_FILTERS_MAX, REMOVED_FOR_MS } from './limits.js';
import type { Time } from './time.js';

export class RemovedFilters {
  /** Until when, the oldest first. */
  readonly #filters = new Map<string, number>();

  constructor(private readonly time: Pick<Time, 'nowMs'>) {}

  add(filter: string): void {
    this.#expire();
    this.#filters.delete(filter);
    this.#filters.set(filter, this.time.nowMs() + REMOVED_FOR_MS);
    const [oldest] = this.#filters.keys();
    if (this.#filters.size > FORMER_FILTERS_MAX && oldest !== undefined) this.delete(oldest);
  }

  delete(filter: string): void {
    this.#filters.delete(filter);
  }

  clear(): void {
    this.#filters.clear();
  }

  some(matches: (filter: string) => boolean): boolean {
    if (this.#filters.size === 0) return false;
    this.#expire();
    return [...this.#filters.keys()].some(matches);
  }

  #expire(): void {
    for (const [filter, untilMs] of this.#filters) {
      if (untilMs > this.time.nowMs()) return;
      this.#filters.delete(filter);
    }
  }
}
