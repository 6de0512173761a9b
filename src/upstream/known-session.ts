/**
 * What we know of the session that a broker holds for one of our client ids: whether our subscriptions
 * are in it. "Session present" alone does not tell:
 *
 * - Another broker of the list may still hold the session that we left there days ago.
 * - The session may be younger than we think: begun by a CONNECT whose CONNACK never reached us, or
 *   just before our process was killed.
 *
 * So the knowledge is given up, on disk first, before each CONNECT, and noted again when the
 * subscriptions are known to be there.
 */
import type { Journal } from '../store/journal.js';
import { recordKey } from './records.js';

/** The session of a new connection: begun with it, with all our subscriptions, or who knows. */
export type SessionKind = 'new' | 'known' | 'unknown';

export class KnownSession {
  readonly #key: string;
  /** Name of the broker whose session we know. */
  #broker: string | undefined;
  /** The broker that had all subscriptions, in the journal; null: none; undefined: there is no record. */
  #recorded: string | null | undefined;
  /** false: the session does not outlive this process. */
  isKept = true;

  /** @param recorded by an earlier run */
  constructor(
    private readonly journal: Journal,
    name: string,
    recorded: string | null | undefined,
  ) {
    this.#key = recordKey('ub', name);
    this.#broker = recorded ?? undefined;
    this.#recorded = recorded;
  }

  /** To be called before each CONNECT. Returns whether that has to wait for the journal. */
  doubt(): boolean {
    if (typeof this.#recorded !== 'string') return false;
    this.#record(null);
    return true;
  }

  /** CONNACK has come. */
  greeted(broker: string, isPresent: boolean): SessionKind {
    if (this.isKept && this.#recorded === undefined) this.#record(null);
    const isKnown = isPresent && this.#broker === broker;
    if (!isKnown) this.#broker = undefined;
    if (!isPresent) return 'new';
    return isKnown ? 'known' : 'unknown';
  }

  /** Whoever subscribes knows what this session holds from here on. */
  understood(broker: string): void {
    this.#broker = broker;
  }

  /** It holds all subscriptions: so it may be relied on after a restart as well. */
  trust(broker: string): void {
    if (this.isKept && this.#recorded !== broker) this.#record(broker);
  }

  /** A CONNECT may have reached a broker that did not answer. */
  lose(): void {
    this.#broker = undefined;
  }

  /** The session is over. */
  forget(): void {
    this.#broker = undefined;
    if (this.#recorded !== undefined) this.journal.delete(this.#key);
    this.#recorded = undefined;
  }

  #record(broker: string | null): void {
    this.#recorded = broker;
    this.journal.put(this.#key, broker);
  }
}
