/**
 * Lets connections of many devices begin a few at a time: a thousand at once would hold up the event
 * loop for half a second and hammer the broker.
 */
import { DIALS_MAX, DIALS_PER_TURN } from './limits.js';

export class DialGate {
  readonly #queue = new Set<() => void>();
  #dialling = 0;
  #scheduled = false;

  /** Runs `dial` when it is its turn, never at once. Call the returned function, once or more often, when the attempt is over. */
  enter(dial: () => void): () => void {
    let state: 'queued' | 'dialling' | 'left' = 'queued';
    const begin = () => {
      state = 'dialling';
      this.#dialling++;
      dial();
    };
    this.#queue.add(begin);
    this.#schedule();
    return () => {
      if (state === 'queued') this.#queue.delete(begin);
      if (state === 'dialling') this.#dialling--;
      state = 'left';
      this.#schedule();
    };
  }

  #schedule(): void {
    if (this.#scheduled || this.#queue.size === 0 || this.#dialling >= DIALS_MAX) return;
    this.#scheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#scheduled = false;
    let begun = 0;
    for (const begin of this.#queue) {
      if (begun === DIALS_PER_TURN || this.#dialling >= DIALS_MAX) break;
      this.#queue.delete(begin);
      begun++;
      begin();
    }
    this.#schedule();
  }
}
