import type { Peer } from './peer.js';
import type { Instant } from './types.js';

/** One second, so that the limit reads as "per second". */
const WINDOW_MS = 1000;

/** Strangers counted in one second; more are invented addresses, and then nobody new is heard until the next. */
const STRANGERS_MAX = 65_536;

/** How many datagrams one sender has had handled in the current second. */
export class Rate {
  private windowEndsAt: Instant = 0;
  private count = 0;

  allows(perSecond: number, now: Instant): boolean {
    if (now >= this.windowEndsAt) {
      this.windowEndsAt = now + WINDOW_MS;
      this.count = 0;
    }
    return this.count++ < perSecond;
  }
}

/** The same by address, for whoever has no session there. All are forgotten every second: that bounds the memory whatever is invented. */
export class StrangerRates {
  private readonly rates = new Map<string, Rate>();
  private windowEndsAt: Instant = 0;

  allows({ link, address }: Peer, perSecond: number, now: Instant): boolean {
    if (now >= this.windowEndsAt) {
      this.rates.clear();
      this.windowEndsAt = now + WINDOW_MS;
    }
    const sender = `${link} ${address}`;
    let rate = this.rates.get(sender);
    if (rate === undefined) {
      if (this.rates.size >= STRANGERS_MAX) return false;
      rate = new Rate();
      this.rates.set(sender, rate);
    }
    return rate.allows(perSecond, now);
  }
}
