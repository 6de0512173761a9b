import { OPEN_TIMEOUT_MS } from './limits.js';
import type { Time, Timer } from './time.js';

/** Waits for a disk as long as it gives signs. */
export class Patience {
  /** The disk has given a sign since somebody last looked. */
  #hasAnswered = false;

  constructor(private readonly time: Time) {}

  /** To be called whenever the disk has done something. */
  readonly onAnswer = (): void => {
    this.#hasAnswered = true;
  };

  /** Looks after OPEN_TIMEOUT_MS whether the disk has given a sign meanwhile, again and again. */
  async inTime<Result>(work: Promise<Result>): Promise<Result | 'late'> {
    let timer: Timer | undefined;
    const late = new Promise<'late'>((resolve) => {
      const look = (): void => {
        this.#hasAnswered = false;
        timer = this.time.after(OPEN_TIMEOUT_MS, () => {
          if (this.#hasAnswered) look();
          else resolve('late');
        });
      };
      look();
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      timer?.cancel();
    }
  }
}
