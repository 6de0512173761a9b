/** Below it a token names a slot, above it how often the slot has been used. */
const SLOTS_MAX = 2 ** 20;

/** Here the count of uses starts again: after 2^32 of one slot nothing waits for a token of the first round. */
const TOKENS_MAX = 2 ** 52;

/**
 * What waits for an answer, by token. Slots are used again but tokens are not, so an answer that
 * comes after its question was forgotten finds nothing. A list and not a map: every message at
 * QoS 1 and 2 comes through here.
 */
export class PendingAnswers<T> {
  private readonly values: (T | undefined)[] = [];
  private readonly tokens: number[] = [];
  private readonly free: number[] = [];

  /** Keeps a value and returns its token, a positive number. */
  add(value: T): number {
    const slot = this.free.pop() ?? this.values.length;
    if (slot >= SLOTS_MAX)
      throw new Error('broken invariant: a million requests without an answer');
    const next = ((this.tokens[slot] ?? slot) + SLOTS_MAX) % TOKENS_MAX;
    const token = next < SLOTS_MAX ? next + SLOTS_MAX : next; // 0 means "no answer wanted"
    this.values[slot] = value;
    this.tokens[slot] = token;
    return token;
  }

  /** Takes out the value, if the token is still waiting. */
  take(token: number): T | undefined {
    const slot = token % SLOTS_MAX;
    if (this.tokens[slot] !== token) return undefined;
    const value = this.values[slot];
    if (value === undefined) return undefined;
    this.values[slot] = undefined;
    this.free.push(slot);
    return value;
  }
}
