/** MQTT 3.1.1: the time after SUBACK in which retained messages still belong to that SUBSCRIBE. */
import { RETAINED_SETTLE_MS } from './limits.js';
import type { Route } from './route.js';
import type { Time, Timer } from './time.js';

export class Settling {
  readonly #timers = new Set<Timer>();

  constructor(private readonly time: Time) {}

  begin(route: Route, done: () => void): void {
    route.settling = true;
    const timer = this.time.after(RETAINED_SETTLE_MS, () => {
      this.#timers.delete(timer);
      route.settling = false;
      done();
    });
    this.#timers.add(timer);
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }
}
