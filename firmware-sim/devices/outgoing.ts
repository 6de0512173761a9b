import type { Publish, TopicReference } from '../sn/messages.js';
import type { SentMessage } from './ledger.js';

/** A message that is to be published, and how far it has come. */
export interface Outgoing {
  topic: TopicReference;
  payload: Uint8Array;
  qos: 0 | 1 | 2;
  retain: boolean;
  messageId: number;
  /** At QoS 2: PUBREC has come, PUBREL is next. */
  isReceived: boolean;
  /** From its first transmission on. */
  record?: SentMessage;
}

export const publishOf = ({
  topic,
  payload,
  qos,
  retain,
  messageId,
}: Outgoing): Omit<Publish, 'topicId' | 'dup'> => ({
  type: 'PUBLISH',
  qos,
  retain,
  topicKind: topic.kind,
  messageId: qos === 0 ? 0 : messageId,
  payload,
});
