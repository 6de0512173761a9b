/** Deliveries: one acknowledged exchange at a time, repeats in time and marked, order kept, nothing vanishes. */
import type { Message } from '../../../../src/codec/index.js';
import type { Context } from '../../../../src/core/context.js';
import type { Downlink } from '../../../../src/core/session/buffer.js';
import type { Effect, GatewayCore } from '../../../../src/core/types.js';
import type { Observer } from '../driver.js';
import type { Facts } from '../facts.js';
import { seqOfPayload } from '../payload.js';

type Of<T extends Message['type']> = Extract<Message, { type: T }>;
type Request = Of<'REGISTER'> | Of<'PUBLISH'> | Of<'PUBREL'>;

/** T_WAIT: a device that answered "congestion" is asked anew after it. */
const CONGESTION_MS = 300_000;

interface Exchange {
  request: Request;
  sentAt: number;
  /** Repeats in a row that no frame of the device made happen. */
  repeats: number;
  /** PUBREC came: PUBREL takes its place. */
  received: boolean;
}

class Deliveries {
  connection = 0;
  open: Exchange | undefined;
  /** Messages put on the air, as `sequence number/message id`. */
  readonly sent = new Set<string>();
  newestSeq = 0;
  /** Messages that came for the device, and that it has not confirmed; at QoS 2 with PUBREC. */
  owed = 0;
  newestCome = 0;
  /** Messages up to this one came before the latest crash: they may have been sent without anybody knowing. */
  restoredUpTo = 0;
  /** Messages that come again after a crash: they have lost their place. */
  readonly comeAgain = new Set<number>();
}

export class ExchangeChecker implements Observer {
  private readonly clients = new Map<string, Deliveries>();
  /** Requests sent in this step. */
  private sentNow: Exchange[] = [];
  /** Since the latest restart. */
  private core: GatewayCore | undefined;
  /** Whose PUBREC has come in this step for what an earlier run had sent, and how many were confirmed before it. */
  private late: { client: string; confirmed: number } | undefined;

  constructor(private readonly facts: Facts) {}

  owedTo(client: string): number {
    return this.of(client).owed;
  }

  onInput(): void {
    this.sentNow = [];
    const { client, message, event } = this.facts.cause;
    if (event?.event === 'message') this.onCome(this.of(event.client), seqOfPayload(event.payload));
    if (client !== undefined && message !== undefined && this.facts.isConnected(client)) {
      this.onAnswer(client, this.of(client), message);
    }
  }

  onEffect(effect: Effect, now: number): void {
    if (
      effect.kind === 'notice' &&
      effect.notice.notice === 'drop' &&
      effect.notice.what === 'downlink'
    ) {
      const deliveries = this.of(effect.notice.client ?? '');
      deliveries.owed--;
      const isHead = this.facts.cause.event?.event !== 'message';
      if (effect.notice.reason === 'too-big-for-device' && isHead) deliveries.open = undefined;
      if (effect.notice.reason === 'removed-by-operator') onRemoved(deliveries);
    }
    const { sent } = this.facts;
    const client = this.facts.receiver();
    if (effect.kind !== 'send' || sent === undefined || client === undefined) return;
    const { message } = sent;
    const deliveries = this.of(client);
    const { open } = deliveries;
    // The device has moved to where nobody can repeat it.
    if (open && !this.facts.fits(sent.to, open.request)) deliveries.open = undefined;
    if (message.type === 'PUBLISH') this.onPublish(client, deliveries, message);
    if (
      message.type === 'REGISTER' ||
      message.type === 'PUBREL' ||
      (message.type === 'PUBLISH' && message.qos > 0)
    ) {
      this.onRequest(client, deliveries, message, now);
    }
  }

  afterStep(): void {
    if (this.late !== undefined) {
      const { client, confirmed } = this.late;
      this.of(client).owed -= this.confirmedBy(client) - confirmed;
      this.late = undefined;
    }
    for (const [client, { owed }] of this.clients) {
      if (owed < 0) throw new Error(`${client}: more messages have ended than came`);
      if (owed > this.facts.config.defaults.sleep.messages)
        throw new Error(`${client}: ${owed} messages are kept`);
    }
  }

  onRecovered(core: GatewayCore): void {
    this.core = core;
    for (const [client, deliveries] of this.clients) {
      const buffer = this.bufferOf(client);
      deliveries.owed = buffer.filter(({ received }) => !received).length;
      deliveries.open = undefined;
      deliveries.restoredUpTo = deliveries.newestCome;
      // That they were delivered may have been forgotten.
      for (const key of deliveries.sent) deliveries.comeAgain.add(Number(key.split('/')[0]));
      // And so may that they were dropped, as too big for a place that it has left for another.
      const passed = buffer.map(({ payload }) => seqOfPayload(payload));
      for (const seq of passed) if (seq < deliveries.newestSeq) deliveries.comeAgain.add(seq);
    }
  }

  private onCome(deliveries: Deliveries, seq: number): void {
    deliveries.owed++;
    if (seq <= deliveries.newestCome) deliveries.comeAgain.add(seq);
    deliveries.newestCome = Math.max(deliveries.newestCome, seq);
  }

