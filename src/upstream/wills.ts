/**
 * The wills that the gateway publishes itself: each exactly once, also when the broker is away at
 * that moment. Those that wait are bounded by the number of devices: without a broker no device can
 * open a new session and be lost again.
 */
import type { MqttQos, Will } from '../core/types.js';
import { WILLS_IN_FLIGHT_MAX } from './limits.js';
import type { UpstreamLog } from './options.js';
import type { Failure } from './reasons.js';

export interface WillPublish {
  op: 'will';
  client: string;
  topic: string;
  payload: Uint8Array;
  qos: MqttQos;
  retain: boolean;
}

export class Wills {
  readonly #waiting: WillPublish[] = [];
  #inFlight = 0;
  #sending = false;

  /** @param publish as `Connection.publish`, for the device's connection */
  constructor(
    private readonly publish: (will: WillPublish) => Failure | undefined,
    private readonly log: UpstreamLog,
  ) {}

  get areWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  fire(client: string, { topic, payload, qos, retain }: Will): void {
    this.#waiting.push({ op: 'will', client, topic, payload, qos, retain });
    this.resume();
  }

  /** The answer to a will at QoS 1 or 2. */
  settled(will: WillPublish, failure?: Failure): void {
    this.#inFlight--;
    if (failure !== undefined) this.#failed(will, failure);
    else this.resume();
  }

  /** Sends what waits; to be called when a connection is up. */
  resume(): void {
    // publish() may answer at once, which leads here again.
    if (this.#sending) return;
    this.#sending = true;
    while (this.#inFlight < WILLS_IN_FLIGHT_MAX) {
      const will = this.#waiting.shift();
      if (will === undefined) break;
      if (will.qos > 0) this.#inFlight++;
      const failure = this.publish(will);
      if (failure === undefined) continue;
      if (will.qos > 0) this.#inFlight--;
      this.#failed(will, failure);
      if (failure.failure === 'unavailable') break;
    }
    this.#sending = false;
  }

  #failed(will: WillPublish, { failure, detail }: Failure): void {
    if (failure === 'unavailable') {
      this.#waiting.push(will);
      return;
    }
    const { client, topic } = will;
    this.log.error({ client, topic }, `the broker refused the will of ${client}: ${detail}`);
  }
}
