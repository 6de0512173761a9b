/** How often a wrong token may be tried. */

/** Wrong tokens from one address, and from all, in an interval. */
const PER_ADDRESS_MAX = 5;
const IN_ALL_MAX = 100;
const INTERVAL_MS = 60_000;

export class LoginAttempts {
  private counts = new Map<string, number>();
  private inAll = 0;
  private endsAtMs = 0;

  /** `nowMs`: on a clock that never goes back. */
  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** Seconds until this address may try again; 0: it may. */
  waitSec(address: string): number {
    this.renew();
    const isOver = (this.counts.get(address) ?? 0) >= PER_ADDRESS_MAX || this.inAll >= IN_ALL_MAX;
    return isOver ? Math.ceil((this.endsAtMs - this.nowMs()) / 1000) : 0;
  }

  onWrong(address: string): void {
    this.renew();
    this.inAll++;
    this.counts.set(address, (this.counts.get(address) ?? 0) + 1);
  }

  /** All are forgotten at once: that bounds the memory whatever addresses there are. */
  private renew(): void {
    if (this.nowMs() < this.endsAtMs) return;
    this.counts = new Map();
    this.inAll = 0;
    this.endsAtMs = this.nowMs() + INTERVAL_MS;
  }
}
