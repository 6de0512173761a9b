/**
 * The QoS 1 and 2 messages of one session: a window of them in flight, a bounded queue behind it.
 * MQTT.js would send all at once, whatever Receive Maximum the broker announced.
 *
 * A session may outlive its connection, and what is in flight at QoS 2 even the process. It then has
 * nobody who waits for its end, until somebody asks for it by its name (`ref`).
 */
import type { MqttClient } from 'mqtt';
import type { MqttQos } from '../core/types.js';
import { Repetition } from './blame.js';
import { asBuffer } from './buffers.js';
import { gatherWrites } from './gather-writes.js';
import { LOSSES_MAX, WAITING_PUBLISHES_MAX } from './limits.js';
import type { OutgoingStore } from './outgoing-store.js';
import {
  AWAY,
  CLOSED,
  type CodedError,
  CONGESTED,
  type Failure,
  GIVEN_UP,
  publishFailure,
} from './reasons.js';
import type { Time } from './time.js';
import type { UntoldEnds } from './untold-ends.js';

export interface Publish {
  topic: string;
  payload: Uint8Array;
  qos: MqttQos;
  retain: boolean;
  /** At QoS 2: a name that no other message ever has. */
  ref?: string;
  /** Whoever has asked for it keeps it, and will ask again. */
  isHeld?: true;
  /** Not for another connection, unless the broker may have got it. */
  isOfConnection?: true;
}

/** At QoS 0 the broker answers nothing: whoever wants an answer all the same has it when the message is sent. */
export const isOverOnceSent = ({ qos, token }: { qos: MqttQos; token: number }): boolean =>
  qos === 0 && token !== 0;

/** Who wants to know how fast the broker is. */
export interface RoundTrips {
  readonly time: Time;
  /** The broker has acknowledged a message, so long after it was sent, once. */
  readonly onRoundTrip: (ms: number) => void;
}

class Entry<M> {
  /** When MQTT.js got it; undefined: it may have been sent twice. */
  sentAt: number | undefined = undefined;
  /** The outbox has it, and will ask. */
  isStranded = false;

  constructor(
    /** Empty: nobody will ask for it. */
    public ref: string,
    /** 0: MQTT.js does not have it yet. */
    public packetId: number,
    /** It lives on in the journal without a connection. */
    public isKept: boolean,
    /** undefined: of an earlier run, or stranded, and nobody has asked for it yet. */
    public message: M | undefined,
  ) {}
}

/** MQTT.js copies its options; one object for each combination spares one per message. */
const OPTIONS = ([0, 1, 2] as const).map((qos) => [false, true].map((retain) => ({ qos, retain })));

export function publishOptions(qos: MqttQos, retain: boolean): { qos: MqttQos; retain: boolean } {
  return OPTIONS[qos]?.[retain ? 1 : 0] ?? { qos, retain };
}

export class PublishWindow<M extends Publish> {
  /** What MQTT.js has and the broker has not answered, the oldest first. */
  readonly #inFlight = new Set<Entry<M>>();
  #waiting: Entry<M>[] = [];
  /** Those of both that have a name. */
  readonly #byName = new Map<string, Entry<M>>();
  #client: MqttClient | undefined;
  #size = 0;
  #maxQos: MqttQos = 2;
  #retain = true;
  #repetition: Repetition | undefined;
  /** The message whose repetition ended a connection, and how much speaks against it. */
  #suspect: { entry: Entry<M>; losses: number } | undefined;

  /**
   * @param store holds what is in flight for MQTT.js, also from an earlier run
   * @param ends of messages of which nobody has heard
   * @param settled told once for each message that `add` or `adopt` took
   */
  constructor(
    private readonly store: OutgoingStore,
    private readonly ends: UntoldEnds,
    private readonly ground: RoundTrips,
    private readonly settled: (message: M, failure?: Failure) => void,
  ) {
    for (const { ref, packetId } of store.unfinished) {
      this.#inFlight.add(this.#named(new Entry<M>(ref, packetId, true, undefined)));
    }
  }

  /** No message is under way. */
  get isEmpty(): boolean {
    return this.#inFlight.size === 0 && this.#waiting.length === 0;
  }

  /** Nor has anybody still to hear that the broker has one. */
  get isTold(): boolean {
    return this.isEmpty && !this.ends.hasSuccess;
  }

  /** The client of another connection takes over what is in flight, and repeats it when it connects. */
  attach(client: MqttClient): void {
    for (const entry of this.#inFlight) {
      entry.sentAt = undefined;
      const cb = (error: CodedError | null | undefined) => this.#answered(entry, error);
      client.outgoing[entry.packetId] = { volatile: false, cmd: 'publish', cb };
    }
  }

  /**
   * MQTT.js begins to repeat what is in flight. It gives up on a missing CONNACK by itself, but not on this: `gaveUp` tells why the
   * connection is about to end.
   */
  repeats(client: MqttClient, gaveUp: (reason: Error) => void): void {
    this.#repetition?.end();
    this.#repetition = new Repetition(this.ground.time, client, gaveUp);
    this.#repetition.goesOn();
  }

  /** The broker has answered a ping. */
  pong(): void {
    this.#repetition?.pong();
  }

  /** It is done, or the connection is closed. */
  endRepeating(): void {
    this.#repetition?.end();
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
    this.store.disconnected();
  }

