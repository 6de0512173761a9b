/**
 * How much the end of a connection speaks against what the broker was sent on it and has not answered: 1 if it is to blame, less if it may
 * be, at `LOSSES_MAX` it is given up. Who dislikes something closes at once, or ignores it. A broker that restarts, or a network that
 * breaks, ends a connection at any time.
 */
import type { MqttClient } from 'mqtt';
import { CLOSES_WITHIN_MS, DOUBTFUL_LOSS, PING_TIMEOUT_MS, RESEND_TIMEOUT_MS } from './limits.js';
import { type CodedError, isBlameless } from './reasons.js';
import type { Time, Timer } from './time.js';

/** Of a connection that the other side has ended, so long after it was sent something. */
export const blameAfter = (ms: number): number => (ms <= CLOSES_WITHIN_MS ? 1 : DOUBTFUL_LOSS);

/** What was in flight on an earlier connection goes out again, one message after another: the oldest one is under way. */
export class Repetition {
  #sinceMs = 0;
  #timer: Timer | undefined;
  #isOver = false;
  #answersPings = false;
  /** Of a broker that has not answered in time. */
  #verdict: number | undefined;

  /** The client may have another one by then. */
  readonly #stream: MqttClient['stream'];

  /** @param gaveUp the broker did not answer, and the connection ends */
  constructor(
    private readonly time: Time,
    private readonly client: Pick<MqttClient, 'stream' | 'sendPing'>,
    private readonly gaveUp: (reason: Error) => void,
  ) {
    this.#stream = client.stream;
  }

  /** The first one is under way, or the next. */
  goesOn(): void {
    if (this.#isOver) return;
    this.#timer?.cancel();
    this.#sinceMs = this.time.nowMs();
    this.#answersPings = false;
    this.#timer = this.time.after(RESEND_TIMEOUT_MS, () => {
      this.client.sendPing();
      this.#timer = this.time.after(PING_TIMEOUT_MS, () => this.#giveUp());
    });
  }

  /** The broker has answered a ping. */
  pong(): void {
    this.#answersPings = true;
  }

  /** All of them are settled, or the connection is closed. */
  end(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }

  /** Of the one that was under way when the connection ended for this reason. */
  blame(reason: CodedError | undefined): number {
    if (this.#verdict !== undefined) return this.#verdict;
    return isBlameless(reason) ? 0 : blameAfter(this.time.nowMs() - this.#sinceMs);
  }

  #giveUp(): void {
    this.#verdict = this.#answersPings ? 1 : 0;
    const what = this.#answersPings ? 'answers pings, but not what is repeated' : 'is silent';
    this.gaveUp(new Error(`the broker ${what}`));
    this.#stream.destroy();
  }
}
