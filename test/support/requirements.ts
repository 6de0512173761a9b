import type { TestContext } from 'vitest';
import { find, PROGRAMS } from '../../.ci/programs.mjs';

type Program = (typeof PROGRAMS)[number]['program'];

/** Where a program of the system is; without it the test is skipped, and the report says why. */
export function need(context: TestContext, program: Program): string {
  const path = find(program);
  if (path !== undefined) return path;
  const entry = PROGRAMS.find((candidate) => candidate.program === program);
  return context.skip(`${program} is not installed: apt-get install ${entry?.package}`);
}
