/**
 * What devices send while the broker is away (`mqtt.offline`). A message is in the journal before its
 * device is acknowledged, and leaves it when the broker has it.
 *
 * A device's messages keep their order: as long as one of them waits here, the next ones queue up
 * behind it, whether the broker is there or not. When the broker is back they go out in turn, a few
 * at a time, one of each device after the other. Those of a device that has no connection
 * travel with a courier.
 */
import type { Context } from '../context.js';
import { outboxKey } from '../journal/keys.js';
import { heldRecord, readHeld } from '../journal/records.js';
import type { Owner } from '../journal/writer.js';
import {
  OPEN_EXCHANGES_MAX,
  OUTBOX_IN_FLIGHT_MAX,
  OUTBOX_IN_FLIGHT_PER_DEVICE_MAX,
  OUTBOX_LOOK_MS,
  OUTBOX_RETRY_MS,
} from '../limits.js';
import { messageBytes } from '../message-bytes.js';
import type { MessageDrop, Instant, JournalValue, UpstreamEvent } from '../types.js';
import { Couriers } from './couriers.js';
import { type Held, type Queue, type Sender, Stock } from './stock.js';

export class Outbox {
  private readonly stock = new Stock();
  private readonly couriers: Couriers;
  /** Who may send something, in turn. */
  private readonly turn = new Set<Sender>();
  /** Whose messages the broker's side could not take, and until when they are left alone; the earliest first. */
  private readonly blocked = new Map<Sender, Instant>();
  private inFlight = 0;
  private lastSerial = 0;
  /** Messages that the broker got since the outbox was last empty. */
  private delivered = 0;
  private lookAt: Instant = Number.POSITIVE_INFINITY;

  constructor(private readonly ctx: Context) {
    this.couriers = new Couriers(ctx);
  }

  /** What waits here, of all devices. */
  get load(): { messages: number; bytes: number } {
    return { messages: this.stock.size, bytes: this.stock.bytes };
  }

  /** Whether a message of this device has to wait here. */
  takes(client: Sender): boolean {
    const { config, brokerUp } = this.ctx;
    if (!brokerUp && config.offline.messages > 0) return true;
    return this.stock.hasOf(client);
  }

  /**
   * Takes a message in; undefined when there is no room, or nothing can be kept. The caller sees to it
   * that nobody is told before `owner`'s writes are kept.
   */
  hold(
    message: Omit<Held, 'serial' | 'arrivedAt' | 'inFlight'>,
    owner: Owner | undefined,
  ): Held | undefined {
    const { ctx } = this;
    if (message.qos > 0 && !ctx.journal.keeps) return undefined;
    this.expire();
    const held: Held = {
      ...message,
      // A copy: the original is a view of a receive buffer.
      payload: new Uint8Array(message.payload),
      serial: ++this.lastSerial,
      arrivedAt: ctx.now,
      inFlight: false,
    };
    if (!this.makeRoomFor(held)) return undefined;
    this.add(held);
    this.lookWithin(ctx.brokerUp ? 1 : OUTBOX_LOOK_MS);
    ctx.journal.put(owner, outboxKey(held.serial), heldRecord(held));
    return held;
  }

  /** A message of an earlier run; they come in their order. */
  restore(serial: number, value: JournalValue): boolean {
    const held = readHeld(serial, value);
    if (held === undefined) return false;
    this.lastSerial = Math.max(this.lastSerial, serial);
    this.add(held);
    return true;
  }

  /**
   * After a restart: the broker's side may have begun what is named, and goes on with it by itself. Its
   * end has to come here in the same moment, or a second crash would have it published once more. What
   * was under way is at the head of its queue: whatever came later had to wait.
   */
  resume(): void {
    const { ctx } = this;
    const begun = [...this.stock.byDevice()].flatMap(({ messages }) =>
      messages.slice(0, OPEN_EXCHANGES_MAX),
    );
    for (const held of begun) {
      const { client, ref } = held;
      if (ref === undefined) continue;
      const token = ctx.expectAnswer({ kind: 'held', held });
      ctx.toBroker({ op: 'adopt', token, client, ref, isHeld: true });
      this.markInFlight(held);
    }
    this.drain();
  }

