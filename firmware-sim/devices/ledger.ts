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
  /** It was in memory when the current went, or the memory had no room for it any more. */
  isForgotten?: true;
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
  /** Of these nobody waits for an answer: at QoS 0 and -1, and of firmware that repeats nothing. */
  unawaitedCount = 0;
  /** Of those that it repeats: what the gateway has said, or that their memory is gone. */
  acknowledgedCount = 0;
  refusedCount = 0;
  forgottenCount = 0;
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
  private readonly awaited = new Set<SentMessage>();

  /**
   * Written down at its first transmission; what becomes of it is noted in what this returns.
   *
   * @param isAwaited the device repeats it until it has an answer
   */
  sends(message: Omit<SentMessage, 'transmissions'>, isAwaited = message.qos > 0): SentMessage {
    this.sentCount += 1;
    const sent = append(this.sent, { ...message, transmissions: 1 });
    if (isAwaited) this.awaited.add(sent);
    else this.unawaitedCount += 1;
    return sent;
  }

  /** Messages that wait for their answers. */
  get openCount(): number {
    return this.awaited.size;
  }

  acknowledges(message: SentMessage, at: number): void {
    if (message.acknowledgedAt !== undefined) return;
    message.acknowledgedAt = at;
    if (this.awaited.delete(message)) this.acknowledgedCount += 1;
  }

  refuses(message: SentMessage, code: number): void {
    message.refusedWith = code;
    if (this.awaited.delete(message)) this.refusedCount += 1;
  }

  /** The device will not repeat it any more. */
  forgets(message: SentMessage): void {
    message.isForgotten = true;
    if (this.awaited.delete(message)) this.forgottenCount += 1;
  }

  forgetsAll(): void {
    for (const message of this.awaited) this.forgets(message);
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
