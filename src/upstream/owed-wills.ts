/**
 * Wills that are nobody's. At the end of a run each transparent device's connection says DISCONNECT, so
 * that the broker fires no will for a restart; and with that it forgets the will, as it does at the good-bye that comes before a
 * new one. When a connection is lost the broker fires the will of a device that is well, or has gone with it; which of the two
 * nobody knows. Until the connection is up again such a will is noted: when its device is lost in the next run, it is ours to
 * publish, rather twice than never. In this run it is ours only after a good-bye.
 * A run that is killed while its connections are up says nothing: then the broker has the wills, and fires them.
 */
import type { Will } from '../core/types.js';
import type { Journal } from '../store/journal.js';
import { keyParts, recordKey } from './records.js';

export class OwedWills {
  /** Clients whose will the broker may not have. */
  readonly #noted = new Set<string>();
  /** Of those the ones that the disk has yet to hear of, and what comes then. */
  readonly #noting = new Map<string, () => void>();
  /** Of those the ones of this turn: a thousand devices ask the disk once, and hear of it together. */
  #fresh: Map<string, () => void> | undefined;
  /** Wills that are ours to publish; undefined: there is none, or it is of an earlier run, and not known yet. */
  readonly #owed = new Map<string, Will | undefined>();

  /** @param publish on the gateway's own connection, in good time */
  constructor(
    private readonly journal: Journal,
    private readonly publish: (client: string, will: Will) => void,
  ) {
    for (const record of journal.take('ue')) {
      const [client = ''] = keyParts(record);
      this.#noted.add(client);
      this.#owed.set(client, undefined);
    }
  }

  /**
   * The broker may have it no more. `done` comes once for each new note, and never before this returns: the disk knows of it, or
   * it is settled. A disk that does not answer counts as failing in the end, and nobody waits for it any more.
   */
  note(client: string, done: () => void): void {
    if (this.#noted.has(client)) return;
    this.#noted.add(client);
    this.journal.put(recordKey('ue', client), true);
    // A function of its own: the same device may settle this note and make another one.
    const noted = () => done();
    this.#noting.set(client, noted);
    const fresh = (this.#fresh ??= this.#beginNotes());
    fresh.set(client, noted);
  }

  isNoting(client: string): boolean {
    return this.#noting.has(client);
  }

  #beginNotes(): Map<string, () => void> {
    const notes = new Map<string, () => void>();
    queueMicrotask(() => {
      this.#fresh = undefined;
      this.journal.afterCommit(() => this.#areNoted(notes));
    });
    return notes;
  }

  #areNoted(notes: ReadonlyMap<string, () => void>): void {
    const due = [...notes].filter(([client, noted]) => this.#noting.get(client) === noted);
    for (const [client] of due) this.#noting.delete(client);
    for (const [, noted] of due) noted();
  }

  /** The device goes on from an earlier run. */
  resume(client: string, will: Will | undefined): void {
    if (this.#owed.has(client)) this.#owed.set(client, will);
  }

  /** Our good-bye takes away what the broker has. `will`: what the device would leave behind now. */
  takeAway(client: string, will: Will | undefined): void {
    this.#owed.set(client, will);
  }

  /** The device is lost. Returns whether its will was ours to publish. */
  fire(client: string): boolean {
    const will = this.#owed.get(client);
    this.#owed.delete(client);
    if (will !== undefined) this.publish(client, will);
    return will !== undefined;
  }

  /** The broker has the will again, or nobody needs it any more. */
  settle(client: string): void {
    this.#owed.delete(client);
    if (this.#noted.delete(client)) this.journal.delete(recordKey('ue', client));
    const noted = this.#noting.get(client);
    this.#noting.delete(client);
    noted?.();
  }
}