  /** A message that the broker's side has, and will answer: it waits here for the answer. */
  markInFlight(held: Held): void {
    held.inFlight = true;
    this.inFlight++;
    const queue = this.stock.queueOf(held.client);
    if (queue) queue.inFlight++;
  }

  /** Takes a message back that could not be kept. */
  withdraw(held: Held): void {
    if (held.inFlight) this.landed(held);
    this.remove(held);
  }

  nextDeadline(): Instant {
    return this.lookAt;
  }

  onDeadline(): void {
    if (this.lookAt <= this.ctx.now) this.drain();
  }

  /** The broker is there again, for everybody. */
  onBrokerBack(): void {
    for (const client of this.blocked.keys()) this.turn.add(client);
    this.blocked.clear();
    this.drain();
  }

  /** Sends what may be sent. `present`: has a connection of its own, whatever becomes of the gateway's. */
  private drain(present?: string): void {
    const { ctx } = this;
    this.expire();
    this.lookAt = Number.POSITIVE_INFINITY;
    if (this.stock.size === 0) return;
    this.lookWithin(OUTBOX_LOOK_MS);
    for (const [client, until] of this.blocked) {
      if (until > ctx.now) {
        this.lookWithin(until - ctx.now);
        break;
      }
      this.unblock(client);
    }
    if (ctx.brokerUp) this.takeTurns(this.turn);
    else if (present !== undefined) this.takeTurns(new Set([present]));
  }

  /** The broker's answer. */
  onPublished(held: Held, event: Extract<UpstreamEvent, { event: 'published' }>): void {
    if (!held.inFlight) return;
    this.landed(held);
    if (event.failure === 'unavailable') this.stays(held);
    else if (event.failure === 'refused') this.drop(held, 'broker-refused');
    else this.arrived(held);
    const isThere = event.failure !== 'unavailable' && held.client !== null;
    this.drain(isThere ? held.client : undefined);
  }

  /** The broker's side of the device is not there: it is tried again later, with a courier if nobody else will open it. */
  block(client: Sender): void {
    const { ctx } = this;
    if (!this.stock.hasOf(client)) return;
    this.turn.delete(client);
    this.blocked.delete(client);
    this.blocked.set(client, ctx.now + OUTBOX_RETRY_MS);
    this.lookWithin(OUTBOX_RETRY_MS);
    if (client !== null) this.couriers.send(client);
  }

  /** The device itself connects: its own session takes over. */
  dismissCourier(client: string): void {
    this.couriers.dismiss(client);
  }

  /**
   * The device is connected, so its messages can go: the broker's side may have come to the end of one, and an end that the
   * journal has not heard of would have a crash publish it once more.
   */
  onConnected(client: string): void {
    if (!this.stock.hasOf(client)) return;
    this.unblock(client);
    this.drain(client);
  }

  onCourier(client: string, event: Extract<UpstreamEvent, { event: 'opened' }>): void {
    if (!this.couriers.arrives(client, event)) return;
    if (!this.stock.hasOf(client)) return this.couriers.sendHome(client);
    this.onConnected(client);
  }

  /** One message of each device in turn, so that a long queue does not keep the others waiting. */
  private takeTurns(turn: Set<Sender>): void {
    for (const client of turn) {
      if (this.inFlight >= OUTBOX_IN_FLIGHT_MAX) return;
      turn.delete(client);
      const queue = this.stock.queueOf(client);
      if (queue === undefined || queue.inFlight >= OUTBOX_IN_FLIGHT_PER_DEVICE_MAX) continue;
      const next = queue.messages.find(({ inFlight }) => !inFlight);
      if (next === undefined || (next.qos > 0 && queue.leaving > 0)) continue;
      this.markInFlight(next);
      if (next.qos > 0) this.publish(next);
      else this.letGo(next, queue);
      if (this.stock.hasOf(client)) turn.add(client);
    }
  }

