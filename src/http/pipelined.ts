import type { Context } from 'hono';
import type { OnNode } from './api/router.js';
import { Refusal } from './problem.js';

/**
 * What goes on and on is the first that its connection asks for. Behind another answer, whose end is awaited, nobody would notice
 * that the connection ends: Node tells it only to who writes, and the reader would stay.
 */
export function whenPipelined(c: Context<OnNode>): Refusal | undefined {
  if (c.env.outgoing.socket !== null) return undefined;
  return new Refusal('bad-request', 'this goes on and on: ask for it on a connection of its own');
}
