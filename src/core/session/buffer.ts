/**
 * The messages owed to one device, in order: its sleep buffer, and the queue of a device that is slow.
 * Bounded by count, octets and age. What has to go is decided by the device's policy, QoS 0 first;
 * a message whose delivery has begun stays.
 */
import type { DeviceSettings } from '../config.js';
import { messageBytes } from '../message-bytes.js';
import type { MessageDrop, Instant, MqttQos } from '../types.js';

export interface Downlink {
  /** Its number in the journal. */
  readonly serial: number;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: MqttQos;
  readonly retain: boolean;
  readonly arrivedAt: Instant;
  /** Under which the broker waits for its acknowledgement; 0: it does not, or not any more. */
  token: number;
  /** Kept over wake-ups, reconnects and restarts: the device recognises repeats by it. */
  msgId: number | undefined;
  /** The journal has it with this message id, or has no part in it: it may be sent. */
  ready: boolean;
  /** Its delivery has begun. */
  begun: boolean;
  /** It has been sent before, or may have been before a restart: DUP. */
  repeated: boolean;
  /** QoS 2: the device has it (PUBREC came), only the release is open. */
  received: boolean;
  /** The one repair of an unknown topic id has been tried. */
  repaired: boolean;
}

export interface Dropped {
  message: Downlink;
  reason: MessageDrop;
}

const NOTHING: readonly Dropped[] = [];

export class SleepBuffer {
  private messages: Downlink[] = [];
  /** Index of the head; the array is compacted now and then instead of at each shift. */
  private first = 0;
  private octets = 0;

  get length(): number {
    return this.messages.length - this.first;
  }

  /** Of all messages, as the limits count them. */
  get bytes(): number {
    return this.octets;
  }

  head(): Downlink | undefined {
    return this.messages[this.first];
  }

  /** Adds a message and returns what had to go for it, possibly the message itself. */
  push(message: Downlink, limits: DeviceSettings['sleep'], now: Instant): readonly Dropped[] {
    const dropped: Dropped[] = this.length > 0 ? [...this.expire(limits.ageMs, now)] : [];
    if (limits.policy === 'newest-per-topic') this.replaceTopic(message.topic, dropped);
    this.messages.push(message);
    this.octets += messageBytes(message);
    while (this.length > limits.messages || this.octets > limits.bytes) {
      const at = this.victim(limits.policy);
      if (at === undefined) break;
      this.remove(at, 'buffer-full', dropped);
    }
    return dropped.length === 0 ? NOTHING : dropped;
  }

  /** A message of an earlier run; it had its place then, and keeps it. */
  restore(message: Downlink): void {
    this.messages.push(message);
    this.octets += messageBytes(message);
  }

  *[Symbol.iterator](): IterableIterator<Downlink> {
    for (let at = this.first; at < this.messages.length; at++) yield this.messages[at] as Downlink;
  }

  /** Removes the head: delivered or given up. */
  shift(): Downlink | undefined {
    const message = this.messages[this.first];
    if (message === undefined) return undefined;
    this.octets -= messageBytes(message);
    this.first++;
    if (this.first === this.messages.length) {
      this.messages = [];
      this.first = 0;
    } else if (this.first > 32 && this.first * 2 > this.messages.length) {
      this.messages = this.messages.slice(this.first);
      this.first = 0;
    }
    return message;
  }

  /** Takes out what is older than `ageMs`. */
  expire(ageMs: number, now: Instant): readonly Dropped[] {
    const dropped: Dropped[] = [];
    for (let at = this.first; at < this.messages.length; ) {
      const message = this.messages[at] as Downlink;
      if (now - message.arrivedAt < ageMs) break;
      if (!message.begun) this.remove(at, 'expired', dropped);
      else at++;
    }
    return dropped;
  }

  /** Takes out what `which` says, also where its delivery has begun. */
  removeWhere(which: (message: Downlink) => boolean, reason: MessageDrop): readonly Dropped[] {
    const dropped: Dropped[] = [];
    for (let at = this.first; at < this.messages.length; ) {
      if (which(this.messages[at] as Downlink)) this.remove(at, reason, dropped);
      else at++;
    }
    return dropped;
  }

  clear(reason: MessageDrop): readonly Dropped[] {
    const dropped = this.messages.slice(this.first).map((message) => ({ message, reason }));
    this.messages = [];
    this.first = 0;
    this.octets = 0;
    return dropped;
  }

  private replaceTopic(topic: string, dropped: Dropped[]): void {
    for (let at = this.first; at < this.messages.length; ) {
      const queued = this.messages[at] as Downlink;
      if (queued.topic === topic && !queued.begun) this.remove(at, 'replaced-by-newer', dropped);
      else at++;
    }
  }

  /** Whom a full buffer loses: a QoS 0 message if there is one, the oldest or by policy the newest. */
  private victim(policy: DeviceSettings['sleep']['policy']): number | undefined {
    const best: { lowly?: number; other?: number } = {};
    for (let at = this.first; at < this.messages.length; at++) {
      const message = this.messages[at] as Downlink;
      if (message.begun) continue;
      const kind = message.qos === 0 ? 'lowly' : 'other';
      if (policy === 'drop-newest' || best[kind] === undefined) best[kind] = at;
    }
    return best.lowly ?? best.other;
  }

  private remove(at: number, reason: MessageDrop, dropped: Dropped[]): void {
    const [message] = this.messages.splice(at, 1);
    if (message === undefined) return;
    this.octets -= messageBytes(message);
    dropped.push({ message, reason });
  }
}