  private publish(held: Held): void {
    const { topic, payload, qos, retain, ref, client, origin } = held;
    const { ctx } = this;
    const token = ctx.expectAnswer(
      origin ? { kind: 'publish', ...origin } : { kind: 'held', held },
    );
    if (origin) origin.exchange.token = token;
    const request = { op: 'publish' as const, token, client, topic, payload, qos, retain };
    ctx.toBroker(ref === undefined ? request : { ...request, ref, isHeld: true });
  }

  /** QoS 0 comes once at most: it leaves when the disk has forgotten it, or a crash would have it sent again. */
  private letGo(held: Held, queue: Queue): void {
    const owner: Owner = { lastWrite: 0 };
    this.stock.setLowly(held, false);
    queue.leaving++;
    this.ctx.journal.delete(owner, outboxKey(held.serial));
    this.ctx.journal.whenKept(owner, () => {
      queue.leaving--;
      this.publish(held);
    });
  }

  /** The broker's side could not take it: it waits for another try, and QoS 0, which was not sent, on disk again. */
  private stays(held: Held): void {
    if (held.qos === 0) {
      this.stock.setLowly(held, true);
      this.ctx.journal.put(undefined, outboxKey(held.serial), heldRecord(held));
    }
    this.block(held.client);
  }

  /** The broker's side has answered. */
  private landed(held: Held): void {
    held.inFlight = false;
    this.inFlight--;
    const queue = this.stock.queueOf(held.client);
    if (queue) queue.inFlight--;
    if (!this.blocked.has(held.client)) this.turn.add(held.client);
  }

  private unblock(client: Sender): void {
    this.blocked.delete(client);
    this.turn.add(client);
  }

  private arrived(held: Held): void {
    this.delivered++;
    // Its record is deleted already, and nobody has waited for it.
    if (held.qos === 0) return this.takeOut(held);
    const session = held.client === null ? undefined : this.ctx.sessions.get(held.client);
    if (session) this.ctx.measure('uplink', session, held.arrivedAt);
    this.remove(held);
  }

  private drop(held: Held, reason: MessageDrop): void {
    this.remove(held);
    this.ctx.dropMessage('uplink', reason, held.client, held.topic);
  }

  private add(held: Held): void {
    const { client } = held;
    this.stock.add(held);
    if (!this.blocked.has(client)) this.turn.add(client);
  }

  private remove(held: Held): void {
    if (!this.stock.has(held)) return;
    this.ctx.journal.delete(undefined, outboxKey(held.serial));
    this.takeOut(held);
  }

  private takeOut(held: Held): void {
    this.stock.takeOut(held);
    if (!this.stock.hasOf(held.client)) this.close(held.client);
  }

  /** The device has nothing waiting here any more. */
  private close(client: Sender): void {
    this.turn.delete(client);
    this.blocked.delete(client);
    if (client !== null) this.couriers.sendHome(client);
    if (this.stock.size > 0) return;
    this.lookAt = Number.POSITIVE_INFINITY;
    if (this.delivered === 0) return;
    this.ctx.notice({ notice: 'outbox-delivered', messages: this.delivered });
    this.delivered = 0;
  }

  /** QoS 0 goes first; what has been acknowledged stays. */
  private makeRoomFor(held: Held): boolean {
    const { messages, bytes } = this.ctx.config.offline;
    if (messageBytes(held) > bytes) return false;
    const { stock } = this;
    const fits = (): boolean => stock.size < messages && stock.bytes + messageBytes(held) <= bytes;
    for (const lowly of stock.lowly()) {
      if (fits()) return true;
      this.drop(lowly, 'buffer-full');
    }
    return fits();
  }

  private expire(): void {
    const { config, now } = this.ctx;
    for (const held of this.stock) {
      if (now - held.arrivedAt < config.offline.ageMs) return;
      if (!held.inFlight) this.giveUp(held);
    }
  }

  /** It is too old. The broker's side may have begun with it. */
  private giveUp(held: Held): void {
    const { client, ref } = held;
    this.drop(held, 'expired');
    if (client !== null && ref !== undefined) this.ctx.toBroker({ op: 'give-up', client, ref });
  }

  private lookWithin(ms: number): void {
    this.lookAt = Math.min(this.lookAt, this.ctx.now + ms);
  }
}
