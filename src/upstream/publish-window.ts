/**
 * The QoS 1 and 2 messages of one connection: a window of them in flight, a bounded queue behind it.
 * MQTT.js would send all at once, whatever Receive Maximum the broker announced.
 */
import type { MqttClient } from 'mqtt';
import type { MqttQos } from '../core/types.js';
import { asBuffer } from './buffers.js';
import { gatherWrites } from './gather-writes.js';
import { LOSSES_MAX, WAITING_PUBLISHES_MAX } from './limits.js';
import {
  AWAY,
  CLOSED,
  type CodedError,
  CONGESTED,
  type Failure,
  GIVEN_UP,
  publishFailure,
} from './reasons.js';

export interface Publish {
  topic: string;
  payload: Uint8Array;
  qos: MqttQos;
  retain: boolean;
}

/** MQTT.js copies its options; one object for each combination spares one per message. */
const OPTIONS = ([0, 1, 2] as const).map((qos) => [false, true].map((retain) => ({ qos, retain })));

export function publishOptions(qos: MqttQos, retain: boolean): { qos: MqttQos; retain: boolean } {
  return OPTIONS[qos]?.[retain ? 1 : 0] ?? { qos, retain };
}

export class PublishWindow<M extends Publish> {
  /** Given to MQTT.js and not answered yet, the oldest first; with the packet id. */
  readonly #inFlight = new Map<M, number>();
  #waiting: M[] = [];
  #client: MqttClient | undefined;
  #size = 0;
  #maxQos: MqttQos = 2;
  #retain = true;
  /** The message whose repetition ended a connection, and how many connections in a row. */
  #suspect: { message: M; losses: number } | undefined;

  /** @param settled told once for each message that `add` took */
  constructor(private readonly settled: (message: M, failure?: Failure) => void) {}

  /** No message is under way. */
  get isEmpty(): boolean {
    return this.#inFlight.size === 0 && this.#waiting.length === 0;
  }

  /** Connected: what was in flight is settled, new messages may go. */
  open(client: MqttClient, limits: { window: number; maxQos: MqttQos; retain: boolean }): void {
    this.#client = client;
    this.#size = limits.window;
    this.#maxQos = limits.maxQos;
    this.#retain = limits.retain;
    this.#refill();
  }

  /** The connection is to be replaced at once: what waits may go on waiting. */
  pause(): void {
    this.#client = undefined;
  }

  /** The connection is lost. What MQTT.js has stays in flight and is repeated; the rest fails. */
  close(): void {
    this.#client = undefined;
    const unsent = this.#waiting;
    this.#waiting = [];
    for (const message of unsent) this.settled(message, AWAY);
  }

  /** There will be no other connection: everything fails. */
  abandon(): void {
    const lost = [...this.#inFlight.keys()];
    this.#inFlight.clear();
    this.close();
    for (const message of lost) this.settled(message, CLOSED);
  }

  add(message: M): Failure | undefined {
    if (this.#client === undefined) return AWAY;
    if (this.#inFlight.size < this.#size && this.#waiting.length === 0) {
      this.#send(this.#client, message);
      return undefined;
    }
    if (this.#waiting.length >= WAITING_PUBLISHES_MAX) return CONGESTED;
    this.#waiting.push(message);
    return undefined;
  }

  /**
   * The connection ended while MQTT.js repeated what was in flight, one message after another: so it
   * ended over the oldest. When this goes on, the broker takes exception to the message, and the
   * others shall not suffer.
   */
  brokeRepeating(client: MqttClient): void {
    const [oldest] = this.#inFlight;
    if (oldest === undefined) return;
    const [message, packetId] = oldest;
    const losses = message === this.#suspect?.message ? this.#suspect.losses + 1 : 1;
    this.#suspect = { message, losses };
    if (losses < LOSSES_MAX) return;
    this.#suspect = undefined;
    this.#inFlight.delete(message);
    // Not by removeOutgoingMessage(): that would repeat the next one on the dead socket.
    delete client.outgoing[packetId];
    client.outgoingStore.del({ messageId: packetId }, () => undefined);
    this.settled(message, GIVEN_UP);
  }

  #send(client: MqttClient, message: M): void {
    this.#inFlight.set(message, 0);
    const qos = message.qos < this.#maxQos ? message.qos : this.#maxQos;
    const options = publishOptions(qos, message.retain && this.#retain);
    gatherWrites(client.stream);
    client.publish(message.topic, asBuffer(message.payload), options, (error) =>
      this.#answered(message, error),
    );
    if (this.#inFlight.has(message)) this.#inFlight.set(message, client.getLastMessageId());
  }

  #answered(message: M, error: CodedError | null | undefined): void {
    // Abandoned before.
    if (!this.#inFlight.delete(message)) return;
    if (error) this.settled(message, publishFailure(error));
    else this.settled(message);
    this.#refill();
  }

  #refill(): void {
    while (this.#client !== undefined && this.#inFlight.size < this.#size) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#send(this.#client, next);
    }
  }
}
