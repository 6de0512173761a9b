/**
 * One MQTT connection that keeps coming back. MQTT.js does packets, keep alive and the repetition of
 * what is in flight; when to connect, to whom, in which version, and how much may be in flight is
 * decided here.
 *
 *   idle -> queued -> dialling -> up -> resting -> queued ...
 *                        |       |         ^
 *                        +-------|---------+           any -> ended
 *                        +-> turning -> queued ...
 *
 * A failed attempt goes on to the next broker at once; only when all of them failed it rests, longer
 * each time. A lost connection rests first and returns to the same broker. One that is turning has said
 * DISCONNECT and connects again at once: for another will, or (3.1.1) to make the broker forget a session.
 */
import { Socket } from 'node:net';
import type { IConnackPacket, IPublishPacket, MqttClient } from 'mqtt';
import type { MqttQos, Will } from '../core/types.js';
import { type Abilities, abilitiesOf, fits } from './abilities.js';
import { type AnswerHandler, Answers, type SubscribeAnswer, subscribeAnswer } from './answers.js';
import { Backoff } from './backoff.js';
import type { BrokerSession } from './broker-session.js';
import type { Broker, Brokers } from './brokers.js';
import { asBuffer } from './buffers.js';
import {
  aimAt,
  clientOptions,
  type Identity,
  type Start,
  startOf,
  type Transport,
} from './connect-options.js';
import type { DialGate } from './dial-gate.js';
import { disconnect, type Farewell, sayFarewell } from './farewell.js';
import { gatherWrites } from './gather-writes.js';
import type { SessionKind } from './known-session.js';
import { DISCONNECT_TIMEOUT_MS, STABLE_AFTER_MS, UNSENT_BYTES_MAX } from './limits.js';
import { createMqttClient } from './mqtt-client.js';
import { PacketIds } from './packet-ids.js';
import { type Publish, publishOptions } from './publish-window.js';
import {
  AWAY,
  CLOSED,
  type CodedError,
  CONGESTED,
  connectFailure,
  type Failure,
  isBlameless,
  LOST,
  lossFailure,
  neverReachedBroker,
  refusesVersion,
} from './reasons.js';
import type { Receipt } from './receipts.js';
import type { Time, Timer } from './time.js';

export interface Owner {
  /**
   * Connected, and what was in flight before is settled. The owner renews its subscriptions, unless the
   * session is `known`, and then calls `trustSession`.
   */
  up(session: SessionKind): void;
  /**
   * The connection was lost (`wasUp`), or no broker took us. The next attempt follows by itself,
   * unless the owner ends the connection now.
   */
  down(failure: Failure, wasUp: boolean): void;
  message(packet: IPublishPacket, receipt: Receipt): void;
}

export interface ConnectionOptions<M extends Publish> {
  identity: Identity;
  /** What is in flight under this identity, and how its end is told. */
  session: BrokerSession<M>;
  transport: Transport & { maxInflight: number };
  brokers: Brokers;
  /** A refusal moves on to the next broker too. Not for devices: a wrong password is their own affair. */
  refusalMovesOn: boolean;
  /** Shared by the connections of devices. */
  gate?: DialGate;
}

type State = 'idle' | 'queued' | 'dialling' | 'up' | 'turning' | 'resting' | 'ended';

export class Connection<M extends Publish> {
  readonly #options: ConnectionOptions<M>;
  readonly #session: BrokerSession<M>;
  readonly #owner: Owner;
  readonly #time: Time;
  readonly #backoff: Backoff;
  readonly #answers: Answers;
  readonly #packetIds = new PacketIds();

