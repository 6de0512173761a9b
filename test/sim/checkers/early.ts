/** What comes for a device before SUBACK, or while that is on its way: owed as soon as the device hears it. */
import { topicText } from '../../../firmware-sim/devices/text.js';
import { decode } from '../../../firmware-sim/sn/decode.js';
import { CODE, type SnMessage } from '../../../firmware-sim/sn/messages.js';
import { sharedFilter, topicMatches } from '../broker/topics.js';

type Suback = Extract<SnMessage, { type: 'SUBACK' }>;

/** A refusal is told to nobody who is not connected. */
const ENDS_ASKING: ReadonlySet<string> = new Set(['UNSUBSCRIBE', 'CONNECT', 'DISCONNECT']);

export class EarlyLedger {
  private early: { device: string; text: string; topic: string }[] = [];
  /** Who has asked to subscribe, and has not heard: filters by message id. What comes once more, or later, is no answer. */
  private readonly asking = new Map<string, Map<number, string>>();
  /** Filters that this life has been asked for: one that was killed has forgotten what it had not answered. */
  private readonly reached = new Set<string>();
  /** Since when the broker has them for this life. */
  private readonly made = new Map<string, number>();

  said(device: string, message: SnMessage): void {
    if (message.type === 'SUBSCRIBE') {
      const asked = this.asking.get(device) ?? new Map<number, string>();
      this.asking.set(device, asked.set(message.messageId, topicText(message.topic)));
    } else if (ENDS_ASKING.has(message.type)) {
      this.forget(device);
      this.asking.delete(device);
    }
  }

  /** The gateway is told. */
  comes(data: Uint8Array): void {
    const message = decode(data);
    if (message?.type === 'SUBSCRIBE') this.reached.add(topicText(message.topic));
  }

  /** The broker has it. */
  subscribed(filter: string, now: number): void {
    if (this.reached.has(filter) && !this.made.has(filter)) this.made.set(filter, now);
  }

  /** It answers. Its refusal may be lost on its way: what comes before the device asks again is for nobody. */
  told(data: Uint8Array): void {
    const message = decode(data);
    if (message?.type !== 'SUBACK' || message.code === CODE.accepted) return;
    for (const [device, asked] of this.asking) {
      const filter = asked.get(message.messageId);
      if (filter === undefined) continue;
      asked.delete(message.messageId);
      this.reached.delete(filter);
      this.made.delete(filter);
      this.forget(device);
    }
  }

  /** Its process is over. */
  ended(): void {
    this.early = [];
    this.reached.clear();
    this.made.clear();
  }

  /** Whether the device has asked for what the broker has sent then. */
  isAsked(device: string, topic: string, sentAt: number): boolean {
    return this.filters(device).some(
      (one) => (this.made.get(one) ?? Number.POSITIVE_INFINITY) <= sentAt && isMatching(one, topic),
    );
  }

  /** The gateway has acknowledged it to the broker. */
  acknowledged(device: string, text: string, topic: string): void {
    this.early.push({ device, text, topic });
  }

  /** The device hears it: returns what has come for that filter; undefined: it is no answer. */
  heard(device: string, { messageId }: Suback): string[] | undefined {
    const asked = this.asking.get(device);
    const filter = asked?.get(messageId);
    if (asked === undefined || filter === undefined) return undefined;
    for (const [id, one] of asked) if (one === filter) asked.delete(id);
    const mine = this.early.filter((one) => one.device === device);
    const others = this.filters(device);
    this.forget(device);
    this.early.push(
      ...mine.filter(({ topic }) => others.some((other) => isMatching(other, topic))),
    );
    return mine.flatMap(({ topic, text }) => (isMatching(filter, topic) ? [text] : []));
  }

  private filters(device: string): string[] {
    return [...(this.asking.get(device)?.values() ?? [])];
  }

  private forget(device: string): void {
    this.early = this.early.filter((one) => one.device !== device);
  }
}

/** What a predefined topic id stands for the configuration says. */
const isMatching = (filter: string, topic: string): boolean =>
  filter.startsWith('id ') || topicMatches(sharedFilter(filter) ?? filter, topic);
