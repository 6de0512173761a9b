/**
 * Many devices on the gateway's own MQTT connection, or on a few of them. Sessions, subscriptions and
 * wills end here; the broker sees the gateway alone. The first connection always exists: QoS -1, the
 * gateway's status and the question whether the broker is there depend on it.
 */
import type { UpstreamEvent, UpstreamRequest, Will } from '../core/types.js';
import type { Brokers } from './brokers.js';
import { gatewayClientId } from './client-ids.js';
import { Connection, type ConnectionOptions } from './connection.js';
import { logGivenUp } from './given-up.js';
import { LastAnswers } from './last-answers.js';
import { SESSION_EXPIRY_SEC } from './limits.js';
import type { UpstreamLog, UpstreamOptions } from './options.js';
import { AWAY, type Failure, GIVEN_UP } from './reasons.js';
import { stableHash } from './stable-hash.js';
import { Subscriptions } from './subscriptions.js';
import type { Time } from './time.js';
import { type WillPublish, Wills } from './wills.js';

type Request<Op> = Extract<UpstreamRequest, { op: Op }>;

interface StatusPublish {
  op: 'status';
  topic: string;
  payload: Uint8Array;
  qos: 1;
  retain: true;
}

/** Whatever goes out on the shared connections. */
type Message = Request<'publish'> | WillPublish | StatusPublish;

export class Aggregating {
  readonly #options: UpstreamOptions;
  readonly #brokers: Brokers;
  readonly #emit: (event: UpstreamEvent) => void;
  readonly #log: UpstreamLog;
  readonly #time: Time;
  readonly #connections: Connection<Message>[] = [];
  readonly #subscriptions: Subscriptions;
  /** By connection: those of one must not wait for another. */
  readonly #wills: Wills[] = [];
  /** The wills of open sessions. */
  readonly #sessions = new Map<string, Will | undefined>();
  #available = false;
  readonly #lastAnswers: LastAnswers;
  #hasWarnedOfQos = false;

  constructor(
    options: UpstreamOptions,
    brokers: Brokers,
    emit: (event: UpstreamEvent) => void,
    log: UpstreamLog,
    time: Time,
  ) {
    this.#options = options;
    this.#brokers = brokers;
    this.#emit = emit;
    this.#log = log;
    this.#time = time;
    this.#lastAnswers = new LastAnswers(time);
    this.#subscriptions = new Subscriptions((index) => this.#connect(index), emit, log, time);
  }

  start(): void {
    for (let index = 0; index < this.#options.connections; index++) {
      this.#subscriptions.addLane(this.#connect(index));
    }
  }

  /** Tells the world that the gateway is offline, then disconnects. */
  async stop(): Promise<void> {
    this.#subscriptions.stop();
    this.#connections[0]?.publish(this.#status('offline'));
    await this.#lastAnswers.wait(() => this.#connections.some((one) => one.isPublishing));
    for (const wills of this.#wills) wills.stop();
    const ends = this.#connections.map(
      (connection) => new Promise<void>((resolve) => connection.end('disconnect-forget', resolve)),
    );
    await Promise.all(ends);
  }

  request(request: UpstreamRequest): void {
    switch (request.op) {
      case 'publish':
        return this.#publish(request);
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

  // Sessions

  /** Whether the device is connected or has something to come back to. */
  has(client: string): boolean {
    return this.#sessions.has(client) || this.#subscriptions.has(client);
  }

  #open({ token, client, cleanSession, will }: Request<'open'>): void {
    if (!this.#connectionOf(client).isUp) {
      this.#emit({ event: 'opened', token, client, ...AWAY });
      return;
    }
    if (cleanSession) this.#subscriptions.forget(client);
    this.#sessions.set(client, will);
    this.#emit({ event: 'opened', token, client });
  }

  #close({ client, will, forget }: Request<'close'>): void {
    const last = this.#sessions.get(client);
    this.#sessions.delete(client);
    if (forget) this.#subscriptions.forget(client);
    if (will === 'fire' && last !== undefined)
      this.#wills[this.#indexOf(client)]?.fire(client, last);
  }

  #setWill({ token, client, will }: Request<'set-will'>): void {
    if (!this.#sessions.has(client)) {
      this.#emit({ event: 'will-set', token, client, failure: 'refused' });
      return;
    }
    this.#sessions.set(client, will);
    this.#emit({ event: 'will-set', token, client });
  }

  // Messages

  #publish(request: Request<'publish'>): void {
    const failure = this.#connectionOf(request.client).publish(request);
    if (failure !== undefined) this.#answer(request, failure);
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

  // Connections

  #connect(index: number): Connection<Message> {
    const connection: Connection<Message> = new Connection<Message>(
      this.#connectionOptions(index),
      {
        up: (sessionPresent) => this.#up(index, sessionPresent),
        down: (failure, wasUp) => this.#down(index, failure, wasUp),
        published: (message, failure) => this.#published(index, message, failure),
        message: (packet) => this.#subscriptions.message(index, packet),
      },
      this.#time,
    );
    this.#connections[index] = connection;
    this.#wills[index] = new Wills(connection, this.#log, this.#time);
    connection.start();
    return connection;
  }

  #connectionOptions(index: number): ConnectionOptions {
    const { clientId, user, password } = this.#options;
    return {
      identity: {
        clientId: gatewayClientId(clientId, index),
        user,
        password,
        will: index === 0 ? this.#status('offline') : undefined,
        // What an earlier run subscribed to is nobody's any more.
        cleanStart: true,
        persistent: true,
        sessionExpirySec: SESSION_EXPIRY_SEC,
      },
      transport: this.#options,
      brokers: this.#brokers,
      refusalMovesOn: true,
    };
  }

  #up(index: number, sessionPresent: boolean): void {
    const connection = this.#connections[index];
    const { name, version } = connection?.broker ?? this.#brokers.current;
    const fields = { broker: name, mqtt: version === 5 ? '5' : '3.1.1', connection: index + 1 };
    this.#log.info({ code: 'BROKER_CONNECTED', ...fields }, `connected to ${name}`);
    if (index === 0) connection?.publish(this.#status('online'));
    this.#subscriptions.up(index, sessionPresent);
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

  // The gateway's own status topic

  #status(status: 'online' | 'offline'): StatusPublish {
    const topic = `${this.#options.baseTopic}/status`;
    return { op: 'status', topic, payload: Buffer.from(status), qos: 1, retain: true };
  }
}
