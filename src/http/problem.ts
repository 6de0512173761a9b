/** How a request is refused: JSON below `/api/`, a line of text for programs that watch over the gateway. */
import type { Context } from 'hono';
import { PROBLEM_STATUS, type Problem, type ProblemCode } from './api/schema/problem.js';

/** What an operation says in place of an answer. */
export class Refusal {
  constructor(
    readonly code: ProblemCode,
    /** For people: what is wrong, and what to do. */
    readonly message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}
}

export function refuse(c: Context, { code, message, headers }: Refusal): Response {
  const status = PROBLEM_STATUS[code];
  if (!c.req.path.startsWith('/api/')) return c.text(`${message}\n`, status, headers);
  return c.json({ error: { code, message } } satisfies Problem, status, headers);
}
