/** The broker's side of a crash test: one client that publishes to the devices, one that sees everything. */
import { Socket } from 'node:net';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { qosOf, type Traffic } from './behaviour.js';
import type { Chance } from './chance.js';
import { type Observed, type Published, payloadOf } from './ledger.js';

/** Sessions that outlive the broker's restarts: what is published meanwhile comes afterwards. */
const PERSISTENT: IClientOptions = { clean: false, reconnectPeriod: 50, connectTimeout: 2000 };

export class BrokerSide {
  readonly published: Published[] = [];
  readonly observed: Observed[] = [];
  /** Payloads of all that was observed. */
  readonly seen = new Set<string>();
  private loops: Promise<unknown> = Promise.resolve();
  private isClosed = false;
  private readonly serials = new Map<string, number>();

  private constructor(
    private readonly publisher: MqttClient,
    private readonly observer: MqttClient,
  ) {
    observer.on('message', (topic, octets) => {
      const payload = octets.toString();
      this.observed.push({ topic, payload, at: performance.now() });
      this.seen.add(payload);
    });
    for (const client of [publisher, observer]) {
      client.on('connect', () => withoutDelay(client));
      withoutDelay(client);
      // The broker is away now and then; they come back by themselves.
      client.on('error', () => {});
    }
  }

  static async at(url: string): Promise<BrokerSide> {
    const [publisher, observer] = await Promise.all([
      connectAsync(url, { ...PERSISTENT, clientId: 'publisher' }),
      connectAsync(url, { ...PERSISTENT, clientId: 'observer' }),
    ]);
    const side = new BrokerSide(publisher, observer);
    await side.subscribe();
    return side;
  }

  /** Resolves when the broker knows what the observer wants to see. */
  async subscribe(): Promise<void> {
    await this.observer.subscribeAsync(['up/#', 'down/#', 'will/#'], { qos: 2 });
  }

  /** Whether everything published is acknowledged. */
  get isSettled(): boolean {
    return this.published.every(({ ackedAt }) => ackedAt !== undefined);
  }

  /** Publishes on these topics, on each the next message when the one before is acknowledged. */
  start(topics: readonly string[], traffic: Traffic, chance: Chance): void {
    this.loops = Promise.all(
      topics.map(async (topic) => {
        const own = chance.branch(topic);
        while (!this.isClosed) {
          if (traffic.state === 'flowing') await this.publish(topic).catch(this.onlyWhenClosed);
          await pause(own.integer(50, 300));
        }
      }),
    );
  }

  /** The next message on this topic; resolves when the broker has taken it. */
  async publish(topic: string): Promise<string> {
    const serial = (this.serials.get(topic) ?? 0) + 1;
    this.serials.set(topic, serial);
    const payload = payloadOf(topic, serial);
    const qos = qosOf(topic);
    const entry: Published = { payload, qos, at: performance.now() };
    this.published.push(entry);
    await this.publisher.publishAsync(topic, payload, { qos });
    entry.ackedAt = performance.now();
    return payload;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all([this.publisher.endAsync(true), this.observer.endAsync(true)]);
    await this.loops;
  }

  private readonly onlyWhenClosed = (error: unknown): void => {
    if (!this.isClosed) throw error;
  };
}

/** Its messages must not wait for the TCP acknowledgements of earlier ones. */
function withoutDelay({ stream }: MqttClient): void {
  if (stream instanceof Socket) stream.setNoDelay(true);
}

const pause = (durationMs: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, durationMs));
