/** Delays between attempts: 0.5 s, doubled up to 30 s, each shortened at random by up to a half so that gateways do not come back all at once. */
export const FIRST_DELAY_MS = 500;
export const LONGEST_DELAY_MS = 30_000;

export class Backoff {
  #failures = 0;

  /** @param random uniform in [0, 1) */
  constructor(private readonly random: () => number) {}

  nextDelayMs(): number {
    const full = Math.min(FIRST_DELAY_MS * 2 ** this.#failures, LONGEST_DELAY_MS);
    this.#failures++;
    return full * (1 - this.random() / 2);
  }

  reset(): void {
    this.#failures = 0;
  }
}
