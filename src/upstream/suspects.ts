/**
 * Topic filters that the broker may dislike so much that it closes the connection instead of refusing
 * them (AWS IoT Core does so for more than seven slashes). Without a memory of them one device could
 * keep the connection of all others broken.
 */
import type { SubscribeAnswer } from './answers.js';
import { blameAfter } from './blame.js';
import { GIVEN_UP_FOR_MS, LOSSES_MAX, SUSPECTS_MAX } from './limits.js';
import { GIVEN_UP, LOST } from './reasons.js';
import type { Time } from './time.js';

interface Suspect {
  /** Connections lost in a row while the filter's SUBSCRIBE was unanswered, as far as they speak against it. */
  losses: number;
  untilMs: number;
}

export class Suspects {
  readonly #suspects = new Map<string, Suspect>();

  constructor(private readonly time: Time) {}

  /** Whether the last connection that was asked for the filter was lost. */
  has(filter: string): boolean {
    return this.#find(filter) !== undefined;
  }

  /** Whether the broker is not to be asked for the filter any more. */
  hasGivenUp(filter: string): boolean {
    return (this.#find(filter)?.losses ?? 0) >= LOSSES_MAX;
  }

  /**
   * A SUBSCRIBE goes out. Returns what its answer comes to: a loss counts once, whoever else has asked for the
   * filter on the same connection, and the last one a refusal.
   */
  asks(filter: string): (answer: SubscribeAnswer) => SubscribeAnswer {
    const before = this.#find(filter)?.losses ?? 0;
    const askedAt = this.time.nowMs();
    return (answer) => {
      if (answer === LOST) {
        return this.#lost(filter, before + blameAfter(this.time.nowMs() - askedAt));
      }
      if ('granted' in answer) this.#suspects.delete(filter);
      return answer;
    };
  }

  #lost(filter: string, losses: number): SubscribeAnswer {
    this.#suspects.delete(filter);
    this.#suspects.set(filter, { losses, untilMs: this.time.nowMs() + GIVEN_UP_FOR_MS });
    const [oldest] = this.#suspects.keys();
    if (this.#suspects.size > SUSPECTS_MAX && oldest !== undefined) this.#suspects.delete(oldest);
    return losses >= LOSSES_MAX ? GIVEN_UP : LOST;
  }

  #find(filter: string): Suspect | undefined {
    const suspect = this.#suspects.get(filter);
    if (suspect === undefined || suspect.untilMs > this.time.nowMs()) return suspect;
    this.#suspects.delete(filter);
    return undefined;
  }
}
