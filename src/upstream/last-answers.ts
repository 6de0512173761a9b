/** Lets `stop()` wait for what the broker still has to acknowledge, so that devices hear of it. */
import { LAST_ANSWERS_TIMEOUT_MS } from './limits.js';
import type { Time } from './time.js';

export class LastAnswers {
  #look: (() => void) | undefined;

  constructor(private readonly time: Time) {}

  /** Resolves as soon as nothing `isUnderWay`, or when that takes too long. */
  wait(isUnderWay: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.time.after(LAST_ANSWERS_TIMEOUT_MS, resolve);
      this.#look = () => {
        if (isUnderWay()) return;
        timer.cancel();
        resolve();
      };
      this.#look();
    });
  }

  /** Something was answered, or a connection was lost. */
  look(): void {
    this.#look?.();
  }
}
