/** How long anything that has to happen may take: only what is broken needs it, and machines that are busy. */
export const PATIENCE_MS = 30_000;

/** Between two looks at a condition. */
const POLL_MS = 5;

/**
 * Waits until `condition` gives something truthy and returns it. Fails after `deadlineMs` with `what`
 * was waited for.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  deadlineMs: number,
  what: string,
): Promise<NonNullable<T>> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