  #client: MqttClient | undefined;
  #state: State = 'idle';
  #broker: Broker;
  #abilities: Abilities | undefined;
  /** The broker has a session of ours, or is about to begin one. */
  #begun = false;
  #start: Start = 'new';
  #sessionKind: SessionKind = 'new';
  /** The broker has accepted us on the present socket. */
  #accepted = false;
  #upSinceMs = 0;
  /** Brokers tried since the last rest. */
  #tried = 0;
  /** The last thing that went wrong on the present socket. */
  #reason: CodedError | undefined;
  #timer: Timer | undefined;
  #leaveGate: (() => void) | undefined;
  #whenClosed: (() => void) | undefined;
  /** What is left to say when the attempt under way succeeds after all. */
  #farewell: Farewell | undefined;

  constructor(options: ConnectionOptions<M>, owner: Owner, time: Time) {
    this.#options = options;
    this.#session = options.session;
    this.#owner = owner;
    this.#time = time;
    this.#backoff = new Backoff(() => time.random());
    this.#answers = new Answers(time);
    this.#broker = options.brokers.current;
  }

  get isUp(): boolean {
    return this.#state === 'up';
  }

  /** The broker still has to acknowledge a publish, and could. */
  get isPublishing(): boolean {
    return this.isUp && !this.#session.window.isEmpty;
  }

  /** No request waits for the broker's answer. */
  get isQuiet(): boolean {
    return this.#session.window.isEmpty && this.#answers.areComplete;
  }

  /** false: this broker knows QoS 0 only. */
  get acknowledges(): boolean {
    return this.#abilities?.maxQos !== 0;
  }

  /** The broker of the present or last attempt. */
  get broker(): Broker {
    return this.#broker;
  }

  /** Incoming messages say which subscriptions they were sent for. */
  get hasIdentifiers(): boolean {
    return this.#abilities?.identifiers ?? false;
  }

