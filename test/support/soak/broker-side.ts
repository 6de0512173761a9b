/** The broker's side of a soak test: one client that publishes to devices, one that sees what they publish. */
import { Socket } from 'node:net';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { qosOf } from './topics.js';

/** Sessions that outlive the broker's restarts. */
const PERSISTENT: IClientOptions = { clean: false, reconnectPeriod: 50, connectTimeout: 2000 };
/** Beyond it the broker does not keep up, and more would only measure that. */
const UNACKNOWLEDGED_MAX = 2000;
/** For retained messages to come after SUBACK; they come at once. */
const RETAINED_PATIENCE_MS = 300;

export class SoakBrokerSide {
  private unacknowledged = 0;

  private constructor(
    private readonly url: string,
    private readonly publisher: MqttClient,
    private readonly observer: MqttClient,
  ) {
    for (const client of [publisher, observer]) {
      client.on('connect', () => withoutDelay(client));
      withoutDelay(client);
      // The broker is away now and then; they come back by themselves.
      client.on('error', () => {});
    }
  }

  /** Resolves when the broker knows what the observer wants to see: every message of devices and every will. */
  static async at(url: string): Promise<SoakBrokerSide> {
    const [publisher, observer] = await Promise.all([
      connectAsync(url, { ...PERSISTENT, clientId: 'publisher' }),
      connectAsync(url, { ...PERSISTENT, clientId: 'observer' }),
    ]);
    await observer.subscribeAsync(['up/#', 'will/#'], { qos: 2 });
    return new SoakBrokerSide(url, publisher, observer);
  }

  /** To be called before there is anything to see. */
  watch(see: (topic: string, payload: string) => void): void {
    this.observer.on('message', (topic, octets, { retain }) => {
      if (!retain) see(topic, octets.toString());
    });
  }

  /** Whether it makes sense to publish: the broker is there and keeps up. */
  get isFree(): boolean {
    return this.publisher.connected && this.unacknowledged < UNACKNOWLEDGED_MAX;
  }

  get isSettled(): boolean {
    return this.unacknowledged === 0;
  }

  /** `acknowledged` is called once the broker has the message. */
  publish(topic: string, payload: string, acknowledged: () => void): void {
    this.unacknowledged += 1;
    this.publisher.publish(topic, payload, { qos: qosOf(topic) }, (error) => {
      this.unacknowledged -= 1;
      if (error === null || error === undefined) acknowledged();
    });
  }

  /** What the broker has retained of the devices, by topic. */
  async retained(): Promise<Map<string, string>> {
    const client = await connectAsync(this.url, { clientId: 'late-comer' });
    const found = new Map<string, string>();
    client.on('message', (topic, octets) => void found.set(topic, octets.toString()));
    await client.subscribeAsync('up/+/r1', { qos: 1 });
    for (let before = -1; before < found.size; ) {
      before = found.size;
      await new Promise((resolve) => setTimeout(resolve, RETAINED_PATIENCE_MS));
    }
    await client.endAsync();
    return found;
  }

  async close(): Promise<void> {
    await Promise.all([this.publisher.endAsync(true), this.observer.endAsync(true)]);
  }
}

/** Its messages must not wait for the TCP acknowledgements of earlier ones. */
function withoutDelay({ stream }: MqttClient): void {
  if (stream instanceof Socket) stream.setNoDelay(true);
}
