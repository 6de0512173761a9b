/** Messages of devices that wait for the broker. */
import { messageBytes } from '../message-bytes.js';
import type { Inbound } from '../session/inbound.js';
import type { Session } from '../session/session.js';
import type { Instant, MqttQos } from '../types.js';

/** Whose messages they are; null: QoS -1. */
export type Sender = string | null;

export interface Held {
  readonly serial: number;
  readonly client: Sender;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: MqttQos;
  readonly retain: boolean;
  readonly arrivedAt: Instant;
  /** QoS 2: its name at the broker's side. */
  readonly ref: string | undefined;
  /** The exchange with the device that brought it in this run: the broker's answer goes there first. */
  readonly origin: { session: Session; exchange: Inbound } | undefined;
  /** On its way to the broker. */
  inFlight: boolean;
}

/** The messages of one device, in their order. */
export class Queue {
  readonly messages: Held[] = [];
  inFlight = 0;
  /** Of those in flight, the ones at QoS 0, which wait for the disk. */
  leaving = 0;
}

/** All of them: by device and in their order, and what they weigh. */
export class Stock {
  private readonly queues = new Map<Sender, Queue>();
  /** The oldest first. */
  private readonly all = new Set<Held>();
  private readonly lowlyOnes = new Set<Held>();
  private octets = 0;

  get size(): number {
    return this.all.size;
  }

  /** Octets. */
  get bytes(): number {
    return this.octets;
  }

  has(held: Held): boolean {
    return this.all.has(held);
  }

  hasOf(client: Sender): boolean {
    return this.queues.size > 0 && this.queues.has(client);
  }

  /** Of a device; undefined: it has none here. */
  queueOf(client: Sender): Queue | undefined {
    return this.queues.get(client);
  }

  byDevice(): IterableIterator<Queue> {
    return this.queues.values();
  }

  /** The oldest first. One may be taken out meanwhile. */
  [Symbol.iterator](): IterableIterator<Held> {
    return this.all.values();
  }

  /** Those that go first when there is no room. */
  lowly(): IterableIterator<Held> {
    return this.lowlyOnes.values();
  }

  add(held: Held): void {
    const { client, qos } = held;
    const queue = this.queues.get(client) ?? new Queue();
    this.queues.set(client, queue);
    queue.messages.push(held);
    this.all.add(held);
    if (qos === 0) this.lowlyOnes.add(held);
    this.octets += messageBytes(held);
  }

  takeOut(held: Held): void {
    const { client } = held;
    this.all.delete(held);
    this.lowlyOnes.delete(held);
    this.octets -= messageBytes(held);
    const messages = this.queues.get(client)?.messages ?? [];
    messages.splice(messages.indexOf(held), 1);
    if (messages.length === 0) this.queues.delete(client);
  }

  /** Whether it may go when there is no room: not while it is on its way. */
  setLowly(held: Held, isLowly: boolean): void {
    if (isLowly) this.lowlyOnes.add(held);
    else this.lowlyOnes.delete(held);
  }
}
