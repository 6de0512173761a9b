/** Clock, timers and chance, so that tests can own them. */
export interface Time {
  nowMs(): number;
  /** Uniform in [0, 1). */
  random(): number;
  after(delayMs: number, run: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

export const realTime: Time = {
  nowMs: () => performance.now(),
  random: () => Math.random(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
