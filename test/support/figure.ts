import type { Transition } from '../../src/core/session/state.js';

const START =
  '<!-- sessions: drawn from TRANSITIONS in src/core/session/state.ts by `npm run docs` -->';
const END = '<!-- end of sessions -->';

/** The states and transitions as a diagram that GitHub and GitLab render. */
export function drawSessions(transitions: readonly Transition[]): string {
  const arrows = transitions.map(({ from, to, on }) => `  ${from} --> ${to}: ${on}`);
  return ['```mermaid', 'stateDiagram-v2', '  [*] --> DISCONNECTED', ...arrows, '```'].join('\n');
}

/** Puts a figure between its marks. */
export function insertFigure(text: string, figure: string): string {
  const start = text.indexOf(START);
  const end = text.indexOf(END);
  if (start < 0 || end < start) throw new Error('the marks of the figure are missing');
  return `${text.slice(0, start + START.length)}\n\n${figure}\n\n${text.slice(end)}`;
}
