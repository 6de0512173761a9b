import type { Store } from './journal.js';

export { type Driver, type Level, levelDb } from './level.js';
import { LevelStore, type LevelStoreOptions } from './level-store.js';
import { MemoryStore } from './memory-store.js';

/** @param path `memory`, or the folder that the journal has for itself */
export function createStore(path: string, options: LevelStoreOptions): Store {
  return path === 'memory' ? new MemoryStore() : new LevelStore(path, options);
}
