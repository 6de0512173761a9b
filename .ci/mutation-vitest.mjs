/** What tests get instead of vitest while mutation-runner.mjs runs them. */
export const { describe, it, expect } = /** @type {Record<string, unknown>} */ (
  Reflect.get(globalThis, 'mutationTests')
);