  private onAnswer(client: string, deliveries: Deliveries, message: Message): void {
    const { open } = deliveries;
    if (open === undefined && message.type === 'PUBREC')
      this.late = { client, confirmed: this.confirmedBy(client) };
    if (open === undefined || !isAnswer(open, message)) return;
    const returnCode = 'returnCode' in message ? message.returnCode : 0;
    if (returnCode === 1) open.sentAt = Number.NEGATIVE_INFINITY;
    else if (message.type === 'PUBREC') {
      if (!open.received) deliveries.owed--;
      open.received = true;
    } else {
      deliveries.open = undefined;
      if (returnCode === 0 && message.type === 'PUBACK') deliveries.owed--;
    }
  }

  private bufferOf(client: string): readonly Readonly<Downlink>[] {
    const { sessions } = (this.core as unknown as { ctx: Context } | undefined)?.ctx ?? {};
    return [...(sessions?.get(client)?.buffer ?? [])];
  }

  private confirmedBy(client: string): number {
    return this.bufferOf(client).filter(({ received }) => received).length;
  }

  private onPublish(
    client: string,
    deliveries: Deliveries,
    { qos, msgId, dup, data }: Of<'PUBLISH'>,
  ): void {
    const seq = seqOfPayload(data);
    const key = `${seq}/${msgId}`;
    const mayBeRepeat = dup && seq <= deliveries.restoredUpTo;
    if (dup !== deliveries.sent.has(key) && !mayBeRepeat && !this.facts.uncertain.has(client)) {
      throw new Error(`${client}: message ${seq} with id ${msgId} is sent with DUP=${dup}`);
    }
    const hasPlace = !deliveries.comeAgain.has(seq) && !this.facts.uncertain.has(client);
    if (seq < deliveries.newestSeq && hasPlace)
      throw new Error(`${client}: message ${seq} comes after ${deliveries.newestSeq}`);
    if (hasPlace) deliveries.newestSeq = seq;
    if (qos === 0) deliveries.owed--;
    else deliveries.sent.add(key);
  }

  private onRequest(client: string, deliveries: Deliveries, request: Request, now: number): void {
    const { open } = deliveries;
    if (open === undefined || (open.received && isRelease(request, open))) {
      deliveries.open = { request, sentAt: now, repeats: 0, received: false };
      this.sentNow.push(deliveries.open);
      return;
    }
    if (!isSame(open.request, request)) {
      throw new Error(`${client} gets ${say(request)} while ${say(open.request)} is open`);
    }
    if (this.sentNow.includes(open))
      throw new Error(`${client} gets ${say(request)} twice at once`);
    this.sentNow.push(open);
    this.onRepeat(client, open, now);
    open.sentAt = now;
  }

  private onRepeat(client: string, open: Exchange, now: number): void {
    const { cause, config } = this.facts;
    const { intervalMs, count } = config.defaults.retry;
    // What the device made happen may have waited for the journal.
    const isAsked = cause.kind === 'datagram' || cause.kind === 'store';
    if (isAsked || now - open.sentAt > CONGESTION_MS) {
      open.repeats = 0;
      return;
    }
    open.repeats++;
    if (now - open.sentAt < intervalMs)
      throw new Error(`${client}: ${say(open.request)} repeated too soon`);
    if (open.repeats > count)
      throw new Error(`${client}: ${say(open.request)} repeated ${open.repeats} times`);
  }

  private of(client: string): Deliveries {
    let deliveries = this.clients.get(client);
    if (!deliveries) this.clients.set(client, (deliveries = new Deliveries()));
    const connection = this.facts.connections.get(client);
    if (connection && connection.count !== deliveries.connection) {
      if (connection.freshAt > deliveries.connection) deliveries.sent.clear();
      deliveries.connection = connection.count;
      deliveries.open = undefined;
    }
    return deliveries;
  }
}

/** The operator removes whatever waits; what its device has already is not taken back. */
function onRemoved(deliveries: Deliveries): void {
  const { open } = deliveries;
  if (open?.request.type === 'PUBLISH' && !open.received) deliveries.open = undefined;
}

const say = (request: Request): string => `${request.type}(${request.msgId})`;

const isRelease = (request: Request, open: Exchange): boolean =>
  request.type === 'PUBREL' && request.msgId === open.request.msgId;

/** The same octets, but for DUP. */
function isSame(a: Request, b: Request): boolean {
  if (a.type === 'PUBLISH' && b.type === 'PUBLISH') {
    return JSON.stringify({ ...a, dup: true }) === JSON.stringify({ ...b, dup: true });
  }
  return JSON.stringify(a) === JSON.stringify(b);
}

function isAnswer({ request }: Exchange, message: Message): boolean {
  switch (message.type) {
    case 'REGACK':
      return request.type === 'REGISTER' && request.msgId === message.msgId;
    case 'PUBACK': {
      if (request.type !== 'PUBLISH') return false;
      const isNamed =
        message.msgId === 0 && message.returnCode !== 0 && message.topicId === request.topicId;
      return message.msgId === request.msgId || isNamed;
    }
    case 'PUBREC':
      return request.type === 'PUBLISH' && request.qos === 2 && request.msgId === message.msgId;
    case 'PUBCOMP':
      return request.type === 'PUBREL' && request.msgId === message.msgId;
    default:
      return false;
  }
}
