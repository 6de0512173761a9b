/** What the gateway asks of a client: topic ids, deliveries at each quality of service, pings. */
import { type Message, RETURN_CODE } from '../codec/index.js';
import type { TopicTable } from './topic.js';

export interface Received {
  topic: string;
  payload: Uint8Array;
  qos: 0 | 1 | 2;
  retain: boolean;
}

type Publish = Extract<Message, { type: 'PUBLISH' }>;

export class Inbound {
  /**
   * QoS 2 messages between PUBLISH and PUBREL, by message id. Delivered at PUBREL, so that neither a
   * repeat nor an end in the middle delivers twice.
   */
  private readonly unreleased = new Map<number, Received>();

  constructor(
    private readonly topics: TopicTable,
    private readonly deliver: (message: Received) => void,
  ) {}

  /** Takes a message that answers no request of ours and returns what it is to be answered with. */
  handle(message: Message): Message | undefined {
    switch (message.type) {
      case 'REGISTER': {
        const { topicId, msgId } = message;
        this.topics.agree(message.topicName, topicId);
        return { type: 'REGACK', topicId, msgId, returnCode: RETURN_CODE.accepted };
      }
      case 'PUBLISH':
        return this.publish(message);
      case 'PUBREL':
        this.release(message.msgId);
        return { type: 'PUBCOMP', msgId: message.msgId };
      case 'PINGREQ':
        return { type: 'PINGRESP' };
      default:
        return undefined;
    }
  }

  clear(): void {
    this.unreleased.clear();
  }

  private release(msgId: number): void {
    const message = this.unreleased.get(msgId);
    this.unreleased.delete(msgId);
    if (message !== undefined) this.deliver(message);
  }

  private publish(message: Publish): Message | undefined {
    const { qos, topicId, msgId } = message;
    const topic = this.topics.nameOf(message);
    if (topic === undefined) {
      // The gateway registers the name again and repeats the message (SN 1.2, 6.10).
      return { type: 'PUBACK', topicId, msgId, returnCode: RETURN_CODE.invalidTopicId };
    }
    // A gateway never sends QoS -1; as it needs no answer, it counts as 0.
    const received = { topic, payload: message.data, retain: message.retain };
    if (qos === 2) {
      this.unreleased.set(msgId, { ...received, qos });
      return { type: 'PUBREC', msgId };
    }
    this.deliver({ ...received, qos: qos === 1 ? 1 : 0 });
    if (qos !== 1) return undefined;
    return { type: 'PUBACK', topicId, msgId, returnCode: RETURN_CODE.accepted };
  }
}
