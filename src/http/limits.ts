/** The bounds of the HTTP server: whoever connects, it must cost the gateway next to nothing. */
export interface Bounds {
  /** Connections at once; more are closed. A page and some scrapers need a handful. */
  connectionsMax: number;
  /** Of them from one address: enough for people behind a proxy, and some are left for others. */
  connectionsPerAddressMax: number;
  /** Octets of the head of a request: ours have a token and a few lines. */
  headBytesMax: number;
  /** Until the head of a request must be there. */
  headTimeoutMs: number;
  /** Until all of a request must be there. */
  requestTimeoutMs: number;
  /** How often Node looks for requests that are late; they end that much later at most. */
  latenessCheckMs: number;
  /** A connection on which nothing moves for so long ends, also one that does not take its answer. */
  silenceMaxMs: number;
  /** Until a wrong token is answered: with the connections above it bounds how many can be tried. */
  wrongTokenDelayMs: number;
}

export const BOUNDS: Bounds = {
  connectionsMax: 64,
  connectionsPerAddressMax: 48,
  headBytesMax: 8192,
  headTimeoutMs: 5000,
  requestTimeoutMs: 10_000,
  latenessCheckMs: 1000,
  silenceMaxMs: 30_000,
  wrongTokenDelayMs: 1000,
};
