import { EventEmitter, once } from 'node:events';
import { PATIENCE_MS } from '../wait.js';

/** Silence of this length: nothing more is on its way over the loopback. */
const QUIET_MS = 40;

/** One place that hears of everything new, so that nobody has to sleep and look again. */
export class Changes {
  private readonly emitter = new EventEmitter().setMaxListeners(0);
  private lastAt = 0;

  readonly tell = (): void => {
    this.lastAt = performance.now();
    this.emitter.emit('change');
  };

  /** Resolves with the first value that is not undefined. */
  async until<T>(look: () => T | undefined, otherwise: () => string): Promise<T> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      try {
        await once(this.emitter, 'change', { signal });
      } catch {
        throw new Error(otherwise());
      }
    }
  }

  /** Resolves when nothing new has come for a while. */
  async quiet(): Promise<void> {
    const start = performance.now();
    for (;;) {
      const leftMs = Math.max(start, this.lastAt) + QUIET_MS - performance.now();
      if (leftMs <= 0) return;
      await new Promise((done) => setTimeout(done, leftMs));
    }
  }
}
