/**
 * The QoS 1 and 2 messages that the broker has sent in one session and we have not settled yet. The
 * broker is acknowledged when everybody whom a message went to has accepted it, in whatever order that
 * happens: nothing waits for anything else.
 *
 *   QoS 1: PUBLISH -> handed over -> accepted by all -> PUBACK
 *   QoS 2: PUBLISH -> handed over -> accepted by all -> PUBREC ... PUBREL -> mark deleted -> PUBCOMP
 *
 * - A QoS 2 packet id is marked in the journal in the same turn in which its message is handed over. So
 *   after a crash either both are there, and the repeated PUBLISH is known, or neither.
 * - What is for nobody is acknowledged when what came before it is on disk: it may be the second copy of a message whose
 *   first has come for another filter just before. A crash must not lose both, nor forget that the second was none.
 * - PUBCOMP allows the broker to use the id again: it goes out when the mark's end is on disk.
 * - On a new connection the broker repeats what it has no acknowledgement of, with DUP [MQTT-3.3.1-1].
 *   Without DUP it is another message: the broker has given up the earlier one, which it may.
 * - The broker repeats first of all on a new connection [MQTT-4.4.0-1]. What it does not mention in time, each within
 *   a minute of the one before, it has done with, and the id is free: a failing disk may never have heard of the end, or the broker has given the message up.
 * - An acknowledgement never goes out on a later connection than the packet that asks for it.
 */
import type { Duplex } from 'node:stream';
import type { JournalRecord } from '../core/types.js';
import type { Journal } from '../store/journal.js';
import { gatherWrites } from './gather-writes.js';
import { RESEND_TIMEOUT_MS } from './limits.js';
import { keyParts, recordKey } from './records.js';
import type { Time, Timer } from './time.js';

/** What has to be told to those who get a message. */
export interface Receipt {
  /** The token for one recipient, to be accepted; 0: nobody waits for it. */
  tokenFor(client: string): number;
}

export const NO_RECEIPT: Receipt = { tokenFor: () => 0 };

/** Of an incoming PUBLISH, as far as it matters here. */
export interface IncomingPacket {
  messageId: number;
  qos: 1 | 2;
  dup: boolean;
}

const PUBACK = 0x40;
const PUBREC = 0x50;
const PUBCOMP = 0x70;

type Table = Map<number, Incoming>;

class Incoming implements Receipt {
  /** Recipients who have not accepted yet, and one more while it is being handed over. */
  waiting = 1;
  recipients = 0;
  /** Key of its mark in the journal. */
  mark: string | undefined;
  /** PUBREL has come. */
  isReleased = false;

  /** @param connection on which it came, or was repeated last */
  constructor(
    readonly table: Table,
    readonly packetId: number,
    readonly qos: 1 | 2,
    public connection: number,
    private readonly issue: (incoming: Incoming, client: string) => number,
  ) {}

  tokenFor(client: string): number {
    this.recipients++;
    this.waiting++;
    return this.issue(this, client);
  }
}

export class Receipts {
  /** By broker: each numbers its packets itself. */
  readonly #tables = new Map<string, Table>();
  readonly #tokens = new Map<number, { incoming: Incoming; client: string }>();
  #table: Table = new Map();
  #broker = '';
  #stream: Duplex | undefined;
  #connection = 0;
  /** Until then the broker may repeat what is older than the connection, one after the other. */
  #timer: Timer | undefined;
  /** false: the session does not outlive this process, so nothing needs to be on disk. */
  isKept = true;

  /**
   * @param name of the session: its client id
   * @param nextToken gives numbers that nobody else gets
   * @param marks of an earlier run
   */
  constructor(
    private readonly name: string,
    private readonly journal: Journal,
    private readonly nextToken: () => number,
    marks: readonly JournalRecord[],
    private readonly time: Time,
  ) {
    for (const record of marks) this.#recover(record);
  }

