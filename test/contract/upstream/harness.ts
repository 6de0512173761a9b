/** A scripted core: sends requests to an upstream and waits for events. */
import { randomUUID } from 'node:crypto';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import type { MqttQos, UpstreamEvent, UpstreamRequest, Will } from '../../../src/core/types.js';
import {
  createUpstream,
  type Time,
  type Upstream,
  type UpstreamOptions,
} from '../../../src/upstream/index.js';
import type { Journal } from '../../../src/store/journal.js';
import { TestJournal } from '../../support/journal.js';
import { PATIENCE_MS, until } from '../../support/wait.js';

type Resume = Extract<UpstreamRequest, { op: 'resume' }>;
type Event<Name> = Extract<UpstreamEvent, { event: Name }>;

export const text = (octets: Uint8Array): string => Buffer.from(octets).toString();

export const will = (topic: string, payload = 'gone', qos: MqttQos = 1): Will => ({
  topic,
  payload: Buffer.from(payload),
  qos,
  retain: false,
});

/** Time that runs some times as fast: what takes a while in life takes none in a test. */
const timesAsFast = (factor: number): Time => ({
  nowMs: () => performance.now() * factor,
  random: Math.random,
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs / factor);
    return { cancel: () => clearTimeout(timer) };
  },
});

export const hurried = timesAsFast(50);

/** The grace time is long enough for a real broker to start again on a busy machine. */
export const brisk = timesAsFast(5);

export const KEEPALIVE_SEC = 60;

const DEFAULTS: Omit<UpstreamOptions, 'onRoundTrip' | 'run'> = {
  servers: [],
  version: 5,
  clientId: 'gateway',
  clientIdPrefix: '',
  connections: 1,
  keepaliveSec: KEEPALIVE_SEC,
  maxQos: 2,
  maxInflight: 20,
  baseTopic: 'mqttsn/gateway',
  deviceOf: () => ({ mode: 'aggregating' }),
};

export class ScriptedCore {
  readonly events: UpstreamEvent[] = [];
  readonly log: string[] = [];
  readonly upstream: Upstream;
  /** Whether a message is accepted as soon as it comes. */
  accepts: (message: Event<'message'>) => boolean = () => true;
  readonly roundTrips: number[] = [];
  /** What the core does about an event, while it is told. */
  reacts: (event: UpstreamEvent) => void = () => undefined;
  #token = 0;

  constructor(
    options: Partial<UpstreamOptions>,
    time?: Time,
    journal: Journal = TestJournal.memory(),
  ) {
    const write = (fields: object, message: string) =>
      this.log.push(`${message} ${JSON.stringify(fields)}`);
    this.upstream = createUpstream(
      {
        ...DEFAULTS,
        run: randomUUID(),
        ...options,
        onRoundTrip: (ms) => this.roundTrips.push(ms),
      },
      (event) => this.#hear(event),
      { debug: write, info: write, warn: write, error: write },
      journal,
      time,
    );
  }

