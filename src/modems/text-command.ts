import type { DiscardReason } from './modem.js';

/** A line of text to a modem, and what its answers mean. */
export interface Command {
  /** Without line end; its characters are octets. */
  text: string;
  /** What a line means as its answer. */
  answered(line: string): Answer;
  /** What to do when no answer comes; without it the modem has failed. */
  unanswered?: () => void;
  triesMax?: number;
  timeoutMs?: number;
}

export type Answer =
  /** The command is done. */
  | 'done'
  /** More lines of the answer follow. */
  | 'more'
  /** Not now: the command is to be given again. */
  | 'again'
  /** No answer to this command. */
  | 'other';

/** A message on its way. */
export interface Transmission {
  /** Of the `send`. */
  id: number;
  address: string | null;
  data: Uint8Array;
  airTimeMs: number;
}

/** Cuts the line; `Event` is what it makes beside lines and discards. */
export interface LineFramer<Event> {
  push(data: Uint8Array, now: number): (LineEvent | Event)[];
  nextDeadline?(): number | undefined;
  /** The line has ended: what is pending is discarded, and the next octet begins anew. */
  flush(): (LineEvent | Event)[];
}

export type LineEvent =
  | { kind: 'line'; text: string }
  | { kind: 'discarded'; bytes: number; why: DiscardReason };
