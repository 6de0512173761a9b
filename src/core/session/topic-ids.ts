/**
 * The normal topic ids of one device: one table, name and id, for both directions (SN 6.5, 6.10).
 *
 * An id is *confirmed* once the device has seen it (REGACK or SUBACK to it, REGACK from it) and until
 * its next CONNECT: only then may a PUBLISH *to* the device use it. A PUBLISH *from* the device may
 * use every id that was ever given, confirmed or not. Ids are never used again for another name
 * during a session.
 */
import { TOPIC_ID_MAX, TOPIC_IDS_PER_DEVICE_MAX } from '../limits.js';

export interface TopicId {
  readonly id: number;
  readonly name: string;
  confirmed: boolean;
  /** The device refused the name; it is not offered again before the next CONNECT (SN 6.10). */
  refused: boolean;
}

export class TopicIds {
  private readonly byName = new Map<string, TopicId>();
  /** By number, from the first one given: ids are given in order, so this is nearly without holes. */
  private readonly byId: (TopicId | undefined)[] = [];
  private firstId = 1;
  private nextId = 1;

  /** The highest number that may ever have been given. */
  get highestId(): number {
    return this.nextId - 1;
  }

  /** All ids shall lie above this one. To be called before any is given. */
  beginAbove(last: number): void {
    this.nextId = last + 1;
  }

  /** The next `count` numbers are given to nobody, as long as enough stay for a full table. */
  skip(count: number): void {
    const next = this.nextId + count;
    if (next <= TOPIC_ID_MAX - TOPIC_IDS_PER_DEVICE_MAX) this.nextId = next;
  }

  nameOf(id: number): string | undefined {
    return this.byNumber(id)?.name;
  }

  get(name: string): TopicId | undefined {
    return this.byName.get(name);
  }

  names(): IterableIterator<string> {
    return this.byName.keys();
  }

  /** In the order in which they were given. */
  entries(): IterableIterator<TopicId> {
    return this.byName.values();
  }

  byNumber(id: number): TopicId | undefined {
    return this.byId[id - this.firstId];
  }

  /** The id of a name, a new one above `above` if needed; undefined when the table is full. */
  assign(name: string, above: number): TopicId | undefined {
    const known = this.byName.get(name);
    if (known) return known;
    const id = Math.max(this.nextId, above + 1);
    if (this.byName.size >= TOPIC_IDS_PER_DEVICE_MAX || id > TOPIC_ID_MAX) return undefined;
    const entry = { id, name, confirmed: false, refused: false };
    if (this.byName.size === 0) this.firstId = id;
    this.nextId = id + 1;
    this.byName.set(name, entry);
    this.byId[id - this.firstId] = entry;
    return entry;
  }

  /** An id that was given in an earlier run. In the order of the ids. */
  restore(name: string, id: number, confirmed: boolean): void {
    if (this.byName.size === 0) this.firstId = id;
    const entry = { id, name, confirmed, refused: false };
    this.nextId = Math.max(this.nextId, id + 1);
    this.byName.set(name, entry);
    this.byId[id - this.firstId] = entry;
  }

  /** A new connection: numbers stay, but the device may have lost its table. */
  unconfirmAll(): void {
    for (const entry of this.byName.values()) {
      entry.confirmed = false;
      entry.refused = false;
    }
  }

  /**
   * The session begins anew: what the network still brings of the one before shall name nothing, and so its numbers are left alone
   * as long as enough stay for a full table.
   */
  clear(): void {
    this.byName.clear();
    this.byId.length = 0;
    if (this.nextId > TOPIC_ID_MAX - TOPIC_IDS_PER_DEVICE_MAX) this.nextId = 1;
  }
}
