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

export interface PassedMessage {
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

export class DeviceMemory {
  /** What it is where no session knows it: not let in, or gone with its session. */
  state: StateName | 'REFUSED' = 'DISCONNECTED';
  /** When it came into its state, and what brought it there. */
  change: { atMs: number; why: string } | undefined;
  /** Where it spoke from last. */
  place: { link: string; address: string } | undefined;
  /** When its latest frame came. */
  heardAtMs: number | undefined;
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
    { topic, payload, qos, retain }: Omit<PassedMessage, 'atMs' | 'direction' | 'bytes'>,
  ): void {
    this.messages.add({
      atMs,
      direction,
      topic,
      qos,
      retain,
      // A copy: the original may be a view of a receive buffer that is used again.
      payload: payload.slice(0, PAYLOAD_BYTES_MAX),
      bytes: payload.length,
    });
  }
}
