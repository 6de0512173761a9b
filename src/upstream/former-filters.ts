/**
 * Subscriptions of transparent devices that are over, and which the broker may still have: with the broker away no device waits
 * for it. Its session outlives our process, so they are in the journal from the moment when the device is answered.
 */
import type { Journal } from '../store/journal.js';
import { FORMER_FILTERS_MAX } from './limits.js';
import { keyParts, recordKey } from './records.js';

const NONE: ReadonlySet<string> = new Set();

export class FormerFilters {
  /** By client; the oldest first. */
  readonly #filters = new Map<string, Set<string>>();

  constructor(private readonly journal: Journal) {
    for (const record of journal.take('uf')) {
      const [client, filter] = keyParts(record);
      if (client !== undefined && filter !== undefined) this.add(client, filter);
    }
  }

  of(client: string): ReadonlySet<string> {
    return this.#filters.get(client) ?? NONE;
  }

  add(client: string, filter: string): void {
    const filters = this.#filters.get(client) ?? new Set();
    this.#filters.set(client, filters.add(filter));
    const [oldest] = filters;
    if (filters.size > FORMER_FILTERS_MAX && oldest !== undefined) this.delete(client, oldest);
  }

  /** It is over for the device, which is answered now. */
  keep(client: string, filter: string): void {
    if (this.of(client).has(filter)) this.journal.put(recordKey('uf', client, filter), true);
  }

  /** The broker has not got it any more, or the device has it again. Returns whether it was one of them. */
  delete(client: string, filter: string): boolean {
    const filters = this.#filters.get(client);
    if (filters?.delete(filter) !== true) return false;
    if (filters.size === 0) this.#filters.delete(client);
    this.journal.delete(recordKey('uf', client, filter));
    return true;
  }

  /** The broker's session is over. */
  clear(client: string): void {
    for (const filter of this.of(client)) this.delete(client, filter);
  }
}
