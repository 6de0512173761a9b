/** The time of the gateway: whoever looks at the page may have a wrong clock. */
import { useEffect, useState } from 'preact/hooks';

/** Ages are shown in seconds. */
const TICK_MS = 1000;

export class GatewayClock {
  private offsetMs = 0;
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setInterval> | undefined;

  /** What the gateway said its time is. */
  set(nowMs: number): void {
    this.offsetMs = nowMs - Date.now();
  }

  now(): number {
    return Date.now() + this.offsetMs;
  }

  /** Once a second, one timer for all. Returns what ends it. */
  onTick(listener: () => void): () => void {
    this.listeners.add(listener);
    this.timer ??= setInterval(() => {
      for (const each of [...this.listeners]) each();
    }, TICK_MS);
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  }
}

/** The time of the gateway in whole steps; the component is drawn again with each. */
export function useNow(clock: GatewayClock, stepMs = TICK_MS): number {
  const step = (): number => Math.floor(clock.now() / stepMs) * stepMs;
  const [, show] = useState(step);
  useEffect(() => clock.onTick(() => show(step())), [clock, stepMs]);
  return step();
}