  #hear(event: UpstreamEvent): void {
    this.events.push(event);
    if (event.event === 'message' && event.token !== 0 && this.accepts(event)) this.accept(event);
    this.reacts(event);
  }

  /** The token of the latest request. */
  get lastToken(): number {
    return this.#token;
  }

  accept({ token, client }: Event<'message'>): void {
    this.upstream.request({ op: 'accept', token, client });
  }

  /** Accepts what came for the client so far. */
  acceptAll(client: string): void {
    for (const event of this.events) {
      if (event.event === 'message' && event.client === client) this.accept(event);
    }
  }

  /** As after a restart, with these subscriptions. */
  resume(
    client: string,
    filters: Readonly<Record<string, MqttQos>> = {},
    { will, cleanSession = false, connected = true }: Partial<Resume> = {},
  ): void {
    const subscriptions = Object.entries(filters).map(([filter, qos]) => ({ filter, qos }));
    const request = { op: 'resume', client, cleanSession, connected, subscriptions } as const;
    this.upstream.request(will === undefined ? request : { ...request, will });
  }

  /** Asks for the end of a message of an earlier run. Returns the token. */
  adopt(client: string | null, ref: string, isHeld = false): number {
    const token = ++this.#token;
    const held = isHeld ? { isHeld } : {};
    this.upstream.request({ op: 'adopt', token, client, ref, ...held });
    return token;
  }

  /** Publishes at QoS 2 under a name, `isHeld` from the outbox. Returns the token. */
  sendOnce(
    client: string | null,
    topic: string,
    payload: string,
    ref: string,
    isHeld = false,
  ): number {
    const token = ++this.#token;
    const octets = new TextEncoder().encode(payload);
    const message = { client, topic, payload: octets, qos: 2, retain: false } as const;
    const held = isHeld ? { isHeld } : {};
    this.upstream.request({ op: 'publish', token, ref, ...message, ...held });
    return token;
  }

  /** Started, and connected. */
  static async connected(
    options: Partial<UpstreamOptions>,
    time?: Time,
    journal?: Journal,
  ): Promise<ScriptedCore> {
    const core = new ScriptedCore(options, time, journal);
    await core.upstream.start();
    await core.available(true);
    return core;
  }

  stop(): Promise<void> {
    return this.upstream.stop();
  }

  async available(up: boolean): Promise<void> {
    const states = () => this.events.filter((event) => event.event === 'availability');
    await until(() => states().at(-1)?.up === up, PATIENCE_MS, `availability ${up}`);
  }

  /** For messages of a client that is not there. */
  async sendCourier(client: string): Promise<Event<'opened'>> {
    const token = ++this.#token;
    this.upstream.request({ op: 'open', token, client, cleanSession: false, isCourier: true });
    return this.answer('opened', token);
  }

  async open(client: string, cleanSession = true, will?: Will): Promise<Event<'opened'>> {
    const token = ++this.#token;
    const request: UpstreamRequest = { op: 'open', token, client, cleanSession };
    if (will !== undefined) request.will = will;
    this.upstream.request(request);
    return this.answer('opened', token);
  }

  close(client: string, will: 'fire' | 'discard', forget = false): void {
    this.upstream.request({ op: 'close', client, will, forget });
  }

  async setWill(client: string, will?: Will): Promise<Event<'will-set'>> {
    const token = ++this.#token;
    const request: UpstreamRequest = { op: 'set-will', token, client };
    if (will !== undefined) request.will = will;
    this.upstream.request(request);
    return this.answer('will-set', token);
  }

  /** Returns the token; `published` waits for the answer. */
  send(
    client: string | null,
    topic: string,
    payload: string,
    qos: MqttQos,
    retain = false,
  ): number {
    const token = ++this.#token;
    const octets = new TextEncoder().encode(payload);
    this.upstream.request({ op: 'publish', token, client, topic, payload: octets, qos, retain });
    return token;
  }

  published(token: number): Promise<Event<'published'>> {
    return this.answer('published', token);
  }

  async subscribe(client: string, filter: string, qos: MqttQos): Promise<Event<'subscribed'>> {
    const token = ++this.#token;
    this.upstream.request({ op: 'subscribe', token, client, filter, qos });
    return this.answer('subscribed', token);
  }

  async unsubscribe(client: string, filter: string): Promise<void> {
    const token = ++this.#token;
    this.upstream.request({ op: 'unsubscribe', token, client, filter });
    await this.answer('unsubscribed', token);
  }

  answers(name: string, token: number): UpstreamEvent[] {
    return this.events.filter(
      (event) => event.event === name && 'token' in event && event.token === token,
    );
  }

  async answer<Name extends UpstreamEvent['event']>(
    name: Name,
    token: number,
  ): Promise<Event<Name>> {
    const found = await until(
      () => this.answers(name, token)[0],
      PATIENCE_MS,
      `${name} ${token}\n${this.log.join('\n')}`,
    );
    return found as Event<Name>;
  }

  /** Waits until the client's session is gone for good. */
  async closed(client: string): Promise<void> {
    const found = () =>
      this.events.some((event) => event.event === 'closed' && event.client === client);
    await until(found, PATIENCE_MS, `closed ${client}`);
  }

  /** Messages for a client, as `topic payload qos` with `retained` behind it. */
  messages(client: string): string[] {
    return this.events
      .filter((event) => event.event === 'message' && event.client === client)
      .map((event) => {
        const { topic, payload, qos, retain } = event as Event<'message'>;
        return `${topic} ${text(payload)} ${qos}${retain ? ' retained' : ''}`;
      });
  }

  /** Waits until exactly these messages came, in any order. */
  async got(client: string, expected: string[]): Promise<void> {
    const same = () =>
      JSON.stringify([...this.messages(client)].sort()) === JSON.stringify([...expected].sort());
    await until(same, PATIENCE_MS, `${client} to get ${expected.join(', ')}`).catch(
      (error: Error) => {
        throw new Error(`${error.message}; it got ${this.messages(client).join(', ')}`);
      },
    );
  }
}

/** An ordinary MQTT client that watches and publishes. */
export class Witness {
  readonly seen: string[] = [];

  private constructor(readonly client: MqttClient) {
    client.on('message', (topic, payload, packet) => {
      this.seen.push(
        `${topic} ${payload.toString()} ${packet.qos}${packet.retain ? ' retained' : ''}`,
      );
    });
  }

  static async at(url: string, ...filters: string[]): Promise<Witness> {
    const witness = await Witness.as(url, {});
    if (filters.length > 0) await witness.client.subscribeAsync(filters, { qos: 2 });
    return witness;
  }

  /** With these options, and no subscriptions. */
  static async as(url: string, options: IClientOptions): Promise<Witness> {
    return new Witness(await connectAsync(url, { reconnectPeriod: 0, ...options }));
  }

  async publish(topic: string, payload: string, qos: MqttQos = 1, retain = false): Promise<void> {
    await this.client.publishAsync(topic, payload, { qos, retain });
  }

  async saw(...expected: string[]): Promise<void> {
    const all = () => expected.every((line) => this.seen.includes(line));
    await until(all, PATIENCE_MS, expected.join(', ')).catch((error: Error) => {
      throw new Error(`${error.message}; saw ${this.seen.join(', ')}`);
    });
  }

  count(line: string): number {
    return this.seen.filter((other) => other === line).length;
  }

  end(): Promise<void> {
    return this.client.endAsync(true);
  }
}
