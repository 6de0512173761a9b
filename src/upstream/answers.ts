/**
 * SUBSCRIBE and UNSUBSCRIBE that wait for their answer. Not through the callbacks of MQTT.js: those
 * come a turn later than the messages that follow SUBACK in the same segment.
 */
import type { MqttQos, UpstreamEvent, UpstreamRequest } from '../core/types.js';
import { SUBSCRIBE_TIMEOUT_MS } from './limits.js';
import { brokerFailure, type Failure, TIMEOUT } from './reasons.js';
import type { Time, Timer } from './time.js';

export type SubscribeAnswer = { granted: MqttQos } | Failure;

/** Whether the broker has not got the filter, and will not. */
export const isRefusal = (answer: SubscribeAnswer): answer is Failure =>
  'failure' in answer && answer.failure === 'refused';

/** @param answer the code of SUBACK, or why there is none */
export type AnswerHandler = (answer: number | Failure) => void;

export class Answers {
  readonly #pending = new Map<number, { handler: AnswerHandler; timer: Timer }>();

  constructor(private readonly time: Time) {}

  get areComplete(): boolean {
    return this.#pending.size === 0;
  }

  expect(packetId: number, handler: AnswerHandler): void {
    const timer = this.time.after(SUBSCRIBE_TIMEOUT_MS, () => this.settle(packetId, TIMEOUT));
    this.#pending.set(packetId, { handler, timer });
  }

  settle(packetId: number, answer: number | Failure): void {
    const pending = this.#pending.get(packetId);
    if (pending === undefined) return;
    this.#pending.delete(packetId);
    pending.timer.cancel();
    pending.handler(answer);
  }

  /** The connection is gone. */
  fail(why: Failure): void {
    for (const packetId of [...this.#pending.keys()]) this.settle(packetId, why);
  }
}

export function subscribeAnswer(answer: number | Failure): SubscribeAnswer {
  if (typeof answer !== 'number') return answer;
  if (answer <= 2) return { granted: answer as MqttQos };
  return brokerFailure(answer, `the broker refused the subscription (code ${answer})`);
}

/** What the device hears of it: never more than it has asked for. */
export function subscribed(
  {
    token,
    client,
    qos,
  }: Pick<Extract<UpstreamRequest, { op: 'subscribe' }>, 'token' | 'client' | 'qos'>,
  answer: SubscribeAnswer,
): UpstreamEvent {
  if (!('granted' in answer)) {
    return { event: 'subscribed', token, client, grantedQos: 0, ...answer };
  }
  const grantedQos = Math.min(qos, answer.granted) as MqttQos;
  return { event: 'subscribed', token, client, grantedQos };
}
