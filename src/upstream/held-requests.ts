/** Requests that wait while a connection is being renewed, comes to its end, or must not end before the disk knows of its will. */
import { HELD_REQUESTS_MAX } from './limits.js';

export class HeldRequests {
  #requests: (() => void)[] = [];

  get isEmpty(): boolean {
    return this.#requests.length === 0;
  }

  /** Returns whether there was room for it; `again` makes it once more, however the wait ends. */
  hold(again: () => void): boolean {
    if (this.#requests.length >= HELD_REQUESTS_MAX) return false;
    this.add(again);
    return true;
  }

  /** For who says good-bye, and has the last word whatever waits before; who had no connection since says none. */
  add(again: () => void): void {
    this.#requests.push(again);
  }

  release(): void {
    for (const again of this.#requests.splice(0)) again();
  }

  forget(): void {
    this.#requests = [];
  }
}
