/**
 * Many devices on the gateway's own MQTT connection, or on a few of them. Sessions, subscriptions and
 * wills end here; the broker sees the gateway alone. The first connection always exists: QoS -1, the
 * gateway's own topics and the question whether the broker is there depend on it.
 */
import type { UpstreamEvent, UpstreamRequest, Will } from '../core/types.js';
import { BrokerSession, FORMER, type SessionGround } from './broker-session.js';
import type { Brokers } from './brokers.js';
import { gatewayClientId } from './client-ids.js';
import { Connection, type ConnectionOptions } from './connection.js';
import { logGivenUp } from './given-up.js';
import type { SessionKind } from './known-session.js';
import { LastAnswers } from './last-answers.js';
import { CONNECTIONS_MAX, SESSION_EXPIRY_SEC } from './limits.js';
import type { UpstreamLog, UpstreamOptions } from './options.js';
import { isOverOnceSent } from './publish-window.js';
import { AWAY, type Failure, GIVEN_UP } from './reasons.js';
import { Rounds } from './rounds.js';
import { stableHash } from './stable-hash.js';
import { Subscriptions } from './subscriptions.js';
import type { Time } from './time.js';
import { WillRecords } from './will-records.js';
import { type WillPublish, Wills } from './wills.js';

type Request<Op> = Extract<UpstreamRequest, { op: Op }>;

/** On the gateway's own topics. */
interface OwnPublish {
  op: 'own';
  topic: string;
  payload: Uint8Array;
  qos: 0 | 1;
  retain: boolean;
}

/** Whatever goes out on the shared connections. */
type Message = Request<'publish'> | WillPublish | OwnPublish;

export class Aggregating {
  readonly #options: UpstreamOptions;
  readonly #brokers: Brokers;
  readonly #emit: (event: UpstreamEvent) => void;
  readonly #log: UpstreamLog;
  readonly #time: Time;
  readonly #ground: SessionGround;
  readonly #connections: Connection<Message>[] = [];
  /** Of the connections. */
  readonly #sessions: BrokerSession<Message>[] = [];
  readonly #subscriptions: Subscriptions;
  /** By connection: those of one must not wait for another. */
  readonly #wills: Wills[] = [];
  readonly #willRecords: WillRecords;
  /** The devices that are connected, and their wills. */
  readonly #devices = new Map<string, Will | undefined>();
  #available = false;
  readonly #lastAnswers: LastAnswers;
  #hasWarnedOfQos = false;

  constructor(
    options: UpstreamOptions,
    brokers: Brokers,
    emit: (event: UpstreamEvent) => void,
    log: UpstreamLog,
    time: Time,
    ground: SessionGround,
  ) {
    this.#options = options;
    this.#brokers = brokers;
    this.#emit = emit;
    this.#log = log;
    this.#time = time;
    this.#ground = ground;
    this.#lastAnswers = new LastAnswers(time);
    const openLane = (index: number) => this.#connect(index);
    const rounds = new Rounds(ground.journal, stableHash(options.run));
    this.#subscriptions = new Subscriptions(openLane, emit, log, time, rounds);
    this.#willRecords = new WillRecords(ground.journal);
  }

  start(): void {
    for (let index = 0; index < this.#options.connections; index++) this.#addLane(index);
    this.#subscriptions.restore();
    this.#finishFormerLanes();
    for (const will of this.#willRecords.recover()) {
      this.#wills[this.#indexOf(will.client)]?.recover(will);
    }
  }

  /** Tells the world that the gateway is offline, then disconnects. */
  async stop(): Promise<void> {
    this.#subscriptions.stop();
    this.#connections[0]?.publish(this.#state('offline'));
    await this.#lastAnswers.wait(() => this.#connections.some((one) => one.isPublishing));
    for (const wills of this.#wills) wills.stop();
    const farewell = this.#ground.journal.isPersistent ? 'disconnect' : 'disconnect-forget';
    const ends = this.#connections.map(
      (connection) => new Promise<void>((resolve) => connection.end(farewell, resolve)),
    );
    await Promise.all(ends);
  }

  request(request: Exclude<UpstreamRequest, { op: 'accept' | 'hold' | 'give-up' }>): void {
    switch (request.op) {
      case 'publish':
        return this.#publish(request);
      case 'adopt':
        return this.#adopt(request);
      case 'resume':
        return this.#resume(request);
      case 'open':
        return this.#open(request);
      case 'close':
        return this.#close(request);
      case 'set-will':
        return this.#setWill(request);
      case 'subscribe':
        return this.#subscriptions.subscribe(request);
      case 'unsubscribe':
        return this.#subscriptions.unsubscribe(request);
      default:
        request satisfies never;
    }
  }

  /** Returns whether the token is of a message that came on the shared connections. */
  accept({ token }: Request<'accept'>): boolean {
    return this.#sessions.some(({ receipts }) => receipts.accept(token));
  }

  // Devices

  /** Whether the device is connected or has something to come back to. */
  has(client: string): boolean {
    return this.#devices.has(client) || this.#subscriptions.has(client);
  }

  #open({ token, client, cleanSession, will }: Request<'open'>): void {
    if (!this.#connectionOf(client).isUp) {
      this.#emit({ event: 'opened', token, client, ...AWAY });
      return;
    }
    if (cleanSession) this.#subscriptions.forget(client);
    this.#devices.set(client, will);
    this.#emit({ event: 'opened', token, client });
  }

