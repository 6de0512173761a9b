/**
 * The QoS 1 and 2 messages that a device has sent, by its message ids: how repeats are recognised
 * (SN 6.12; the table in section 12.5 of our protocol notes).
 *
 *   publishing  the broker has not answered; repeats and PUBREL are ignored
 *   received    QoS 2: PUBREC went to the device; a repeat gets PUBREC again, PUBREL ends it
 *   done        answered; a repeat with DUP is answered again and not published, for as long as
 *               the device may still be repeating
 */
import { DONE_EXCHANGES_REMEMBERED_MAX, OPEN_EXCHANGES_MAX } from '../limits.js';
import type { Instant } from '../types.js';

export interface Inbound {
  readonly qos: 1 | 2;
  readonly topicId: number;
  readonly token: number;
  state: 'publishing' | 'received';
  /** The device has connected anew since: without DUP the same number means another message. */
  earlierConnection: boolean;
}

export class InboundExchanges {
  private readonly open = new Map<number, Inbound>();
  private readonly done = new Map<number, { qos: 1 | 2; until: Instant }>();

  get(msgId: number): Inbound | undefined {
    return this.open.get(msgId);
  }

  get isFull(): boolean {
    return this.open.size >= OPEN_EXCHANGES_MAX;
  }

  begin(msgId: number, exchange: Inbound): void {
    this.done.delete(msgId);
    this.open.set(msgId, exchange);
  }

  abandon(msgId: number): void {
    this.open.delete(msgId);
  }

  finish(msgId: number, qos: 1 | 2, rememberUntil: Instant): void {
    this.open.delete(msgId);
    this.done.delete(msgId);
    this.done.set(msgId, { qos, until: rememberUntil });
    if (this.done.size > DONE_EXCHANGES_REMEMBERED_MAX) {
      for (const oldest of this.done.keys()) {
        this.done.delete(oldest);
        break;
      }
    }
  }

  wasDone(msgId: number, qos: 1 | 2, now: Instant): boolean {
    const entry = this.done.get(msgId);
    return entry !== undefined && entry.qos === qos && now <= entry.until;
  }

  /**
   * The device connected with CleanSession=0. Its QoS 2 exchanges go on; QoS 1 numbers are free
   * again, because a rebooted device counts from the start and a late PUBACK would be taken for
   * the answer to another message.
   */
  survive(): void {
    this.done.clear();
    for (const [msgId, exchange] of this.open) {
      if (exchange.qos === 1) this.open.delete(msgId);
      else exchange.earlierConnection = true;
    }
  }

  clear(): void {
    this.open.clear();
    this.done.clear();
  }
}
