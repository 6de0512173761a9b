/** What is remembered of one device for those who look on, in this run: what the core has no use for. */
import type { MqttQos, Signal, StateName } from '../../core/types.js';
import { Latest } from '../latest.js';
import type { LogEntry } from '../log-book.js';

/** Enough for a curve: an hour of a device that speaks once a minute. */
const SIGNALS_MAX = 60;
const MESSAGES_MAX = 10;
const NOTICES_MAX = 20;

/** Octets of a payload that are kept. */
const PAYLOAD_BYTES_MAX = 64;

export interface HeardSignal {
  atMs: number;
  signal: Signal;
}

/** One that has passed, as long as it is among the latest: then its place is another one's. */
export class PassedMessage {
  atMs = Number.NEGATIVE_INFINITY;
  /** `up`: given to the broker. `down`: come from the broker. */
  direction: 'up' | 'down' = 'up';
  topic = '';
  qos: MqttQos = 0;
  retain = false;
  /** Of the whole payload. */
  bytes = 0;
  private readonly octets = new Uint8Array(PAYLOAD_BYTES_MAX);

  /** Its beginning. */
  get payload(): Uint8Array {
    return this.octets.subarray(0, Math.min(this.bytes, PAYLOAD_BYTES_MAX));
  }

  /** A copy: the payload may be a view of a receive buffer that is used again. */
  set payload(payload: Uint8Array) {
    this.bytes = payload.length;
    const kept = Math.min(payload.length, PAYLOAD_BYTES_MAX);
    for (let i = 0; i < kept; i++) this.octets[i] = payload[i] as number;
  }
}

export class DeviceMemory {
  /** What it is where no session knows it: not let in, or gone with its session. */
  state: StateName | 'REFUSED' = 'DISCONNECTED';
  /** When it came into its state, and what brought it there. */
  change: { atMs: number; why: string } | undefined;
  /** Where it spoke from last. */
  place: { link: string; address: string } | undefined;
  /** When its latest frame came; never: -Infinity, because a number stays a number where it is written so often. */
  heardAtMs = Number.NEGATIVE_INFINITY;
  /** The latest warning about it. */
  warning: LogEntry | undefined;
  readonly signals = new Latest<HeardSignal>(SIGNALS_MAX);
  readonly messages = new Latest<PassedMessage>(MESSAGES_MAX);
  readonly notices = new Latest<LogEntry>(NOTICES_MAX);

  onHeard(atMs: number, signal: Signal | undefined): void {
    this.heardAtMs = atMs;
    if (signal) this.signals.add({ atMs, signal });
  }

  addMessage(
    atMs: number,
    direction: PassedMessage['direction'],
    { topic, payload, qos, retain }: Pick<PassedMessage, 'topic' | 'payload' | 'qos' | 'retain'>,
  ): void {
    const message = this.messages.place(newMessage);
    message.atMs = atMs;
    message.direction = direction;
    message.topic = topic;
    message.qos = qos;
    message.retain = retain;
    message.payload = payload;
  }
}

const newMessage = (): PassedMessage => new PassedMessage();
