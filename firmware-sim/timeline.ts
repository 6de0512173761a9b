/** Time of a simulation: virtual, so that an hour takes a moment, or real, for a gateway that runs beside it. */
export interface Timeline {
  /** Milliseconds, never going back. */
  now(): number;
  /** Calls back at that time; earlier times count as now. Equal times keep their order. Returns what takes it back. */
  at(time: number, call: () => void): () => void;
}
