/** Subscription identifiers of MQTT 5: each SUBSCRIBE gets a new one, so that a message names its round. */
import type { Round } from './route.js';

const IDENTIFIER_MAX = 268_435_455;

export class Identifiers {
  readonly #rounds = new Map<number, Round>();
  #last = 0;

  assign(round: Round): number {
    do {
      this.#last = this.#last === IDENTIFIER_MAX ? 1 : this.#last + 1;
    } while (this.#rounds.has(this.#last));
    this.#rounds.set(this.#last, round);
    return this.#last;
  }

  find(identifier: number): Round | undefined {
    return this.#rounds.get(identifier);
  }

  release(round: Round): void {
    if (round.identifier !== undefined) this.#rounds.delete(round.identifier);
  }
}
