import mqtt, { type MqttClient } from 'mqtt';
import type { PublishFields, WillFields } from './types.js';
import { octets } from './frame.js';

/** Where the scenarios have their wills. */
const WILLS = 'will/#';

/** An ordinary MQTT client at the broker: publishes what devices should get, and sees wills. */
export class Observer {
  /** Wills that were published and nobody has taken yet. */
  readonly wills: WillFields[] = [];
  private readonly retained = new Set<string>();
  private client: MqttClient | undefined;

  constructor(
    private readonly port: number,
    private readonly tell: () => void,
  ) {}

  async start(): Promise<void> {
    // Version 5, for `rap`: the retain flag as it was published.
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${this.port}`, { protocolVersion: 5 });
    this.client = client;
    client.on('message', (topic, payload, { qos, retain }) => {
      if (retain) this.retained.add(topic);
      if (payload.length === 0) return;
      this.wills.push({ topic, payload: payload.toString('hex'), qos, retain });
      this.tell();
    });
    await client.subscribeAsync(WILLS, { qos: 2, rap: true });
  }

  async publish({ topic, payload, qos, retain = false }: PublishFields): Promise<void> {
    if (retain) this.retained.add(topic);
    await this.client?.publishAsync(topic, Buffer.from(octets(payload)), { qos, retain });
  }

  /** Removes retained messages and forgets what it saw. */
  async clear(): Promise<void> {
    for (const topic of this.retained) {
      await this.client?.publishAsync(topic, '', { qos: 1, retain: true });
    }
    this.retained.clear();
    this.wills.length = 0;
  }

  /** Makes the broker forget a client's session. */
  async removeSession(clientId: string): Promise<void> {
    const options = { protocolVersion: 4, clientId, clean: true } as const;
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${this.port}`, options);
    await client.endAsync();
  }

  async stop(): Promise<void> {
    await this.client?.endAsync(true);
  }
}
