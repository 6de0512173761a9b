/** What a device has sent and heard, in its own view: for tests, and for the summary of a run. */
import type { Qos } from '../sn/messages.js';

export interface SentMessage {
  topic: string;
  payload: Uint8Array;
  qos: Qos;
  /** Of the first transmission. */
  at: number;
  transmissions: number;
  /** When the gateway took responsibility: PUBACK, or PUBCOMP. */
  acknowledgedAt?: number;
  /** The return code of a refusal. */
  refusedWith?: number;
}

export interface ReceivedMessage {
  /** `id 7` where the device does not know the name. */
  topic: string;
  payload: Uint8Array;
  qos: Qos;
  dup: boolean;
  messageId: number;
  at: number;
}

/** Of each list; the oldest go, so that a run of months fits into memory. */
const MESSAGES_MAX = 20_000;

export class Ledger {
  readonly sent: SentMessage[] = [];
  /** At QoS 2 each message once, at QoS 1 as often as it came. */
  readonly received: ReceivedMessage[] = [];
  /** PUBLISH of its own, repeats not counted. */
  sentCount = 0;
  acknowledgedCount = 0;
  refusedCount = 0;
  receivedCount = 0;
  /** Measurements that its memory had no room for. */
  droppedCount = 0;
  /** Accepted CONNECTs. */
  connects = 0;
  /** CONNACK with another code than 0. */
  refusedConnects = 0;
  /** Requests that nobody answered, after all repeats. */
  unanswered = 0;
  /** Requests sent again. */
  repeats = 0;
  /** DISCONNECTs of the gateway that were no answers. */
  thrownOut = 0;
  /** Datagrams that are no MQTT-SN messages. */
  malformed = 0;
  reboots = 0;

  /** Written down at its first transmission; what becomes of it is noted in what this returns. */
  sends(message: Omit<SentMessage, 'transmissions'>): SentMessage {
    this.sentCount += 1;
    return append(this.sent, { ...message, transmissions: 1 });
  }

  acknowledges(message: SentMessage, at: number): void {
    if (message.acknowledgedAt !== undefined) return;
    message.acknowledgedAt = at;
    this.acknowledgedCount += 1;
  }

  refuses(message: SentMessage, code: number): void {
    message.refusedWith = code;
    this.refusedCount += 1;
  }

  receives(message: ReceivedMessage): void {
    this.receivedCount += 1;
    append(this.received, message);
  }
}

function append<T>(list: T[], entry: T): T {
  if (list.length >= MESSAGES_MAX) list.splice(0, list.length - MESSAGES_MAX + 1);
  list.push(entry);
  return entry;
}
