/**
 * The QoS 1 and 2 messages that a device has sent, by its message ids: how repeats are recognised
 * (SN 6.12; the table in section 12.5 of our protocol notes).
 *
 *   publishing  the broker has not answered; repeats and PUBREL are ignored
 *   received    QoS 2: PUBREC went to the device; a repeat gets PUBREC again, PUBREL ends it
 *   done        answered; a repeat with DUP is answered again and not published, for as long as
 *               the device may still be repeating
 *
 * A repeat has the topic and the payload of its first transmission. A number and DUP alone say little: some
 * devices use one number for everything, and the first transmission of the next message may have been lost.
 * Without DUP a message that is done is never repeated: its number is free again, whatever comes under it.
 *
 * Few are open at a time, so they lie in a plain list; of the finished ones only numbers are kept,
 * in a ring, because every message of ten thousand devices passes through here.
 */
import type { Publish } from '../../codec/messages/publish.js';
import { DONE_EXCHANGES_REMEMBERED_MAX, OPEN_EXCHANGES_MAX } from '../limits.js';
import type { Held } from '../outbox/stock.js';
import type { Instant } from '../types.js';

export interface Inbound {
  readonly msgId: number;
  readonly qos: 1 | 2;
  readonly topicId: number;
  readonly topic: string;
  /** The payload; after a restart its fingerprint, until the device repeats it. */
  content: Uint8Array | number;
  retain: boolean;
  /** QoS 2: names the message at the broker's side, over restarts. */
  readonly ref: string | undefined;
  token: number;
  state: 'publishing' | 'received';
  /** The broker is away, and the message waits for it in the outbox. */
  held: Held | undefined;
  /** undefined: of an earlier run. */
  readonly arrivedAt: Instant | undefined;
  /** When its device has sent or repeated it last, or was answered; of an earlier run: when this one began. */
  touchedAt: Instant;
  /** In which it began, or was repeated: after another CONNECT the same number without DUP means another message. */
  connection: number;
}

/**
 * Whether a PUBLISH repeats an open exchange. Some clients never set DUP, so on the same connection it need not be
 * there. After another CONNECT it must: a device that has rebooted counts from the start, and sends the same
 * value again.
 */
export function isRepeat(open: Inbound, message: Publish, connection: number): boolean {
  if (open.qos !== message.qos) return false;
  const isLikely = message.dup || open.connection === connection;
  return isLikely && isSame(open, message);
}

/** Whether topic and payload are those of the exchange. */
const isSame = ({ topicId, content }: Inbound, message: Publish): boolean =>
  topicId === message.topicId && sameContent(content, message.data);

function sameContent(content: Uint8Array | number, data: Uint8Array): boolean {
  return typeof content === 'number' ? content === fingerprintOf(data) : sameOctets(content, data);
}

const FNV_PRIME = 0x01000193;

/** FNV-1a over the octets, 32 bits: enough to tell two messages under one message id apart. */
export function fingerprintOf(content: Uint8Array | number): number {
  if (typeof content === 'number') return content;
  let hash = 0x811c9dc5;
  for (const octet of content) hash = Math.imul(hash ^ octet, FNV_PRIME);
  return hash >>> 0;
}

function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, at) => octet === b[at]);
}

export class InboundExchanges {
  /** In the order in which they came. */
  private readonly open: Inbound[] = [];
  /** Message id and QoS of finished exchanges in one number each, what they were about, and until when they count. */
  private readonly done: number[] = [];
  private readonly doneContent: number[] = [];
  private readonly doneUntil: Instant[] = [];
  private nextDone = 0;

  get(msgId: number): Inbound | undefined {
    for (const exchange of this.open) if (exchange.msgId === msgId) return exchange;
    return undefined;
  }

  get isFull(): boolean {
    return this.open.length >= OPEN_EXCHANGES_MAX;
  }

  /**
   * One that waits only for a PUBREL which will not come: the oldest whose device has connected again since, or else has had
   * more than its time to repeat. undefined: each of them may still go on.
   */
  leftBehind(connection: number, touchedBefore: Instant): Inbound | undefined {
    const received = this.open.filter(({ state }) => state === 'received');
    return (
      received.find((one) => one.connection !== connection) ??
      received.find(({ touchedAt }) => touchedAt < touchedBefore)
    );
  }

  opened(): readonly Inbound[] {
    return this.open;
  }

  begin(exchange: Inbound): void {
    const began = signature(exchange.msgId, exchange.qos);
    for (let at = this.done.indexOf(began); at >= 0; at = this.done.indexOf(began, at + 1)) {
      this.doneUntil[at] = Number.NEGATIVE_INFINITY;
    }
    this.open.push(exchange);
  }

  /** Forgets an open exchange; whether it was there. */
  abandon(exchange: Inbound): boolean {
    const at = this.open.indexOf(exchange);
    if (at < 0) return false;
    // Nearly always the only one; splice() would make a list of it.
    if (at === this.open.length - 1) this.open.pop();
    else this.open.splice(at, 1);
    return true;
  }

  finish(exchange: Inbound, rememberUntil: Instant): void {
    this.abandon(exchange);
    this.done[this.nextDone] = signature(exchange.msgId, exchange.qos);
    this.doneContent[this.nextDone] = digestOf(exchange.topicId, exchange.content);
    this.doneUntil[this.nextDone] = rememberUntil;
    this.nextDone = (this.nextDone + 1) % DONE_EXCHANGES_REMEMBERED_MAX;
  }

  wasDone({ msgId, topicId, data }: Publish, qos: 1 | 2, now: Instant): boolean {
    const wanted = signature(msgId, qos);
    const at = this.done.findIndex(
      (done, index) => done === wanted && now <= (this.doneUntil[index] ?? 0),
    );
    return at >= 0 && this.doneContent[at] === digestOf(topicId, data);
  }

  /**
   * The device connected with CleanSession=0. Its QoS 2 exchanges go on; QoS 1 numbers are free
   * again, because a rebooted device counts from the start and a late PUBACK would be taken for
   * the answer to another message.
   */
  survive(): void {
    this.forgetDone();
    const kept = this.open.filter(({ qos }) => qos === 2);
    this.open.splice(0, this.open.length, ...kept);
  }

  clear(): void {
    this.forgetDone();
    this.open.length = 0;
  }

  private forgetDone(): void {
    this.done.length = 0;
    this.doneContent.length = 0;
    this.doneUntil.length = 0;
    this.nextDone = 0;
  }
}

const digestOf = (topicId: number, content: Uint8Array | number): number =>
  Math.imul(fingerprintOf(content) ^ topicId, FNV_PRIME);

const signature = (msgId: number, qos: 1 | 2): number => msgId * 2 + qos - 1;
