/** What a radio that tells nothing needs beyond its time on air: to turn around, and clocks that differ. */
const AIR_TIME_FACTOR = 1.2;
const TURNAROUND_MS = 100;

/** How long to wait for a radio that does not say when it is done. */
export const airTimeWithMargin = (airTimeMs: number): number =>
  Math.ceil(AIR_TIME_FACTOR * airTimeMs) + TURNAROUND_MS;

/** The same for a line that may be a mere wire: without time on air there is nothing to wait for. */
export const settledAfterAirTime = (airTimeMs: number): number =>
  airTimeMs > 0 ? airTimeWithMargin(airTimeMs) : 0;
