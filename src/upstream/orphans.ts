/**
 * Subscriptions that the broker's session may still hold on one connection and nobody wants. They are
 * unsubscribed, a few at a time, and their records go when the broker has said so.
 */
import type { SessionKind } from './known-session.js';
import { UNCLAIMED_TOPICS_MAX, UNSUBSCRIBES_IN_FLIGHT_MAX } from './limits.js';

export interface OrphansOwner {
  /** Whether somebody wants the filter again on this connection: then SUBSCRIBE replaces it. */
  isWanted(filter: string): boolean;
  /**
   * Asks anew for what the topic may have come for: a run whose disk failed has asked for it with a number of which there is no
   * record. Returns whether there is any such.
   */
  renew(topic: string): boolean;
  /** `done` comes in any case; not `isCertain`: the broker may still have the subscription. */
  unsubscribe(filter: string, done: (isCertain: boolean) => void): void;
  /** The broker has not got these rounds any more. */
  forget(rounds: readonly number[]): void;
}

export class Orphans {
  /** The rounds of each filter. */
  readonly #orphans = new Map<string, readonly number[]>();
  /** Those whose UNSUBSCRIBE is under way. */
  readonly #leaving = new Set<string>();
  /** Topics that the broker has been asked or told of, in vain perhaps: the messages were under way, or belong to a filter with a wildcard. */
  readonly #told = new Set<string>();

  constructor(private readonly owner: OrphansOwner) {}

  add(filter: string, rounds: readonly number[]): void {
    this.#orphans.set(filter, [...(this.#orphans.get(filter) ?? []), ...rounds]);
  }

  /** Unsubscribes one of them now; `done` comes in any case. */
  unsubscribe(filter: string, done: (isCertain: boolean) => void): void {
    const rounds = this.#orphans.get(filter) ?? [];
    this.#leaving.add(filter);
    this.owner.unsubscribe(filter, (isCertain) => {
      this.#leaving.delete(filter);
      if (isCertain) this.#drop(filter, rounds);
      done(isCertain);
    });
  }

  /**
   * A message came that nobody has subscribed to. If no orphan accounts for it, the broker has something of which there is
   * no record: most probably the very name, as most subscriptions are.
   */
  unclaimed(topic: string): void {
    if (this.#orphans.size > 0 && !this.#orphans.has(topic)) return;
    if (this.#leaving.has(topic) || this.#told.has(topic)) return;
    if (this.owner.renew(topic)) return this.#remember(topic);
    if (this.owner.isWanted(topic)) return;
    if (this.#leaving.size >= UNSUBSCRIBES_IN_FLIGHT_MAX) return;
    this.unsubscribe(topic, (isCertain) => {
      if (isCertain) this.#remember(topic);
    });
  }

  #remember(topic: string): void {
    if (this.#told.size >= UNCLAIMED_TOPICS_MAX) this.#told.clear();
    this.#told.add(topic);
  }

  /** The connection is up: gets rid of all of them. */
  up(session: SessionKind): void {
    this.#told.clear();
    const filters = [...this.#orphans.keys()];
    const next = (): void => {
      for (let filter = filters.pop(); filter !== undefined; filter = filters.pop()) {
        const rounds = this.#orphans.get(filter);
        if (rounds === undefined) continue;
        if (session !== 'new' && !this.owner.isWanted(filter)) {
          // Without an answer the connection is gone, or as good as gone.
          return this.unsubscribe(filter, (isCertain) => isCertain && next());
        }
        this.#drop(filter, rounds);
      }
    };
    for (let i = 0; i < UNSUBSCRIBES_IN_FLIGHT_MAX; i++) next();
  }

  /** More may have been added meanwhile: only what is certain goes. */
  #drop(filter: string, rounds: readonly number[]): void {
    this.owner.forget(rounds);
    const left = (this.#orphans.get(filter) ?? []).filter((number) => !rounds.includes(number));
    if (left.length === 0) this.#orphans.delete(filter);
    else this.#orphans.set(filter, left);
  }
}
