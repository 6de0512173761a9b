/** Devices that the operator has let in, though no rule matches them; kept over restarts. */
import type { Context } from './context.js';
import { approvalKey } from './journal/keys.js';
import { APPROVALS_MAX } from './limits.js';
import { clientIdProblem } from './session/client-id.js';

export class Approvals {
  private readonly clients = new Set<string>();

  constructor(private readonly ctx: Context) {}

  has(client: string): boolean {
    return this.clients.has(client);
  }

  get size(): number {
    return this.clients.size;
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.clients.values();
  }

  /** Nothing happens when it is approved already, when there is no such client id, or no room for more. */
  give(client: string): void {
    const { ctx } = this;
    if (!this.restore(client)) return;
    ctx.journal.put(undefined, approvalKey(client), true);
    ctx.notice({ notice: 'approval', client, isGiven: true });
  }

  withdraw(client: string): void {
    const { ctx } = this;
    if (!this.clients.delete(client)) return;
    ctx.journal.delete(undefined, approvalKey(client));
    ctx.notice({ notice: 'approval', client, isGiven: false });
  }

  /** One of an earlier run. false: nothing has become of it. */
  restore(client: string): boolean {
    if (!this.canTake(client)) return false;
    this.clients.add(client);
    return true;
  }

  /** It has none yet, a device can have this name, and there is room. */
  canTake(client: string): boolean {
    const { clients } = this;
    const isNew = !clients.has(client) && clients.size < APPROVALS_MAX;
    return isNew && clientIdProblem(client) === undefined;
  }
}
