import type { JournalRecord } from '../core/types.js';
import type { Store } from './journal.js';

/** `store.path: memory`: nothing outlives the process, so there is nothing to keep and to wait for. */
export class MemoryStore implements Store {
  readonly isPersistent = false;

  take(): readonly JournalRecord[] {
    return [];
  }

  put(): void {}

  delete(): void {}

  afterCommit(then: () => void): void {
    then();
  }

  async open(): Promise<void> {}

  async close(): Promise<void> {}
}
