/** Notices a modem that has stopped working without a word: some USB adapters hang and report nothing. */

/** After so long a silence the modem is asked whether it lives. */
const SILENCE_MS = 60_000;

/** No modem takes longer for its answer. */
const ANSWER_MS = 5000;

/** One lost answer is no proof. */
const QUESTIONS_MAX = 2;

export class Watchdog {
  private aliveAt = 0;
  private asked: { times: number; at: number } | undefined;

  onOpened(now: number): void {
    this.onAlive(now);
  }

  /** The modem has said something that makes sense. */
  onAlive(now: number): void {
    this.aliveAt = now;
    this.asked = undefined;
  }

  nextDeadline(state: 'starting' | 'ready' | 'down'): number {
    if (state !== 'ready') return Number.POSITIVE_INFINITY;
    return this.asked ? this.asked.at + ANSWER_MS : this.aliveAt + SILENCE_MS;
  }

  /** What is to be done now. */
  look(state: 'starting' | 'ready' | 'down', now: number): 'probe' | 'give-up' | 'nothing' {
    if (now < this.nextDeadline(state)) return 'nothing';
    const times = (this.asked?.times ?? 0) + 1;
    if (times > QUESTIONS_MAX) {
      this.onAlive(now);
      return 'give-up';
    }
    this.asked = { times, at: now };
    return 'probe';
  }
}
