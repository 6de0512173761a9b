/** What is the matter with something, in words: what it is, and what to do about it. */
import type { Tone } from '../text/states.js';

export interface Finding {
  /** Tells it from others of the same list. */
  id: string;
  tone: Tone;
  /** A sentence. */
  what: string;
  /** What whoever reads it can do; absent: nothing, or `what` says it. */
  todo?: string;
}

/** Of the log and of links: `link "field": no answer` on a page that shows the link anyway. */
export const withoutLinkName = (message: string): string =>
  message.replace(/^link "[^"]*": /, '').replace(/^./, (first) => first.toUpperCase());

const RANKS: readonly Tone[] = ['bad', 'warn', 'none', 'calm', 'good'];

/** The worst first. */
export function byTone(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => RANKS.indexOf(a.tone) - RANKS.indexOf(b.tone));
}
