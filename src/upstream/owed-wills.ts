/**
 * Wills that are nobody's. At the end of a run each transparent device's connection says DISCONNECT, so
 * that the broker fires no will for a restart; and with that it forgets the will. Until the connection
 * is up again, the will of a device that is lost is ours to publish. A run that is killed says nothing:
 * then the broker has the wills, and fires them.
 */
import type { Will } from '../core/types.js';
import type { Journal } from '../store/journal.js';
import { keyParts, recordKey } from './records.js';

export class OwedWills {
  /** Clients whose will the broker has forgotten, with the will once it is known. */
  readonly #owed = new Map<string, Will | undefined>();

  /** @param publish on the gateway's own connection, in good time */
  constructor(
    private readonly journal: Journal,
    private readonly publish: (client: string, will: Will) => void,
  ) {
    for (const record of journal.take('ue')) this.#owed.set(keyParts(record)[0] ?? '', undefined);
  }

  /** The run ends, and the broker has been told good-bye. */
  note(client: string): void {
    this.journal.put(recordKey('ue', client), true);
  }

  /** The device goes on from an earlier run. */
  resume(client: string, will: Will | undefined): void {
    if (this.#owed.has(client)) this.#owed.set(client, will);
  }

  /** The device is lost. Returns whether its will was ours to publish. */
  fire(client: string): boolean {
    const will = this.#owed.get(client);
    if (will !== undefined) this.publish(client, will);
    return will !== undefined;
  }

  /** The broker has the will again, or nobody needs it any more. */
  settle(client: string): void {
    if (this.#owed.delete(client)) this.journal.delete(recordKey('ue', client));
  }
}
