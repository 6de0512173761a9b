import type { Transition } from '../../src/core/session/state.js';

/** The states and transitions as a diagram that GitHub and GitLab render. */
export function drawSessions(transitions: readonly Transition[]): string {
  const arrows = transitions.map(({ from, to, on }) => `  ${from} --> ${to}: ${on}`);
  return ['```mermaid', 'stateDiagram-v2', '  [*] --> DISCONNECTED', ...arrows, '```'].join('\n');
}

/** Puts what is made from the code between the marks `<!-- name: ... -->` and `<!-- end of name -->`. */
export function insertMade(text: string, name: string, made: string): string {
  const marks = new RegExp(`(<!-- ${name}: .* -->\n)[^]*(\n<!-- end of ${name} -->)`);
  if (!marks.test(text)) throw new Error(`the marks of "${name}" are missing`);
  return text.replace(marks, (_all, start: string, end: string) => `${start}\n${made}\n${end}`);
}
