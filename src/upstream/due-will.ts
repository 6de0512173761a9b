/**
 * A connection is gone, and the broker waits before it publishes the will (MQTT 5, 3.1.3.2.2). A new connection of the
 * same client would take the will away, so none is begun for the gateway's own sake meanwhile.
 */
import { GRACE_MS } from './limits.js';
import type { Time, Timer } from './time.js';

/** A broker that cannot be reached gives the connection up by itself, and that late [MQTT-3.1.2-22]. */
const UNHEARD_KEEP_ALIVES = 1.5;

/** By then the broker has published the will, if it lives: it has noticed the end of the connection, and waited. */
export const dueWillMs = (keepaliveSec: number): number =>
  GRACE_MS + UNHEARD_KEEP_ALIVES * keepaliveSec * 1000;

export class DueWill {
  #timer: Timer | undefined;

  /** `out`: the broker has published it by now. */
  constructor(
    private readonly time: Time,
    private readonly keepaliveSec: number,
    private readonly out: () => void,
  ) {}

  get isDue(): boolean {
    return this.#timer !== undefined;
  }

  /** A connection has ended: whether so that the broker publishes its will after a while. */
  set(isDue: boolean): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (!isDue) return;
    this.#timer = this.time.after(dueWillMs(this.keepaliveSec), () => {
      this.#timer = undefined;
      this.out();
    });
  }
}
