/**
 * What is in flight to the broker, kept by MQTT.js over a reconnect, and at QoS 2 by the journal over a
 * restart: `uo` records, one for each packet id, and a small `up` record beside it once the broker has
 * the message.
 *
 * - PUBLISH at QoS 2 and PUBREL go out when their record is on disk: a restart then repeats what the
 *   broker may have got, under the same packet id and with the same step of the exchange.
 * - A QoS 1 message does not overtake a QoS 2 one that waits for the disk.
 * - A broker that has lost our session may have lost what it had confirmed: that begins anew.
 */
import { type DoneCallback, type IPublishPacket, type Packet, Store } from 'mqtt';
import type { JournalRecord } from '../core/types.js';
import type { Journal } from '../store/journal.js';
import { asBuffer } from './buffers.js';
import { fieldsOf, keyParts, recordKey } from './records.js';

/** A QoS 2 exchange. */
export interface Outgoing {
  packetId: number;
  /** Its place in the order in which messages were sent. */
  order: number;
  /** The name under which it may be asked for; empty: nobody will. */
  ref: string;
  topic: string;
  retain: boolean;
  payload: Uint8Array;
  /** The broker has it (PUBREC has come), and PUBREL is the next to be repeated. */
  isReleased: boolean;
  /** The journal has it. */
  isKept: boolean;
  /** It waits for the disk, and has not gone out on the connection on which it was handed over. */
  isUnsent: boolean;
}

export class OutgoingStore extends Store {
  readonly #outgoing = new Map<number, Outgoing>();
  #order = 0;
  #ref = '';
  /** Counts connections: what was to be sent on an earlier one is repeated by MQTT.js. */
  #connection = 0;
  /** The latest QoS 2 message that waits for the disk, and what came behind it. */
  #behind: DoneCallback[] | undefined;
  #uncommitted = 0;
  /** false: the session does not outlive this process, so nothing needs to be on disk. */
  isKept = true;

  /**
   * @param name of the session: its client id
   * @param records of an earlier run
   * @param released its `up` records
   */
  constructor(
    private readonly name: string,
    private readonly journal: Journal,
    records: readonly JournalRecord[],
    released: readonly JournalRecord[],
  ) {
    // Without `clean: false` a late packet after end() meets a destroyed store and throws.
    super({ clean: false });
    const ids = new Set(released.map(packetIdOf));
    const recovered = records.flatMap((record) => outgoingOf(record, ids) ?? []);
    recovered.sort((a, b) => a.order - b.order);
    for (const one of recovered) {
      this.#outgoing.set(one.packetId, one);
      this.#order = one.order;
      super.put(packetOf(one), noop);
    }
  }

  /** QoS 2 exchanges that are not over, the oldest first. */
  get unfinished(): Iterable<Outgoing> {
    return this.#outgoing.values();
  }

  /** Something in it has not reached the disk: no connection may repeat it yet. */
  get isUncommitted(): boolean {
    return this.#uncommitted > 0;
  }