  #resume(request: Request<'resume'>): void {
    const { client, cleanSession, connected, will } = request;
    if (connected) this.#devices.set(client, will);
    if (!cleanSession) this.#subscriptions.resume(request);
  }

  #close({ client, will, forget }: Request<'close'>): void {
    const last = this.#devices.get(client);
    this.#devices.delete(client);
    if (forget) {
      this.#subscriptions.forget(client);
      for (const { receipts } of this.#sessions) receipts.acceptAllOf(client);
    }
    if (will === 'fire' && last !== undefined) this.fireWill(client, last);
  }

  /** Publishes a will as soon as the broker takes it, after a restart if need be. */
  fireWill(client: string, will: Will): void {
    this.#wills[this.#indexOf(client)]?.fire(client, will);
  }

  #setWill({ token, client, will }: Request<'set-will'>): void {
    if (!this.#devices.has(client)) {
      this.#emit({ event: 'will-set', token, client, failure: 'refused' });
      return;
    }
    this.#devices.set(client, will);
    this.#emit({ event: 'will-set', token, client });
  }

  // Messages

  #publish(request: Request<'publish'>): void {
    if (request.ref !== undefined && this.#isUnderWay(request.ref, request)) return;
    const failure = this.#connectionOf(request.client).publish(request);
    if (failure !== undefined || isOverOnceSent(request)) this.#answer(request, failure);
  }

  #adopt({ token, client, ref }: Request<'adopt'>): void {
    const isKnown = this.#sessions.some((session) =>
      session.adopt(ref, (topic) => ({ op: 'publish', token, client, topic, ...FORMER })),
    );
    if (!isKnown) this.#emit({ event: 'published', token, client, ...AWAY });
  }

  /** Whether a message of this name has been published already: its end is told as that of `message`. */
  #isUnderWay(ref: string, message: Message): boolean {
    return this.#sessions.some(({ window }) => window.adopt(ref, message));
  }

  #published(index: number, message: Message, failure?: Failure): void {
    if (message.op === 'publish') this.#answer(message, failure);
    else if (message.op === 'will') this.#wills[index]?.settled(message, failure);
    this.#lastAnswers.look();
  }

  #answer({ token, client, topic }: Request<'publish'>, failure?: Failure): void {
    if (failure === undefined) {
      this.#emit({ event: 'published', token, client });
      return;
    }
    if (failure === GIVEN_UP) logGivenUp(this.#log, 'PUBLISH', client, topic);
    this.#emit({ event: 'published', token, client, ...failure });
  }

  /** A device always publishes on the same connection, which keeps its messages in order. */
  #indexOf(client: string | null): number {
    const pool = this.#options.connections;
    return pool === 1 || client === null ? 0 : stableHash(client) % pool;
  }

  #connectionOf(client: string | null): Connection<Message> {
    const connection = this.#connections[this.#indexOf(client)];
    if (connection === undefined) throw new Error('request() before start()');
    return connection;
  }

  /** On the gateway's own topics, at QoS 0; false: not now. */
  publishOwn(topic: string, payload: Uint8Array, retain: boolean): boolean {
    const message: OwnPublish = { op: 'own', topic, payload, qos: 0, retain };
    return this.#connectionOf(null).publish(message) === undefined;
  }

  // Connections

  #addLane(index: number): void {
    this.#subscriptions.addLane(this.#connect(index));
  }

  /** What is under way, either way, on connections that neither the pool nor a filter needs any more shall come to its end. */
  #finishFormerLanes(): void {
    const { recovered } = this.#ground;
    for (let index = CONNECTIONS_MAX - 1; index >= this.#connections.length; index--) {
      const name = gatewayClientId(this.#options.clientId, index);
      if (!recovered.has('uo', name) && !recovered.has('ui', name)) continue;
      while (this.#connections.length <= index) this.#addLane(this.#connections.length);
    }
  }

  #connect(index: number): Connection<Message> {
    const clientId = gatewayClientId(this.#options.clientId, index);
    const isKnown = this.#ground.recovered.has('ub', clientId);
    const session = new BrokerSession<Message>(clientId, this.#ground, (message, failure) =>
      this.#published(index, message, failure),
    );
    const connection: Connection<Message> = new Connection<Message>(
      this.#connectionOptions(index, session, isKnown),
      {
        up: (kind) => this.#up(index, kind),
        down: (failure, wasUp) => this.#down(index, failure, wasUp),
        message: (packet, receipt) => this.#subscriptions.message(index, packet, receipt),
      },
      this.#time,
    );
    this.#sessions[index] = session;
    this.#connections[index] = connection;
    const carrier = {
      get isUp() {
        return connection.isUp;
      },
      publish: (will: WillPublish) => connection.publish(will),
      adopt: (will: WillPublish) => this.#isUnderWay(will.ref, will),
    };
    this.#wills[index] = new Wills(carrier, this.#willRecords, this.#log, this.#time);
    connection.start();
    return connection;
  }

  #connectionOptions(
    index: number,
    session: BrokerSession<Message>,
    isKnown: boolean,
  ): ConnectionOptions<Message> {
    const { clientId, user, password } = this.#options;
    return {
      identity: {
        clientId: gatewayClientId(clientId, index),
        user,
        password,
        will: index === 0 ? this.#state('offline') : undefined,
        // What an earlier run subscribed to without leaving a record is nobody's.
        cleanStart: !isKnown,
        persistent: true,
        outlivesUs: session.survives,
        sessionExpirySec: SESSION_EXPIRY_SEC,
      },
      session,
      transport: this.#options,
      brokers: this.#brokers,
      refusalMovesOn: true,
    };
  }

  #up(index: number, session: SessionKind): void {
    const connection = this.#connections[index];
    const { name, version } = connection?.broker ?? this.#brokers.current;
    const fields = { broker: name, mqtt: version === 5 ? '5' : '3.1.1', connection: index + 1 };
    this.#log.info({ code: 'BROKER_CONNECTED', ...fields }, `connected to ${name}`);
    if (index === 0) connection?.publish(this.#state('online'));
    this.#subscriptions.up(index, session);
    this.#tellAvailability(name);
    this.#wills[index]?.resume();
    if (connection?.acknowledges === false) this.#warnOfQos(name);
  }

  #warnOfQos(name: string): void {
    if (this.#hasWarnedOfQos) return;
    this.#hasWarnedOfQos = true;
    this.#log.warn(
      { code: 'BROKER_WITHOUT_QOS', broker: name },
      `${name} takes messages at QoS 0 only: what devices are acknowledged was sent, and may still get lost`,
    );
  }

  #down(index: number, { detail }: Failure, wasUp: boolean): void {
    const name = this.#connections[index]?.broker.name ?? this.#brokers.current.name;
    const what = wasUp ? `the connection to ${name} is lost` : `${name} cannot be reached`;
    this.#log.warn(
      { code: 'BROKER_UNREACHABLE', broker: name, connection: index + 1 },
      `${what}: ${detail}; trying again`,
    );
    this.#subscriptions.down(index);
    this.#lastAnswers.look();
    this.#tellAvailability(`${what}: ${detail}`);
  }

  /** Available when no device would find its connection away. */
  #tellAvailability(detail: string): void {
    const pool = this.#connections.slice(0, this.#options.connections);
    const up = pool.every((connection) => connection.isUp);
    if (up === this.#available) return;
    this.#available = up;
    this.#emit({ event: 'availability', up, detail });
  }

  /** Whether the gateway is there: what Zigbee2MQTT users look for. */
  #state(state: 'online' | 'offline'): OwnPublish & { qos: 1 } {
    const topic = `${this.#options.baseTopic}/bridge/state`;
    return { op: 'own', topic, payload: Buffer.from(state), qos: 1, retain: true };
  }
}
