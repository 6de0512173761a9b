/** Messages of devices: acknowledged after the broker has them, and published once. */
import type { Effect, Input } from '../../../../src/core/types.js';
import type { Observer } from '../driver.js';
import type { Facts } from '../facts.js';
import { type Acknowledged, acknowledgedBy } from './acknowledged.js';

interface Published {
  key: string;
  qos: number;
  connection: number;
  /** When the broker had it; undefined: it has not answered. */
  doneAt: number | undefined;
}

export class UplinkChecker implements Observer {
  private readonly byToken = new Map<number, Published>();
  private readonly published = new Map<string, Published>();
  /** What the broker has got at any time. */
  private readonly done = new Set<string>();
  /** The payloads sent under a message id, as `client/QoS/id`, newest last. */
  private readonly sent = new Map<string, string[]>();

  /** Clients that another device has spoken for: they have used each other's message ids. */
  private readonly mistaken = new Set<string>();

  /** `isHonest`: whether the device uses a message id again only when the exchange is over. */
  constructor(
    private readonly facts: Facts,
    private readonly isHonest: (client: string) => boolean,
  ) {}

  onInput(input: Input, now: number): void {
    const { message, client } = this.facts.cause;
    if (message?.type === 'PUBLISH' && client !== undefined) {
      const key = `${client}/${message.qos}/${message.msgId}`;
      if (!Buffer.from(message.data).toString().startsWith(`${client}#`)) this.mistaken.add(client);
      this.sent.set(key, [...(this.sent.get(key) ?? []), keyOf(client, message.data)]);
    }
    if (input.kind !== 'upstream' || input.event.event !== 'published') return;
    const published = this.byToken.get(input.event.token);
    if (published === undefined) return;
    this.byToken.delete(input.event.token);
    if (!input.event.failure) {
      published.doneAt = now;
      this.done.add(published.key);
    } else if (this.published.get(published.key) === published)
      this.published.delete(published.key);
  }

  onEffect(effect: Effect, now: number): void {
    if (effect.kind === 'upstream' && effect.request.op === 'publish') {
      const { client, payload, qos, token } = effect.request;
      if (client !== null && qos > 0)
        this.onPublish(client, keyOf(client, payload), qos, token, now);
    }
    const acknowledged = acknowledgedBy(effect, this.facts);
    if (acknowledged) this.onAcknowledged(acknowledged);
  }

  private onPublish(client: string, key: string, qos: number, token: number, now: number): void {
    const before = this.published.get(key);
    const connection = this.facts.connections.get(client)?.count ?? 0;
    if (before?.connection === connection && this.isStrict(client) && this.isRepeat(before, now)) {
      throw new Error(`${key} is published again at QoS ${qos}`);
    }
    const published = { key, qos, connection, doneAt: undefined };
    this.byToken.set(token, published);
    this.published.set(key, published);
  }

  private isStrict(client: string): boolean {
    return this.isHonest(client) && !this.mistaken.has(client);
  }

  /** Without an answer, at QoS 2, or within the time in which a device repeats (12.5). */
  private isRepeat({ qos, doneAt }: Published, now: number): boolean {
    const { intervalMs, count } = this.facts.config.defaults.retry;
    return qos === 2 || doneAt === undefined || now - doneAt <= intervalMs * (count + 1);
  }

  private onAcknowledged({ client, qos, msgId }: Acknowledged): void {
    const { message } = this.facts.cause;
    if (qos === 1 && message?.type === 'PUBLISH' && !message.dup) {
      throw new Error(
        `${client}: a new message ${msgId} is acknowledged before the broker is asked`,
      );
    }
    const sent = this.sent.get(`${client}/${qos}/${msgId}`) ?? [];
    // Who is not strict may say the same thing again and again.
    const isDone = this.isStrict(client)
      ? this.published.get(sent.at(-1) ?? '')?.doneAt !== undefined
      : sent.some((key) => this.done.has(key));
    if (!isDone) {
      throw new Error(
        `${client}: QoS ${qos} message ${msgId} is acknowledged, and the broker has not got it`,
      );
    }
  }
}

/** Payloads are unique, but the device may be taken for another after it has moved. */
const keyOf = (client: string, data: Uint8Array): string =>
  `${client}: ${Buffer.from(data).toString('latin1')}`;
