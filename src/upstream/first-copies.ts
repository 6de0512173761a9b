/**
 * Of one filter: messages that its devices have got already, for another filter of theirs.
 *
 * That counts while nobody knows whether the broker has the filter, and for a device that has it anew: what comes for an older
 * filter may have waited at the broker since before, and then there is no copy for the new one. So of these two the first copy goes
 * to the device, whichever it is, until two that belong together have come: what comes on one connection then has a copy for each.
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
  /** Its copy comes with QoS 1 or 2. */
  readonly isReliable: boolean;
}

/** Of one device. */
interface Ledger {
  /** The oldest first. */
  got: Got[];
  /** Its other filters that may still bring what was sent before it had this one. */
  readonly older: Set<FirstCopies>;
  /** Something that waits at the broker has come for this one since. */
  hasCome: boolean;
  /** What the device had got before that, the oldest first: there may be no copy of it. */
  readonly early: Set<number>;
}

export class FirstCopies {
  readonly #ledgers = new Map<string, Ledger>();

  /** The device has the filter as of now, or asks for it; `others`: those that it has already, or has asked for. */
  begin(client: string, others: readonly FirstCopies[]): void {
    if (others.length === 0) return;
    const ledger = this.#ledger(client);
    for (const other of others) ledger.older.add(other);
    ledger.hasCome = false;
    for (const { content } of ledger.got) remember(ledger.early, content);
  }

  /** Whether the other filter may still bring the device what was sent before it had this one. */
  isNewTo(other: FirstCopies, client: string): boolean {
    return this.#ledgers.get(client)?.older.has(other) === true;
  }

  /** The other filter has brought all that. */
  settle(client: string, other: FirstCopies): void {
    const ledger = this.#ledgers.get(client);
    if (ledger?.older.delete(other) !== true) return;
    ledger.got = ledger.got.filter(({ by }) => by !== other);
    this.#forgetIfEmpty(client, ledger);
  }

  /** The device has got a message for the filter that would have waited for it. */
  came(client: string): void {
    const ledger = this.#ledgers.get(client);
    if (ledger !== undefined) ledger.hasCome = true;
  }

  /** The device has got the message for another filter: there may be a copy for this one. */
  forestall(client: string, message: Content, by: FirstCopies, isReliable: boolean): void {
    const { got, older, hasCome, early } = this.#ledger(client);
    const content = contentHash(message);
    got.push({ content, by, isReliable });
    if (got.length > FORESTALLED_MAX) got.shift();
    if (!hasCome && older.has(by)) remember(early, content);
  }

  /** Whether a copy of the message is expected here that is none for the device. */
  expects(client: string, message: Content): boolean {
    const got = this.#ledgers.get(client)?.got ?? [];
    if (got.length === 0) return false;
    const content = contentHash(message);
    return got.some((one) => one.content === content);
  }

  /** Whether this is the copy of one that the device has got already: once for each. */
  take(client: string, message: Content, isReliable: boolean): boolean {
    const ledger = this.#ledgers.get(client);
    if (ledger === undefined || ledger.got.length === 0) return false;
    const content = contentHash(message);
    const isIt = (one: Got): boolean => one.content === content && one.isReliable === isReliable;
    const at = ledger.got.findLastIndex(isIt);
    const [copy] = at < 0 ? [] : ledger.got.splice(at, 1);
    if (copy === undefined) return false;
    const { by } = copy;
    by.settle(client, this);
    if (isReliable) ledger.hasCome = true;
    if (ledger.older.has(by) && !ledger.early.has(content)) {
      ledger.older.delete(by);
      ledger.got = ledger.got.filter((one, index) => index >= at || one.by !== by);
    }
    this.#forgetIfEmpty(client, ledger);
    return true;
  }

  /** The device has given another filter up: nothing waits for the copy of what had come for that one. */
  gaveUp(client: string, other: FirstCopies): void {
    const ledger = this.#ledgers.get(client);
    if (ledger === undefined) return;
    ledger.older.delete(other);
    ledger.got = ledger.got.filter(({ by }) => by !== other);
    this.#forgetIfEmpty(client, ledger);
  }

  /** It does not get another filter: nothing comes for that one. What has come was the copy of what comes here. */
  goesWithout(client: string, other: FirstCopies): void {
    const ledger = this.#ledgers.get(client);
    if (ledger?.older.delete(other) === true) this.#forgetIfEmpty(client, ledger);
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
    const ledger = {
      got: [],
      older: new Set<FirstCopies>(),
      hasCome: false,
      early: new Set<number>(),
    };
    this.#ledgers.set(client, ledger);
    return ledger;
  }

  #forgetIfEmpty(client: string, { got, older }: Ledger): void {
    if (got.length === 0 && older.size === 0) this.#ledgers.delete(client);
  }
}

/** As the latest of them. */
function remember(contents: Set<number>, content: number): void {
  contents.delete(content);
  contents.add(content);
  const [eldest] = contents;
  if (contents.size > FORESTALLED_MAX && eldest !== undefined) contents.delete(eldest);
}

export const contentHash = ({ topic, payload }: Content): number =>
  stableHash(`${topic}\0${payload.toString('latin1')}`);