  start(): void {
    if (this.#state === 'idle') this.#approach();
  }

  /** The broker's session has all subscriptions of the owner. */
  trustSession(): void {
    if (this.isUp) this.#session.known.trust(this.#broker.name);
  }

  /**
   * Hands a message to the broker. Returns why it is not even tried; otherwise its session tells the
   * end of it at QoS 1 and 2.
   */
  publish(message: M): Failure | undefined {
    const [client, abilities] = [this.#client, this.#abilities];
    if (this.#state !== 'up' || client === undefined || abilities === undefined) return AWAY;
    if (!fits(abilities, message.topic, message.payload)) {
      const detail = `larger than ${this.#broker.name} takes (${abilities.maxPacketBytes} octets)`;
      return { failure: 'refused', detail };
    }
    if (message.qos > 0 && abilities.maxQos > 0) return this.#session.window.add(message);
    if (client.stream.writableLength > UNSENT_BYTES_MAX) return CONGESTED;
    const options = publishOptions(0, message.retain && abilities.retain);
    gatherWrites(client.stream);
    client.publish(message.topic, asBuffer(message.payload), options);
    if (message.qos > 0) this.#session.window.sent(message);
    return undefined;
  }

  /** Asks for `filter`; messages may come before the answer. `identifier` only where the broker knows them. */
  subscribe(
    filter: string,
    qos: MqttQos,
    identifier: number | undefined,
    done: (answer: SubscribeAnswer) => void,
  ): void {
    const client = this.#client;
    if (this.#state !== 'up' || client === undefined) return done(AWAY);
    const allowed = Math.min(qos, this.#abilities?.maxQos ?? 0) as MqttQos;
    const properties = identifier === undefined ? {} : { subscriptionIdentifier: identifier };
    client.subscribe(filter, { qos: allowed, properties });
    this.#expectAnswer((answer) => done(subscribeAnswer(answer)));
  }

  /** `done` comes in any case, also when the broker never answers: `isCertain` is false then. */
  unsubscribe(filter: string, done: (isCertain: boolean) => void): void {
    const client = this.#client;
    if (this.#state !== 'up' || client === undefined) return done(false);
    client.unsubscribe(filter);
    this.#expectAnswer((answer) => done(typeof answer === 'number'));
  }

  #expectAnswer(handler: AnswerHandler): void {
    this.#answers.expect(this.#packetIds.getLastAllocated(), handler);
  }

  /**
   * Connects anew with another will. The session and what is in flight live on; `up` or `down` tells
   * the end of it. While the connection is away, the next one has the will.
   */
  changeWill(will: Will | undefined): void {
    this.#options.identity.will = will;
    const client = this.#client;
    if (this.#state !== 'up' || client === undefined) return;
    this.#turn(client);
    this.#session.window.pause();
    this.#answers.fail(CLOSED);
  }

  /** Ends it for good; everything unanswered fails. `done` runs when the socket is closed: what comes next is no take-over. */
  end(farewell: Farewell, done: () => void): void {
    const [before, client] = [this.#state, this.#client];
    this.#state = 'ended';
    if (before === 'dialling' && !this.#accepted) this.#session.known.lose();
    this.#timer?.cancel();
    this.#leaveGate?.();
    this.#answers.fail(CLOSED);
    this.#session.abandon(farewell === 'drop' || farewell === 'disconnect');
    const hasSocket = before === 'up' || before === 'dialling' || before === 'turning';
    if (client === undefined || !hasSocket) return done();
    this.#whenClosed = done;
    this.#timer = this.#time.after(DISCONNECT_TIMEOUT_MS, () => client.stream.destroy());
    const isHeard = before === 'up' || (before === 'dialling' && this.#accepted);
    if (isHeard || farewell === 'drop') sayFarewell(client, farewell, this.#broker.version);
    // Closing now might come after CONNECT and fire the will: DISCONNECT follows CONNACK.
    else if (before === 'dialling') this.#farewell = farewell;
  }

  // Connecting

  #approach(): void {
    const { gate } = this.#options;
    this.#state = 'queued';
    this.#session.beforeConnect(() => {
      if (this.#state !== 'queued') return;
      if (gate === undefined) this.#dial();
      else this.#leaveGate = gate.enter(() => this.#dial());
    });
  }

  #dial(): void {
    const { identity, transport, brokers } = this.#options;
    this.#state = 'dialling';
    this.#broker = brokers.current;
    this.#reason = undefined;
    this.#accepted = false;
    try {
      this.#client ??= this.#create();
      const { options } = this.#client;
      this.#start = startOf(identity, this.#broker, this.#begun);
      aimAt(options, this.#broker, identity, transport, this.#start);
      // Acknowledgements that were under way belong to the old connection.
      this.#client.queue.length = 0;
      this.#client.connect();
      // A message must not wait for the TCP acknowledgement of the one before it (Nagle: up to 40 ms).
      if (this.#client.stream instanceof Socket) this.#client.stream.setNoDelay(true);
      // While `clean` is set, MQTT.js may answer what is in flight with an error and repeat it all the same.
      options.clean = false;
    } catch (error) {
      // An unreadable certificate, say. Retrying does no harm, and ending would be an exit.
      this.#reason = error instanceof Error ? error : new Error(String(error));
      this.#leaveGate?.();
      this.#state = 'queued';
      this.#timer = this.#time.after(0, () => this.#attemptFailed());
    }
  }

  #create(): MqttClient {
    const { identity, transport, session } = this.#options;
    const client = createMqttClient(
      clientOptions(identity, transport, this.#broker, this.#packetIds, session.outgoing),
      {
        // Otherwise its owner has turned away, and would lose what the broker takes for delivered.
        isListening: () => this.#state !== 'ended' && this.#state !== 'turning',
        greeted: (self, packet) => this.#greeted(self, packet),
        connected: (self) => this.#connected(self),
        message: (packet, receipt) => this.#owner.message(packet, receipt),
        pong: () => this.#session.window.pong(),
        // The first reason is the true one: ECONNRESET may follow the broker's own words.
        failed: (reason) => void (this.#reason ??= reason),
        closed: (self) => this.#closed(self),
      },
      this.#answers,
      session.receipts,
      transport.dial,
    );
    session.window.attach(client);
    return client;
  }

  /** CONNACK. Messages may follow at once, while MQTT.js still repeats what was in flight. */
  #greeted(client: MqttClient, packet: IConnackPacket): void {
    this.#accepted = (packet.reasonCode ?? packet.returnCode) === 0;
    if (!this.#accepted) return;
    const { name, version } = this.#broker;
    this.#abilities = abilitiesOf(packet, version, this.#options.transport);
    this.#sessionKind = this.#session.known.greeted(name, packet.sessionPresent);
    this.#session.greeted(client.stream, name, this.#sessionKind === 'new');
    if (this.#state === 'dialling') {
      this.#session.window.repeats(client, (reason) => void (this.#reason ??= reason));
    }
    const farewell = this.#farewell;
    // MQTT.js has to hear of it first; it says nothing more of its own then.
    if (farewell !== undefined) queueMicrotask(() => sayFarewell(client, farewell, version));
  }

  #connected(client: MqttClient): void {
    this.#session.window.endRepeating();
    if (this.#state !== 'dialling') return;
    this.#begun = true;
    if (this.#start === 'wipe') return this.#turn(client);
    this.#timer?.cancel();
    this.#leaveGate?.();
    this.#options.brokers.accepted(this.#broker);
    if (this.#abilities !== undefined) this.#session.window.open(client, this.#abilities);
    this.#state = 'up';
    this.#tried = 0;
    this.#upSinceMs = this.#time.nowMs();
    this.#session.known.understood(this.#broker.name);
    this.#owner.up(this.#sessionKind);
  }

  /** Says good-bye for a moment. The broker fires no will for it. */
  #turn(client: MqttClient): void {
    this.#state = 'turning';
    this.#session.disconnected();
    this.#timer?.cancel();
    this.#timer = this.#time.after(DISCONNECT_TIMEOUT_MS, () => client.stream.destroy());
    disconnect(client);
  }

  #closed(client: MqttClient): void {
    this.#session.window.endRepeating();
    if (this.#state === 'dialling' && this.#accepted) {
      this.#session.window.brokeRepeating(client, this.#reason);
    }
    this.#session.disconnected();
    this.#timer?.cancel();
    this.#leaveGate?.();
    if (this.#state === 'up') this.#lost();
    else if (this.#state === 'dialling') this.#attemptFailed();
    else if (this.#state === 'turning') this.#approach();
    else if (this.#state === 'ended') this.#whenClosed?.();
    this.#whenClosed = undefined;
  }

  #lost(): void {
    this.#state = 'resting';
    if (this.#time.nowMs() - this.#upSinceMs >= STABLE_AFTER_MS) this.#backoff.reset();
    this.#answers.fail(isBlameless(this.#reason) ? AWAY : LOST);
    this.#session.window.close();
    this.#owner.down(lossFailure(this.#reason), true);
    this.#rest();
  }

  #attemptFailed(): void {
    this.#state = 'resting';
    const { brokers, refusalMovesOn } = this.#options;
    const reason = this.#reason;
    if (!this.#accepted && !neverReachedBroker(reason)) this.#session.known.lose();
    if (reason !== undefined && refusesVersion(reason) && brokers.refusedVersion(this.#broker)) {
      return this.#approach();
    }
    const silent = reason === undefined || reason.code === 'ECONNRESET';
    if (silent && !this.#accepted && refusalMovesOn) {
      // A device's CONNECT says nothing about the version: the broker may dislike its will.
      brokers.closedWithoutAnswer(this.#broker);
    }
    const failure = this.#accepted ? lossFailure(reason) : connectFailure(reason);
    if (refusalMovesOn || failure.failure === 'unavailable') brokers.moveOn(this.#broker);
    this.#tried++;
    if (this.#tried < brokers.count) return this.#approach();
    this.#tried = 0;
    this.#session.window.close();
    this.#owner.down(failure, false);
    this.#rest();
  }

  #rest(): void {
    // The owner may have ended the connection when it heard of the failure.
    if (this.#state !== 'resting') return;
    this.#timer = this.#time.after(this.#backoff.nextDelayMs(), () => this.#approach());
  }
}
