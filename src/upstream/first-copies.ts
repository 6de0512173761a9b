/**
 * Of one filter: messages that its devices have got already, for another filter of theirs.
 *
 * That counts while nobody knows whether the broker has the filter, and for a device that has it anew: what comes for an older
 * filter may have waited at the broker since before, and then there is no copy for the new one. So the first copy goes to the
 * device, whichever it is, until two that belong together have come: what comes from then on has a copy for each.
 */
import type { IPublishPacket } from 'mqtt';
import type { SessionKind } from './known-session.js';
import { FORESTALLED_MAX } from './limits.js';
import { stableHash } from './stable-hash.js';

export type Content = Pick<IPublishPacket, 'topic' | 'payload'>;

interface Got {
  readonly content: number;
  /** For which filter. */
  readonly by: FirstCopies;
}

interface Ledger {
  /** The oldest first. */
  got: Got[];
  /** The device has the filter anew. */
  isNew: boolean;
  /** Something has come for it since. */
  hasCome: boolean;
  /** What the device had got before that: there may be no copy of it. */
  readonly early: Set<number>;
}

export class FirstCopies {
  readonly #ledgers = new Map<string, Ledger>();

  /** The device has the filter as of now. */
  begin(client: string): void {
    const ledger = this.#ledger(client);
    ledger.isNew = true;
    ledger.hasCome = false;
    for (const { content } of ledger.got) ledger.early.add(content);
  }

  isNewFor(client: string): boolean {
    return this.#ledgers.get(client)?.isNew === true;
  }

  /** The device's other filters have brought all that was sent before it had this one. */
  settle(client: string): void {
    if (this.isNewFor(client)) this.#ledgers.delete(client);
  }

  /** The device has got a message for the filter. */
  came(client: string): void {
    const ledger = this.#ledgers.get(client);
    if (ledger !== undefined) ledger.hasCome = true;
  }

  /** The device has got the message for another filter: there may be a copy for this one. */
  forestall(client: string, message: Content, by: FirstCopies): void {
    const { got, isNew, hasCome, early } = this.#ledger(client);
    const content = contentHash(message);
    got.push({ content, by });
    if (isNew && !hasCome) early.add(content);
    if (got.length > FORESTALLED_MAX) got.shift();
  }

  /** Whether this is the copy of one that the device has got already: once for each. */
  take(client: string, message: Content): boolean {
    const ledger = this.#ledgers.get(client);
    if (ledger === undefined || ledger.got.length === 0) return false;
    const content = contentHash(message);
    const at = ledger.got.findLastIndex((one) => one.content === content);
    const [copy] = at < 0 ? [] : ledger.got.splice(at, 1);
    if (copy === undefined) return false;
    copy.by.settle(client);
    ledger.hasCome = true;
    if (ledger.isNew && !ledger.early.has(content)) {
      ledger.isNew = false;
      ledger.got.splice(0, at);
    }
    this.#forgetIfEmpty(client, ledger);
    return true;
  }

  /** The device has given another filter up: what may have no copy here does not wait for one. */
  gaveUp(client: string, other: FirstCopies): void {
    const ledger = this.#ledgers.get(client);
    if (ledger === undefined) return;
    ledger.got = ledger.got.filter(({ content, by }) => by !== other || !ledger.early.has(content));
    this.#forgetIfEmpty(client, ledger);
  }

  leave(client: string): void {
    this.#ledgers.delete(client);
  }

  /** What waited in a session that is lost does not come. */
  beginsAnew(session: SessionKind): void {
    if (session === 'new') this.#ledgers.clear();
  }

  #ledger(client: string): Ledger {
    const known = this.#ledgers.get(client);
    if (known !== undefined) return known;
    const ledger = { got: [], isNew: false, hasCome: false, early: new Set<number>() };
    this.#ledgers.set(client, ledger);
    return ledger;
  }

  #forgetIfEmpty(client: string, { got, isNew }: Ledger): void {
    if (got.length === 0 && !isNew) this.#ledgers.delete(client);
  }
}

export const contentHash = ({ topic, payload }: Content): number =>
  stableHash(`${topic}\0${payload.toString('latin1')}`);
