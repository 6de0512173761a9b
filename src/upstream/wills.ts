/**
 * The wills that the gateway publishes itself on one connection: each exactly once, also when the
 * broker is away at that moment. Those that wait are bounded by the number of devices: without a
 * broker no device can open a new session and be lost again.
 */
import type { MqttQos, Will } from '../core/types.js';
import { WILL_RETRY_MS, WILLS_IN_FLIGHT_MAX } from './limits.js';
import type { UpstreamLog } from './options.js';
import type { Failure } from './reasons.js';
import type { Time, Timer } from './time.js';

export interface WillPublish {
  op: 'will';
  client: string;
  topic: string;
  payload: Uint8Array;
  qos: MqttQos;
  retain: boolean;
}

/** A `Connection`, as far as wills need it. */
interface Carrier {
  readonly isUp: boolean;
  publish(will: WillPublish): Failure | undefined;
}

export class Wills {
  readonly #waiting: WillPublish[] = [];
  #inFlight = 0;
  #sending = false;
  #retry: Timer | undefined;

  constructor(
    private readonly carrier: Carrier,
    private readonly log: UpstreamLog,
    private readonly time: Time,
  ) {}

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

  /** Sends what waits; to be called when the connection is up. */
  resume(): void {
    // publish() may answer at once, which leads here again.
    if (this.#sending) return;
    this.#sending = true;
    while (this.#inFlight < WILLS_IN_FLIGHT_MAX) {
      const will = this.#waiting.shift();
      if (will === undefined) break;
      if (will.qos > 0) this.#inFlight++;
      const failure = this.carrier.publish(will);
      if (failure === undefined) continue;
      if (will.qos > 0) this.#inFlight--;
      this.#failed(will, failure);
      if (failure.failure === 'unavailable') break;
    }
    this.#sending = false;
  }

  stop(): void {
    this.#retry?.cancel();
  }

  #failed(will: WillPublish, { failure, detail }: Failure): void {
    if (failure === 'unavailable') {
      this.#waiting.push(will);
      // Otherwise the next connection takes it up.
      if (this.carrier.isUp) this.#retryLater();
      return;
    }
    const { client, topic } = will;
    this.log.error(
      { code: 'WILL_REFUSED', client, topic },
      `the broker refused the will of ${client}: ${detail}`,
    );
    this.resume();
  }

  #retryLater(): void {
    this.#retry?.cancel();
    this.#retry = this.time.after(WILL_RETRY_MS, () => this.resume());
  }
}
