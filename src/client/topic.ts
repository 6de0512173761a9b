/** How the tools name a topic, and how that looks on the wire (SN 1.2, 3 and 5.3.11). */
import {
  hasWildcard,
  NORMAL,
  PREDEFINED,
  SHORT,
  type TopicIdType,
  textBytes,
} from '../codec/index.js';

export type Topic =
  /** Agreed on with REGISTER or SUBSCRIBE; a filter when subscribing. */
  | { kind: 'name'; name: string }
  /** Two octets that are name and id at once. */
  | { kind: 'short'; name: string }
  /** A number that both sides have in their configuration. */
  | { kind: 'predefined'; id: number };

/** Names of exactly two octets travel as short topics, as mqtt-sn-tools and RIOT send them. */
export function namedTopic(name: string): Topic {
  const kind = textBytes(name) === 2 && !hasWildcard(name) ? 'short' : 'name';
  return { kind, name };
}

export function topicText(topic: Topic): string {
  return topic.kind === 'predefined' ? predefinedText(topic.id) : topic.name;
}

const predefinedText = (id: number): string => `predefined:${id}`;

/** What SUBSCRIBE carries for a topic. */
export function subscribeReference(
  topic: Topic,
): { topicIdType: 0 | 2; topicName: string } | { topicIdType: 1; topicId: number } {
  if (topic.kind === 'predefined') return { topicIdType: PREDEFINED, topicId: topic.id };
  return { topicIdType: topic.kind === 'short' ? SHORT : NORMAL, topicName: topic.name };
}

/** What PUBLISH carries for a topic that needs no agreement. */
export function fixedReference(topic: Exclude<Topic, { kind: 'name' }>): {
  topicIdType: TopicIdType;
  topicId: number;
} {
  if (topic.kind === 'predefined') return { topicIdType: PREDEFINED, topicId: topic.id };
  const octets = Buffer.from(topic.name);
  return { topicIdType: SHORT, topicId: octets.readUInt16BE() };
}

/** The normal topic ids agreed on with one gateway: name to id and back. */
export class TopicTable {
  private readonly ids = new Map<string, number>();
  private readonly names = new Map<number, string>();

  agree(name: string, id: number): void {
    this.ids.set(name, id);
    this.names.set(id, name);
  }

  idOf(name: string): number | undefined {
    return this.ids.get(name);
  }

  /** The printable name of a received PUBLISH; undefined when its id was never agreed on. */
  nameOf(message: {
    topicIdType: TopicIdType;
    topicId: number;
    topicName?: string;
  }): string | undefined {
    if (message.topicIdType === PREDEFINED) return predefinedText(message.topicId);
    return message.topicIdType === SHORT ? message.topicName : this.names.get(message.topicId);
  }

  forget(name: string): void {
    const id = this.ids.get(name);
    this.ids.delete(name);
    if (id !== undefined) this.names.delete(id);
  }

  clear(): void {
    this.ids.clear();
    this.names.clear();
  }
}