  /** The connection is lost. What MQTT.js has stays in flight and is repeated; the rest fails. */
  close(): void {
    this.pause();
    for (const entry of this.#waiting.splice(0)) this.#end(entry, AWAY);
  }

  /**
   * The connection has ended for good: everything fails, unless the session goes on without it
   * (`isKept`) and the journal has the message.
   */
  abandon(isKept: boolean): void {
    const lost = [...this.#inFlight].filter((entry) => !(isKept && this.#goesOn(entry)));
    for (const entry of lost) this.#drop(entry);
    this.close();
    for (const entry of lost) this.#end(entry, CLOSED);
  }

  /** There is no connection that brings its end: whoever keeps a message hears so. It is known by its name as before. */
  strand(): void {
    for (const entry of this.#inFlight) {
      const { message } = entry;
      if (!entry.isKept || message?.isHeld === undefined) continue;
      entry.message = undefined;
      entry.isStranded = true;
      this.settled(message, CLOSED);
    }
  }

  add(message: M): Failure | undefined {
    const client = this.#client;
    if (client === undefined) return AWAY;
    const hasRoom = this.#inFlight.size < this.#size && this.#waiting.length === 0;
    if (!hasRoom && this.#waiting.length >= WAITING_PUBLISHES_MAX) return CONGESTED;
    const entry = this.#named(new Entry(message.ref ?? '', 0, false, message));
    if (hasRoom) this.#send(client, entry, message);
    else this.#waiting.push(entry);
    return undefined;
  }

  /** The message has gone out at QoS 0, because the broker knows nothing else. */
  sent(message: M): void {
    this.settled(message);
  }

  /**
   * Has `message` take the place of the one with the name `ref`: its end is told as that of `message`,
   * at once when it was over before. Returns whether the name is known.
   */
  adopt(ref: string, message: M): boolean {
    const entry = this.#byName.get(ref);
    if (entry !== undefined) {
      entry.message = message;
      entry.isStranded = false;
    } else if (this.ends.has(ref)) {
      this.settled(message, this.ends.take(ref));
    } else return false;
    return true;
  }

  /** The outbox keeps the message of this name from now on, if it is under way. */
  hold(ref: string): void {
    const entry = this.#byName.get(ref);
    if (entry?.message !== undefined) entry.message = { ...entry.message, isHeld: true };
  }

  /** Nobody asks for the message of this name, or for its end, any more. */
  giveUp(ref: string): void {
    const entry = this.#byName.get(ref);
    this.#byName.delete(ref);
    if (entry !== undefined) entry.ref = '';
    this.ends.forget(ref);
  }

  /**
   * The connection ended while MQTT.js repeated what was in flight, one message after another: so it
   * may have ended over the oldest. When this goes on, the broker takes exception to the message, and the
   * others shall not suffer.
   */
  brokeRepeating(client: MqttClient, reason: CodedError | undefined): void {
    const [oldest] = this.#inFlight;
    if (oldest === undefined) return;
    const before = oldest === this.#suspect?.entry ? this.#suspect.losses : 0;
    const losses = before + (this.#repetition?.blame(reason) ?? 0);
    this.#suspect = { entry: oldest, losses };
    if (losses < LOSSES_MAX) return;
    this.#suspect = undefined;
    // Not by removeOutgoingMessage(): that would repeat the next one on the dead socket.
    delete client.outgoing[oldest.packetId];
    this.#drop(oldest);
    this.#end(oldest, GIVEN_UP);
  }

  #send(client: MqttClient, entry: Entry<M>, message: M): void {
    this.#inFlight.add(entry);
    const qos = message.qos < this.#maxQos ? message.qos : this.#maxQos;
    entry.isKept = qos === 2 && this.store.isKept;
    const options = publishOptions(qos, message.retain && this.#retain);
    gatherWrites(client.stream);
    this.store.announce(entry.ref);
    entry.sentAt = this.ground.time.nowMs();
    client.publish(message.topic, asBuffer(message.payload), options, (error) =>
      this.#answered(entry, error),
    );
    entry.packetId = client.getLastMessageId();
  }

  #answered(entry: Entry<M>, error: CodedError | null | undefined): void {
    // Abandoned before.
    if (!this.#inFlight.delete(entry)) return;
    this.#repetition?.goesOn();
    if (!error && entry.sentAt !== undefined) {
      this.ground.onRoundTrip(this.ground.time.nowMs() - entry.sentAt);
    }
    this.#end(entry, error ? publishFailure(error) : undefined);
    this.#refill();
  }

  #goesOn({ isKept, message, packetId }: Entry<M>): boolean {
    return isKept && !(message?.isOfConnection && this.store.isUnsent(packetId));
  }

  #named(entry: Entry<M>): Entry<M> {
    if (entry.ref !== '') this.#byName.set(entry.ref, entry);
    return entry;
  }

  #end(entry: Entry<M>, failure: Failure | undefined): void {
    const { ref, message, isStranded } = entry;
    if (ref !== '') this.#byName.delete(ref);
    if (message !== undefined) return this.settled(message, failure);
    if (ref === '') return;
    this.ends.add(ref, failure, isStranded && this.store.isKept);
  }

  #drop(entry: Entry<M>): void {
    this.#inFlight.delete(entry);
    this.store.del({ messageId: entry.packetId }, () => undefined);
  }

  #refill(): void {
    while (this.#client !== undefined && this.#inFlight.size < this.#size) {
      const next = this.#waiting.shift();
      if (next?.message === undefined) return;
      this.#send(this.#client, next, next.message);
    }
  }
}
