/**
 * SUBSCRIBE and UNSUBSCRIBE that wait for their answer. Not through the callbacks of MQTT.js: those
 * come a turn later than the messages that follow SUBACK in the same segment.
 */
import { SUBSCRIBE_TIMEOUT_MS } from './limits.js';
import type { Time, Timer } from './time.js';

/** @param code of SUBACK; undefined when no answer came */
export type AnswerHandler = (code: number | undefined) => void;

export class Answers {
  readonly #pending = new Map<number, { handler: AnswerHandler; timer: Timer }>();

  constructor(private readonly time: Time) {}

  expect(packetId: number, handler: AnswerHandler): void {
    const timer = this.time.after(SUBSCRIBE_TIMEOUT_MS, () => this.settle(packetId, undefined));
    this.#pending.set(packetId, { handler, timer });
  }

  settle(packetId: number, code: number | undefined): void {
    const pending = this.#pending.get(packetId);
    if (pending === undefined) return;
    this.#pending.delete(packetId);
    pending.timer.cancel();
    pending.handler(code);
  }

  /** The connection is gone. */
  fail(): void {
    for (const packetId of [...this.#pending.keys()]) this.settle(packetId, undefined);
  }
}
