/** What main and worker say to each other. */
import type { SearchResult } from './search.js';

/** What the thread is told. */
export interface Task {
  target: string;
  seed: number;
  seconds: number;
  /** The run under way: number, length, then its input. */
  current: SharedArrayBuffer;
}

export type Told =
  | { kind: 'finding'; input: Uint8Array; what: string }
  | { kind: 'done'; result: SearchResult };

/** In front of the input: its length, and a count that stands still when a run does not end. */
export const CURRENT_HEAD_BYTES = 8;
