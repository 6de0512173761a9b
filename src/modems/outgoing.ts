/** Messages of a channel that have not come to their end. What order they go in is the scheduler's. */
import { isPublish } from '../framing/message-shape.js';
import type { Priority } from '../radio/frames.js';

export interface OutgoingMessage {
  address: string | null;
  data: Uint8Array;
  urgency: Priority;
  /** `transmitted` with this number is wanted. */
  ref: number | undefined;
  /** Of the link layer: no message, and nobody but the channel knows of it. */
  isAcknowledgement?: true;
}

/** As many as the scheduler has, and the one that it has given out. */
export class Outgoing {
  private readonly byId = new Map<number, OutgoingMessage>();
  /** Those that have not left, by address: a node has one message open. */
  private readonly acknowledgements = new Map<OutgoingMessage['address'], OutgoingMessage>();
  /** The modem has it. */
  private leaving: OutgoingMessage | undefined;
  private lastId = 0;

  nextId(): number {
    return ++this.lastId;
  }

  add(id: number, message: OutgoingMessage): void {
    this.byId.set(id, message);
    if (message.isAcknowledgement) this.acknowledgements.set(message.address, message);
  }

  get(id: number): OutgoingMessage | undefined {
    return this.byId.get(id);
  }

  take(id: number): OutgoingMessage | undefined {
    const message = this.byId.get(id);
    this.byId.delete(id);
    if (message === undefined) return undefined;
    this.closes(message);
    if (this.leaving === message) this.leaving = undefined;
    return message;
  }

  takeAll(): OutgoingMessage[] {
    const messages = [...this.byId.values()];
    this.byId.clear();
    this.acknowledgements.clear();
    this.leaving = undefined;
    return messages;
  }

  some(holds: (message: OutgoingMessage) => boolean): boolean {
    return [...this.byId.values()].some(holds);
  }

  /** The one that waits for this address: what it says may still be changed. */
  acknowledgementTo(address: string): OutgoingMessage | undefined {
    return this.acknowledgements.get(address);
  }

  /** The modem gets it: what it says is not to be changed any more. */
  leaves(message: OutgoingMessage): void {
    this.leaving = message;
    this.closes(message);
  }

  /** A later acknowledgement waits for its node, which has no message open any more but that one's. */
  isSuperseded(id: number): boolean {
    const message = this.byId.get(id);
    if (message?.isAcknowledgement === undefined) return false;
    const waiting = this.acknowledgements.get(message.address);
    return waiting !== undefined && waiting !== message;
  }

  /** The modem had no room for it, and it waits again. */
  comesBack(id: number): void {
    const message = this.byId.get(id);
    if (message === undefined) return;
    this.leaving = undefined;
    const { address, isAcknowledgement } = message;
    if (isAcknowledgement) this.acknowledgements.set(address, message);
  }

  /**
   * The one that waits and says the same to the same address, so that once is enough: a device that repeats its
   * request while our answer waits is answered by that. Two PUBLISH are two messages, however alike;
   * and whoever waits for an answer counts transmissions.
   */
  sameAs({ address, data, urgency, ref }: OutgoingMessage): number | undefined {
    if (ref !== undefined || isPublish(data)) return undefined;
    for (const [id, one] of this.byId) {
      if (one.address !== address || one.urgency !== urgency) continue;
      if (one.ref !== undefined || one.isAcknowledgement || one === this.leaving) continue;
      if (areEqual(one.data, data)) return id;
    }
    return undefined;
  }

  private closes(message: OutgoingMessage): void {
    const { address } = message;
    if (this.acknowledgements.get(address) === message) this.acknowledgements.delete(address);
  }
}

export const areEqual = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((octet, at) => octet === other[at]);
