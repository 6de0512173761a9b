/** What a device's trace says, read as the protocol has it and without trust in the device's own books. */
import type { Message, MessageType } from '../../../src/codec/index.js';
import type { TraceEntry } from './ledger.js';

/** A message that the device has published. */
export interface Uplink {
  payload: string;
  qos: number;
  firstSentAt: number;
  /** When the gateway had taken it: PUBACK, at QoS 2 PUBREC. */
  ackedAt?: number;
}

/** A message that the device has received; at QoS 2 once for each exchange. */
export interface Delivery {
  at: number;
  /** By its topic id; undefined when nobody has told the device what that means. */
  topic: string | undefined;
  payload: string;
  qos: number;
  dup: boolean;
}

export interface Account {
  uplinks: Uplink[];
  deliveries: Delivery[];
  /** What no gateway may do, whatever has happened to it. */
  faults: string[];
}

type Of<T extends MessageType> = Extract<Message, { type: T }>;

const ACCEPTED = 0;
const INVALID_TOPIC_ID = 2;

export function accountOf(trace: readonly TraceEntry[]): Account {
  const reader = new Reader();
  for (const entry of trace) {
    if ('radio' in entry) reader.isDeaf = entry.radio === 'off';
    else if (entry.from === 'device') reader.sent(entry.message, entry.at);
    else if (!reader.isDeaf) reader.heard(entry.message, entry.at);
  }
  return reader;
}

class Reader implements Account {
  readonly uplinks: Uplink[] = [];
  readonly deliveries: Delivery[] = [];
  readonly faults: string[] = [];
  isDeaf = false;
  private readonly topics = new Map<number, string>();
  private readonly asked = new Map<number, string>();
  private readonly byPayload = new Map<string, Uplink>();
  private readonly open = new Map<number, Uplink>();
  /** QoS 2 messages of the gateway between PUBLISH and PUBREL, by message id. */
  private readonly unreleased = new Map<number, string>();

  sent(message: Message, at: number): void {
    switch (message.type) {
      case 'CONNECT':
        if (!message.cleanSession) return;
        this.topics.clear();
        this.unreleased.clear();
        return;
      case 'REGISTER':
        this.asked.set(message.msgId, message.topicName);
        return;
      case 'SUBSCRIBE':
        if (message.topicIdType === 0) this.asked.set(message.msgId, message.topicName);
        return;
      case 'PUBLISH': {
        const payload = textOf(message.data);
        const uplink = this.byPayload.get(payload) ?? {
          payload,
          qos: message.qos,
          firstSentAt: at,
        };
        if (!this.byPayload.has(payload)) this.uplinks.push(uplink);
        this.byPayload.set(payload, uplink);
        this.open.set(message.msgId, uplink);
        return;
      }
      default:
    }
  }

  heard(message: Message, at: number): void {
    switch (message.type) {
      case 'REGACK':
      case 'SUBACK':
        if (message.returnCode === ACCEPTED)
          this.agree(message.topicId, this.asked.get(message.msgId));
        return;
      case 'REGISTER':
        this.agree(message.topicId, message.topicName);
        return;
      case 'PUBACK':
        if (message.returnCode === ACCEPTED) this.acked(message.msgId, at);
        if (message.returnCode === INVALID_TOPIC_ID) {
          const name = this.topics.get(message.topicId);
          this.faults.push(`refused topic id ${message.topicId}, agreed on as ${name}`);
        }
        return;
      case 'PUBREC':
        this.acked(message.msgId, at);
        return;
      case 'PUBREL':
        this.unreleased.delete(message.msgId);
        return;
      case 'PUBLISH':
        this.deliver(message, at);
        return;
      default:
    }
  }

  private agree(topicId: number, name: string | undefined): void {
    // A filter with wildcards has no id.
    if (topicId === 0 || name === undefined) return;
    const before = this.topics.get(topicId);
    if (before !== undefined && before !== name) {
      this.faults.push(`topic id ${topicId} meant ${before} and means ${name} now`);
    }
    this.topics.set(topicId, name);
  }

  private acked(msgId: number, at: number): void {
    const uplink = this.open.get(msgId);
    if (uplink !== undefined) uplink.ackedAt ??= at;
  }

  private deliver({ qos, dup, msgId, topicId, data }: Of<'PUBLISH'>, at: number): void {
    const payload = textOf(data);
    if (qos === 2) {
      const open = this.unreleased.get(msgId);
      if (open !== undefined && open !== payload) {
        this.faults.push(`message id ${msgId} for ${payload} while ${open} is not released`);
      }
      // Whatever came under this id, the device takes it for a repeat.
      if (open !== undefined) return;
      this.unreleased.set(msgId, payload);
    }
    this.deliveries.push({ at, topic: this.topics.get(topicId), payload, qos, dup });
  }
}

const textOf = (octets: Uint8Array): string => Buffer.from(octets).toString();
