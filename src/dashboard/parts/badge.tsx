import type { ComponentChildren } from 'preact';
import type { Tone } from '../text/states.js';

/** A word with a coloured dot; the colour only repeats what the word says. */
export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}