  /** Nothing is under way. */
  get isEmpty(): boolean {
    return [...this.#tables.values()].every((table) => table.size === 0);
  }

  /** A connection is there; `isNew`: with a session that knows nothing of earlier packets. */
  begin(stream: Duplex, broker: string, isNew: boolean): void {
    this.#stream = stream;
    this.#broker = broker;
    this.#connection++;
    this.#table = this.#tableOf(broker);
    if (isNew) this.#empty(this.#table);
    this.#timer?.cancel();
    if (this.#table.size > 0) this.#expectRepeat();
  }

  /** The connection is gone, or nothing may be sent on it any more. */
  end(): void {
    this.#stream = undefined;
    this.#timer?.cancel();
  }

  /** The session is over. */
  clear(): void {
    for (const table of this.#tables.values()) this.#empty(table);
    this.#tables.clear();
    this.#tokens.clear();
  }

  /** A PUBLISH has come: `hand` gives its message to everybody concerned, unless they have it already. */
  publish<P extends IncomingPacket>(packet: P, hand: (packet: P, receipt: Receipt) => void): void {
    const known = this.#table.get(packet.messageId);
    if (known !== undefined && this.#isRepeat(known, packet)) {
      this.#mentioned(known);
      if (known.waiting === 0) this.#acknowledge(known);
      return;
    }
    this.#unmark(known);
    const incoming = this.#enter(this.#table, packet.messageId, packet.qos, this.#connection);
    if (packet.qos === 2 && this.isKept) this.#mark(incoming);
    hand(packet, incoming);
    if (incoming.recipients > 0 || !this.isKept) return this.#accepted(incoming);
    this.journal.afterCommit(() => this.#accepted(incoming));
  }

  /** PUBREL has come. */
  release(packetId: number): void {
    const incoming = this.#table.get(packetId);
    if (incoming !== undefined) this.#mentioned(incoming);
    if (incoming?.qos !== 2 || incoming.mark === undefined) {
      if (incoming?.qos === 2) this.#table.delete(packetId);
      return this.#write(PUBCOMP, packetId);
    }
    if (incoming.isReleased) return;
    incoming.isReleased = true;
    this.journal.delete(incoming.mark);
    this.journal.afterCommit(() => {
      if (this.#isCurrent(incoming)) this.#write(PUBCOMP, packetId);
      if (incoming.table.get(packetId) === incoming) incoming.table.delete(packetId);
    });
  }

  /** Returns whether the token is of this session. */
  accept(token: number): boolean {
    const entry = this.#tokens.get(token);
    if (entry === undefined) return false;
    this.#tokens.delete(token);
    this.#accepted(entry.incoming);
    return true;
  }

  /** The client is gone for good: nothing of its waits any more. */
  acceptAllOf(client: string): void {
    for (const [token, entry] of this.#tokens) if (entry.client === client) this.accept(token);
  }

  #isRepeat(known: Incoming, { qos, dup }: IncomingPacket): boolean {
    if (known.qos !== qos) return false;
    // On one connection the id of a QoS 2 packet is taken until PUBCOMP [MQTT-4.3.3-2].
    return dup || (qos === 2 && known.connection === this.#connection);
  }

  #accepted(incoming: Incoming): void {
    incoming.waiting--;
    if (incoming.waiting === 0) this.#acknowledge(incoming);
  }

  #acknowledge(incoming: Incoming): void {
    if (!this.#isCurrent(incoming)) return;
    const { packetId, qos } = incoming;
    if (qos === 1) this.#table.delete(packetId);
    this.#write(qos === 1 ? PUBACK : PUBREC, packetId);
  }

  /** Whether the broker asks for it on the present connection. */
  #isCurrent(incoming: Incoming): boolean {
    if (this.#stream === undefined || incoming.connection !== this.#connection) return false;
    return this.#table.get(incoming.packetId) === incoming;
  }

  #write(type: number, packetId: number): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    gatherWrites(stream);
    stream.write(Buffer.from([type, 2, packetId >> 8, packetId & 0xff]));
  }

  #enter(table: Table, packetId: number, qos: 1 | 2, connection: number): Incoming {
    const incoming = new Incoming(table, packetId, qos, connection, this.#issue);
    table.set(packetId, incoming);
    return incoming;
  }

  readonly #issue = (incoming: Incoming, client: string): number => {
    const token = this.nextToken();
    this.#tokens.set(token, { incoming, client });
    return token;
  };

  #mark(incoming: Incoming): void {
    incoming.mark = recordKey('ui', this.name, this.#broker, incoming.packetId);
    this.journal.put(incoming.mark, null);
  }

  #unmark(incoming: Incoming | undefined): void {
    if (incoming?.mark === undefined) return;
    this.journal.delete(incoming.mark);
    incoming.mark = undefined;
  }

  /** A slow broker takes as long again for the next one. */
  #mentioned(incoming: Incoming): void {
    if (incoming.connection === this.#connection) return;
    incoming.connection = this.#connection;
    this.#expectRepeat();
  }

  #expectRepeat(): void {
    this.#timer?.cancel();
    this.#timer = this.time.after(RESEND_TIMEOUT_MS, () => this.#forgetUnmentioned());
  }

  #forgetUnmentioned(): void {
    for (const [packetId, incoming] of this.#table) {
      if (incoming.connection === this.#connection || incoming.waiting > 0) continue;
      this.#unmark(incoming);
      this.#table.delete(packetId);
    }
  }

  #tableOf(broker: string): Table {
    const known = this.#tables.get(broker);
    if (known !== undefined) return known;
    const table: Table = new Map();
    this.#tables.set(broker, table);
    return table;
  }

  #empty(table: Table): void {
    for (const incoming of table.values()) this.#unmark(incoming);
    table.clear();
  }

  #recover(record: JournalRecord): void {
    const [, broker, id] = keyParts(record);
    const packetId = Number(id);
    if (broker === undefined || !Number.isInteger(packetId)) return;
    const incoming = this.#enter(this.#tableOf(broker), packetId, 2, 0);
    incoming.waiting = 0;
    incoming.mark = record.key;
  }
}
