/** A device with the little state that devices have. It answers at once; an `odd` one answers as it likes. */
import type { Message } from '../../../src/codec/index.js';
import type { Place } from './driver.js';
import { connect, octets, publish, puback, regack } from './messages.js';

type Of<T extends Message['type']> = Extract<Message, { type: T }>;

interface Uplink {
  publish: Of<'PUBLISH'>;
  /** QoS 2: PUBREC came, so it repeats PUBREL. */
  received: boolean;
}

export class VirtualDevice {
  /** Messages received; a repeat at QoS 2 that the device recognises does not count. */
  readonly delivered: { qos: number; text: string }[] = [];
  /** Somebody has spoken for another: such devices hear each other's answers. */
  isMistaken = false;
  private readonly receivedQos2 = new Set<number>();
  private readonly uplinks = new Map<number, Uplink>();
  private readonly topicIds = new Map<string, number>();
  private readonly registering = new Map<number, string>();
  private lastConnect: Of<'CONNECT'>;
  private connected = false;
  private lastMsgId = 0;
  private published = 0;

  constructor(
    readonly clientId: string,
    public place: Place,
    /** Undefined for an honest device; else picks one of so many ways to answer. */
    private readonly pick?: (ways: number) => number,
  ) {
    this.lastConnect = connect(clientId) as Of<'CONNECT'>;
  }

  get isHonest(): boolean {
    return this.pick === undefined;
  }

  connect(options: Partial<Of<'CONNECT'>>): Message {
    this.lastConnect = connect(this.clientId, options) as Of<'CONNECT'>;
    this.connected = false;
    this.uplinks.clear();
    return this.lastConnect;
  }

  register(topicName: string): Message {
    const msgId = this.nextMsgId();
    this.registering.set(msgId, topicName);
    return { type: 'REGISTER', topicId: 0, msgId, topicName };
  }

  /** A new message, or undefined when the device has no connection that it knows of. */
  publish(qos: 0 | 1 | 2, topicIdType: 0 | 1 | 2): Message | undefined {
    if (!this.connected) return undefined;
    const normal = [...this.topicIds.values()].at(-1) ?? 3;
    const topicId = { 0: normal, 1: 1, 2: 0x6162 }[topicIdType];
    const msgId = qos === 0 ? 0 : this.nextMsgId();
    const data = octets(`${this.clientId}#${++this.published}`);
    const message = publish(qos, { topicIdType, topicId, msgId, data }) as Of<'PUBLISH'>;
    if (qos > 0) this.uplinks.set(msgId, { publish: message, received: false });
    return message;
  }

  /** What the device would repeat when an answer does not come. */
  repeat(): Message | undefined {
    const last = [...this.uplinks.values()].at(-1);
    if (last === undefined) return undefined;
    const { msgId } = last.publish;
    return last.received ? { type: 'PUBREL', msgId } : { ...last.publish, dup: true };
  }

  subscribe(filter: string | number, qos: 0 | 1 | 2, short: boolean): Message {
    const head = { type: 'SUBSCRIBE', dup: false, qos, msgId: this.nextMsgId() } as const;
    if (typeof filter === 'number') return { ...head, topicIdType: 1, topicId: filter };
    return { ...head, topicIdType: short && filter.length === 2 ? 2 : 0, topicName: filter };
  }

  unsubscribe(topicName: string): Message {
    return { type: 'UNSUBSCRIBE', msgId: this.nextMsgId(), topicIdType: 0, topicName };
  }

  updateWill(part: 'topic' | 'message' | 'none'): Message {
    if (part === 'message') return { type: 'WILLMSGUPD', willMsg: octets('gone for good') };
    if (part === 'none') return { type: 'WILLTOPICUPD', empty: true };
    return { type: 'WILLTOPICUPD', qos: 1, retain: false, willTopic: `will/${this.clientId}/new` };
  }

  /** The answer to a frame of the gateway, if it wants one. */
  hear(message: Message): Message | undefined {
    const honest = this.answer(message);
    if (this.pick === undefined || honest === undefined) return honest;
    switch (this.pick(6)) {
      case 0:
        return undefined;
      case 1:
        return message.type === 'PUBLISH' ? puback(message.topicId, 0, 2) : honest;
      case 2:
        return refusal(honest, 1 + this.pick(3));
      case 3:
        return 'msgId' in honest ? { ...honest, msgId: honest.msgId + 1 } : honest;
      default:
        return honest;
    }
  }

  private answer(message: Message): Message | undefined {
    switch (message.type) {
      case 'CONNACK':
        this.connected = message.returnCode === 0;
        if (this.connected && this.lastConnect.cleanSession) {
          this.receivedQos2.clear();
          this.topicIds.clear();
        }
        return undefined;
      case 'DISCONNECT':
        this.connected = false;
        return undefined;
      case 'WILLTOPICREQ':
        return { type: 'WILLTOPIC', qos: 1, retain: false, willTopic: `will/${this.clientId}` };
      case 'WILLMSGREQ':
        return { type: 'WILLMSG', willMsg: octets('gone') };
      case 'REGISTER':
        return regack(message.topicId, message.msgId);
      case 'REGACK':
        this.onRegack(message);
        return undefined;
      case 'PUBLISH':
        return this.onPublish(message);
      case 'PUBREL':
        this.receivedQos2.delete(message.msgId);
        return { type: 'PUBCOMP', msgId: message.msgId };
      case 'PUBACK':
        // It may repeat a message that met congestion.
        if (message.returnCode !== 1) this.uplinks.delete(message.msgId);
        return undefined;
      case 'PUBREC':
        return this.onPubrec(message.msgId);
      case 'PUBCOMP':
        this.uplinks.delete(message.msgId);
        return undefined;
      default:
        return undefined;
    }
  }

  private onRegack({ msgId, topicId, returnCode }: Of<'REGACK'>): void {
    const name = this.registering.get(msgId);
    if (name !== undefined && returnCode === 0) this.topicIds.set(name, topicId);
  }

  private onPublish({ qos, topicId, msgId, data }: Of<'PUBLISH'>): Message | undefined {
    if (qos !== 2 || !this.receivedQos2.has(msgId)) {
      this.delivered.push({ qos, text: new TextDecoder().decode(data).trimEnd() });
    }
    if (qos === 2) this.receivedQos2.add(msgId);
    if (qos === 0) return undefined;
    return qos === 1 ? puback(topicId, msgId) : { type: 'PUBREC', msgId };
  }

  private onPubrec(msgId: number): Message {
    const uplink = this.uplinks.get(msgId);
    if (uplink) uplink.received = true;
    return { type: 'PUBREL', msgId };
  }

  private nextMsgId(): number {
    // An odd device uses its numbers again too soon.
    this.lastMsgId = (this.lastMsgId % (this.isHonest ? 0xffff : 3)) + 1;
    return this.lastMsgId;
  }
}

const refusal = (answer: Message, returnCode: number): Message =>
  'returnCode' in answer
    ? { ...answer, returnCode }
    : 'msgId' in answer
      ? puback(0, answer.msgId, returnCode)
      : answer;
