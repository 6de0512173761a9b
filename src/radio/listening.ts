/** When the air has to be left alone: a node that has just sent does not hear yet, and one that was asked answers. */
import { TURNAROUNDS_MAX, TURNAROUNDS_WAITED_MAX } from './limits.js';

export class Listening {
  /** When addresses that have just been heard will listen, and count as listening however much they say; the oldest first. */
  private readonly addresses = new Map<string, { at: number; atLatest: number }>();
  /** Nothing is sent until then: an answer is expected from somebody, or the modem was busy. */
  private quiet: { untilMs: number; answerOf: string | null } = { untilMs: 0, answerOf: null };

  constructor(private readonly turnaroundMs: number) {}

  /** From when on an address hears, as far as is known. */
  at(address: string | null): number {
    const at = address === null ? 0 : (this.addresses.get(address)?.at ?? 0);
    return Math.max(at, this.quiet.untilMs);
  }

  /** How long from now on nobody may be sent to. */
  quietMs(now: number): number {
    return Math.max(this.quiet.untilMs - now, 0);
  }

  heard(address: string, now: number): void {
    const { addresses, turnaroundMs } = this;
    const before = addresses.get(address);
    const atLatest =
      before !== undefined && before.at > now
        ? before.atLatest
        : now + TURNAROUNDS_WAITED_MAX * turnaroundMs;
    addresses.delete(address);
    addresses.set(address, { at: Math.min(now + turnaroundMs, atLatest), atLatest });
    for (const [oldest, { at }] of addresses) {
      if (at > now && addresses.size <= TURNAROUNDS_MAX) break;
      addresses.delete(oldest);
    }
    if (this.quiet.answerOf === address) this.quiet = { untilMs: 0, answerOf: null };
  }

  /** Silence until then, or until this address has been heard. */
  keepQuiet(untilMs: number, answerOf: string | null): void {
    this.quiet = { untilMs, answerOf };
  }
}