  /** What the exchange of this name is about. */
  topicOf(ref: string): string | undefined {
    return [...this.#outgoing.values()].find((outgoing) => outgoing.ref === ref)?.topic;
  }

  /** Whether the broker cannot have got this message on the connection on which it was handed over. */
  isUnsent(packetId: number): boolean {
    return this.#outgoing.get(packetId)?.isUnsent === true;
  }

  /** Names the next QoS 2 message. */
  announce(ref: string): void {
    this.#ref = ref;
  }

  /** The connection is gone, or nothing may be sent on it any more. */
  disconnected(): void {
    this.#connection++;
    this.#behind = undefined;
  }

  /** The broker knows nothing of us any more. To be called before MQTT.js repeats what is in flight. */
  startOver(): void {
    for (const outgoing of this.#outgoing.values()) {
      if (!outgoing.isReleased) continue;
      outgoing.isReleased = false;
      if (outgoing.isKept) this.journal.delete(this.#releasedKey(outgoing.packetId));
      super.put(packetOf(outgoing), noop);
    }
  }

  override put(packet: Packet, send: DoneCallback): this {
    // MQTT.js stores a copy of what it sends, so the copy can carry the DUP flag that a repetition
    // needs [MQTT-3.3.1-1] and MQTT.js leaves out.
    if (packet.cmd === 'publish') packet.dup = true;
    super.put(packet, noop);
    if (packet.cmd === 'pubrel') this.#release(packet.messageId ?? 0, send);
    else if (packet.cmd === 'publish' && packet.qos === 2) {
      this.#begin(packet.messageId ?? 0, packet, send);
    } else this.#sendInTurn(send);
    return this;
  }

  override del(packet: Pick<Packet, 'messageId'>, done: Parameters<Store['del']>[1]): this {
    const packetId = packet.messageId ?? 0;
    const outgoing = this.#outgoing.get(packetId);
    if (outgoing !== undefined) {
      this.#outgoing.delete(packetId);
      if (outgoing.isKept) this.journal.delete(this.#key(packetId));
      if (outgoing.isKept && outgoing.isReleased) this.journal.delete(this.#releasedKey(packetId));
    }
    return super.del(packet, done);
  }

  #begin(packetId: number, packet: IPublishPacket, send: DoneCallback): void {
    const { topic, retain } = packet;
    // It is what `PublishWindow` gave to MQTT.js.
    const payload = packet.payload as Buffer;
    const order = ++this.#order;
    const ref = this.#ref;
    const { isKept } = this;
    const begun = { packetId, order, ref, topic, retain, payload, isReleased: false, isKept };
    const outgoing: Outgoing = { ...begun, isUnsent: isKept };
    this.#outgoing.set(packetId, outgoing);
    if (!isKept) return this.#sendInTurn(send);
    this.journal.put(this.#key(packetId), { order, ref, topic, retain, payload });
    const behind = [send];
    this.#behind = behind;
    this.#sendWhenCommitted(() => {
      if (this.#behind === behind) this.#behind = undefined;
      outgoing.isUnsent = false;
      for (const next of behind) next();
    });
  }

  #sendInTurn(send: DoneCallback): void {
    if (this.#behind === undefined) send();
    else this.#behind.push(send);
  }

  #release(packetId: number, send: DoneCallback): void {
    const outgoing = this.#outgoing.get(packetId);
    if (outgoing === undefined) return send(); // the broker answers what we never sent
    outgoing.isReleased = true;
    if (!outgoing.isKept) return send();
    this.journal.put(this.#releasedKey(packetId), true);
    this.#sendWhenCommitted(send);
  }

  #sendWhenCommitted(send: () => void): void {
    const connection = this.#connection;
    this.#uncommitted++;
    this.journal.afterCommit(() => {
      this.#uncommitted--;
      if (connection === this.#connection) send();
    });
  }

  #key(packetId: number): string {
    return recordKey('uo', this.name, packetId);
  }

  #releasedKey(packetId: number): string {
    return recordKey('up', this.name, packetId);
  }
}

function packetOf({ packetId: messageId, topic, retain, payload, isReleased }: Outgoing): Packet {
  if (isReleased) return { cmd: 'pubrel', messageId };
  return {
    cmd: 'publish',
    messageId,
    topic,
    payload: asBuffer(payload),
    qos: 2,
    retain,
    dup: true,
  };
}

const packetIdOf = (record: JournalRecord): number => Number(keyParts(record)[1]);

function outgoingOf(record: JournalRecord, released: ReadonlySet<number>): Outgoing | undefined {
  const packetId = packetIdOf(record);
  const { order, ref, topic, retain, payload } = fieldsOf(record.value);
  if (!Number.isInteger(packetId) || typeof order !== 'number' || typeof ref !== 'string') return;
  if (typeof topic !== 'string' || typeof retain !== 'boolean') return;
  if (!(payload instanceof Uint8Array)) return;
  const isReleased = released.has(packetId);
  const found = { packetId, order, ref, topic, retain, payload, isReleased };
  return { ...found, isKept: true, isUnsent: false };
}

function noop(): void {}
