/**
 * What changes with each message of a device: when it was heard, and its latest messages. That of all devices lies in one piece
 * of memory: a device costs a line or two of the processor's cache then, and as objects of its own it would cost ten.
 */
import type { MqttQos } from '../../core/types.js';

const MESSAGES_MAX = 10;

/** Octets of a payload that are kept. */
const PAYLOAD_BYTES_MAX = 64;

/** How a message lies there: when it passed, the octets of its whole payload, flags; then the payload's beginning. */
const TIME_AT = 0;
const BYTES_AT = 8;
const FLAGS_AT = 12;
const PAYLOAD_AT = 16;
const MESSAGE_BYTES = PAYLOAD_AT + PAYLOAD_BYTES_MAX;

const DOWN = 1;
const RETAINED = 2;
const QOS_SHIFT = 2;

/** One that has passed. */
export interface PassedMessage {
  /** Milliseconds since 1970. */
  atMs: number;
  /** `up`: given to the broker. `down`: come from the broker. */
  direction: 'up' | 'down';
  topic: string;
  qos: MqttQos;
  retain: boolean;
  /** Its beginning. */
  payload: Uint8Array;
  /** Of the whole payload. */
  bytes: number;
}

/** Each device has a place, which is a number. */
export class Tracks {
  private readonly octets: Uint8Array;
  private readonly view: DataView;
  /** By message, as far as places have been taken: for all of them it would be 800 kB of heap at once. */
  private readonly topics: string[] = [];
  /** By place: how many messages are kept, and which is overwritten next. */
  private readonly counts: Uint8Array;
  private readonly next: Uint8Array;
  private readonly heard: Float64Array;
  private readonly free: number[] = [];
  private taken = 0;

  /** @param devices so many places there are */
  constructor(private readonly devices: number) {
    const memory = new ArrayBuffer(devices * MESSAGES_MAX * MESSAGE_BYTES);
    this.octets = new Uint8Array(memory);
    this.view = new DataView(memory);
    this.counts = new Uint8Array(devices);
    this.next = new Uint8Array(devices);
    this.heard = new Float64Array(devices);
  }

  /** A place with nothing in it; undefined: all are taken. */
  take(): number | undefined {
    const place = this.free.pop() ?? this.another();
    if (place === undefined) return undefined;
    this.counts[place] = 0;
    this.next[place] = 0;
    this.heard[place] = Number.NEGATIVE_INFINITY;
    return place;
  }

  release(place: number): void {
    const first = place * MESSAGES_MAX;
    this.topics.fill('', first, first + MESSAGES_MAX);
    this.free.push(place);
  }

  /** One that nobody has had. */
  private another(): number | undefined {
    if (this.taken === this.devices) return undefined;
    for (let message = 0; message < MESSAGES_MAX; message++) this.topics.push('');
    return this.taken++;
  }

  /** When its latest frame came; never: -Infinity. */
  heardAtMs(place: number): number {
    return this.heard[place] as number;
  }

  onHeard(place: number, atMs: number): void {
    this.heard[place] = atMs;
  }

  /** A copy: the payload may be a view of a receive buffer that is used again. */
  addMessage(
    place: number,
    atMs: number,
    direction: PassedMessage['direction'],
    { topic, payload, qos, retain }: Pick<PassedMessage, 'topic' | 'payload' | 'qos' | 'retain'>,
  ): void {
    const { octets, view } = this;
    const next = this.next[place] as number;
    const count = this.counts[place] as number;
    this.next[place] = (next + 1) % MESSAGES_MAX;
    if (count < MESSAGES_MAX) this.counts[place] = count + 1;
    const number = place * MESSAGES_MAX + next;
    this.topics[number] = topic;
    const at = number * MESSAGE_BYTES;
    view.setFloat64(at + TIME_AT, atMs);
    view.setUint32(at + BYTES_AT, payload.length);
    const flags = (direction === 'down' ? DOWN : 0) | (retain ? RETAINED : 0) | (qos << QOS_SHIFT);
    view.setUint8(at + FLAGS_AT, flags);
    const kept = Math.min(payload.length, PAYLOAD_BYTES_MAX);
    for (let i = 0; i < kept; i++) octets[at + PAYLOAD_AT + i] = payload[i] as number;
  }

  /** The oldest first. */
  messages(place: number): PassedMessage[] {
    const count = this.counts[place] as number;
    const oldest = (this.next[place] as number) + MESSAGES_MAX - count;
    return Array.from({ length: count }, (_, i) =>
      this.read(place * MESSAGES_MAX + ((oldest + i) % MESSAGES_MAX)),
    );
  }

  private read(number: number): PassedMessage {
    const { octets, view } = this;
    const at = number * MESSAGE_BYTES;
    const bytes = view.getUint32(at + BYTES_AT);
    const flags = view.getUint8(at + FLAGS_AT);
    const payloadAt = at + PAYLOAD_AT;
    return {
      atMs: view.getFloat64(at + TIME_AT),
      direction: flags & DOWN ? 'down' : 'up',
      topic: this.topics[number] as string,
      qos: (flags >> QOS_SHIFT) as MqttQos,
      retain: (flags & RETAINED) !== 0,
      payload: octets.slice(payloadAt, payloadAt + Math.min(bytes, PAYLOAD_BYTES_MAX)),
      bytes,
    };
  }
}
