/**
 * When to look whether the folder is still there. LevelDB would not notice: it goes on writing into
 * files that nobody can find any more, until it wants a new one.
 *
 * A look follows a batch, before anybody is told of it, so that a batch that went nowhere can be
 * written again. Not each: after a look there is none for a while. If something has been written
 * meanwhile, another look is due at the end of that. So whatever is written has been looked after
 * within FOLDER_LOOK_MS, and an idle journal leaves the disk alone.
 */
import type { Level } from './level.js';
import { FOLDER_LOOK_MS } from './limits.js';
import type { Time, Timer } from './time.js';

export class Lookout {
  /** Runs from one look to when the next one may be. */
  #pause: Timer | undefined;
  #isOwed = false;

  /** @param onDue something has been written and not been looked after for long enough */
  constructor(
    private readonly time: Time,
    private readonly onDue: () => void,
  ) {}

  /** Something has been written since the latest look. */
  get isOwed(): boolean {
    return this.#isOwed;
  }

  /** To be called after each batch. Rejects if it went nowhere, as far as is known. */
  async afterBatch(level: Level, isLast: boolean): Promise<void> {
    this.#isOwed = true;
    if (this.#pause === undefined || isLast) await this.look(level);
  }

  /** Rejects if the files of the journal are not in their folder any more. */
  look(level: Level): Promise<void> {
    this.stop();
    this.#pause = this.time.after(FOLDER_LOOK_MS, () => {
      this.#pause = undefined;
      if (this.#isOwed) this.onDue();
    });
    return level.demandInPlace();
  }

  /** Nothing is written any more, for now or for ever. */
  stop(): void {
    this.#pause?.cancel();
    this.#pause = undefined;
    this.#isOwed = false;
  }
}
