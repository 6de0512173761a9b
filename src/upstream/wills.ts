/**
 * The wills that the gateway publishes itself on one connection: each exactly once, also when the
 * broker is away at that moment. Those that wait are bounded by the number of devices: without a
 * broker no device can open a new session and be lost again.
 *
 * A will has a record from the moment it fires until the broker has it, so that a restart neither
 * loses nor repeats it. At QoS 0 nobody tells when the broker has it: there the record goes first.
 */
import type { MqttQos, Will } from '../core/types.js';
import { WILL_RETRY_MS, WILLS_IN_FLIGHT_MAX } from './limits.js';
import type { UpstreamLog } from './options.js';
import type { Failure } from './reasons.js';
import type { Time, Timer } from './time.js';
import { type WillRecords, willRef } from './will-records.js';

export interface WillPublish {
  op: 'will';
  number: number;
  client: string;
  topic: string;
  payload: Uint8Array;
  qos: MqttQos;
  retain: boolean;
  ref: string;
}

/** A `Connection` and its session, as far as wills need them. */
interface Carrier {
  readonly isUp: boolean;
  publish(will: WillPublish): Failure | undefined;
  /** Whether the will is under way already; its end is told as that of any other. */
  adopt(will: WillPublish): boolean;
}

export class Wills {
  readonly #waiting: WillPublish[] = [];
  #inFlight = 0;
  #sending = false;
  #retry: Timer | undefined;

  constructor(
    private readonly carrier: Carrier,
    private readonly records: WillRecords,
    private readonly log: UpstreamLog,
    private readonly time: Time,
  ) {}

  fire(client: string, { topic, payload, qos, retain }: Will): void {
    const number = this.records.nextNumber();
    const ref = willRef(number);
    const will: WillPublish = { op: 'will', number, client, topic, payload, qos, retain, ref };
    this.records.put(will);
    // Only when it is on disk that the device is lost: a restart would find that out once more.
    this.records.whenKept(() => {
      this.#waiting.push(will);
      this.resume();
    });
  }

  /** A will of an earlier run. */
  recover(will: WillPublish): void {
    this.#inFlight++;
    if (this.carrier.adopt(will)) return;
    this.#inFlight--;
    this.#waiting.push(will);
  }

  /** The answer to a will at QoS 1 or 2. */
  settled(will: WillPublish, failure?: Failure): void {
    this.#inFlight--;
    if (failure !== undefined) return this.#failed(will, failure);
    this.records.delete(will);
    this.resume();
  }

  /** Sends what waits; to be called when the connection is up. */
  resume(): void {
    // publish() may answer at once, which leads here again.
    if (this.#sending || !this.carrier.isUp) return;
    this.#sending = true;
    while (this.#inFlight < WILLS_IN_FLIGHT_MAX) {
      const will = this.#waiting.shift();
      if (will === undefined) break;
      const goesOn = will.qos === 0 ? this.#sendUnconfirmed(will) : this.#send(will);
      if (!goesOn) break;
    }
    this.#sending = false;
  }

  stop(): void {
    this.#retry?.cancel();
  }

  /** Returns false when the broker takes no more at the moment. */
  #send(will: WillPublish): boolean {
    this.#inFlight++;
    const failure = this.carrier.publish(will);
    if (failure === undefined) return true;
    this.#inFlight--;
    this.#failed(will, failure);
    return failure.failure !== 'unavailable';
  }

  /** Likewise, if the records are as quick as memory; otherwise the end of it comes later. */
  #sendUnconfirmed(will: WillPublish): boolean {
    let goesOn = true;
    this.records.delete(will);
    this.records.whenKept(() => {
      const failure = this.carrier.publish(will);
      if (failure === undefined) return;
      this.records.put(will);
      this.#failed(will, failure);
      goesOn = failure.failure !== 'unavailable';
    });
    return goesOn;
  }

  #failed(will: WillPublish, { failure, detail }: Failure): void {
    if (failure === 'unavailable') {
      this.#waiting.push(will);
      // Otherwise the next connection takes it up.
      if (this.carrier.isUp) this.#retryLater();
      return;
    }
    this.records.delete(will);
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
