/** How a topic is named to a device (SN 6.5; rule 6 of our notes). */
import { NORMAL, PREDEFINED, SHORT, textBytes, type TopicIdType } from '../../codec/index.js';
import type { Session } from './session.js';

export interface Reference {
  topicIdType: TopicIdType;
  topicId: number;
}

/** How to name a topic to this device without a REGISTER; undefined: it has to be registered. */
export function knownReference(session: Session, topic: string): Reference | undefined {
  const predefined = session.predefinedUsed.get(topic);
  if (predefined !== undefined) return { topicIdType: PREDEFINED, topicId: predefined };
  const normal = session.topicIds.get(topic);
  if (normal) return normal.confirmed ? { topicIdType: NORMAL, topicId: normal.id } : undefined;
  return shortReference(topic);
}

function shortReference(topic: string): Reference | undefined {
  if (topic.length > 2 || textBytes(topic) !== 2) return undefined;
  const [high = 0, low = 0] = new TextEncoder().encode(topic);
  return { topicIdType: SHORT, topicId: (high << 8) | low };
}
