/** A gateway of a few lines at the other end of a device's port, with a hand on what it answers. */
import { decode } from '../../../../firmware-sim/sn/decode.js';
import { encode } from '../../../../firmware-sim/sn/encode.js';
import type { SnMessage } from '../../../../firmware-sim/sn/messages.js';
import type { Port } from '../../../../firmware-sim/devices/port.js';
import type { VirtualTimeline } from '../../../../firmware-sim/virtual-timeline.js';

/** What a message takes in either direction. */
const DELAY_MS = 20;

export class PlainGateway implements Port {
  /** All that the device has sent. */
  readonly heard: { at: number; message: SnMessage }[] = [];
  /** Datagrams that are no messages. */
  readonly garbage: Uint8Array[] = [];
  /** PUBLISHes with QoS 1 and 2, each once. */
  readonly published: string[] = [];
  isListening = false;
  /** What the gateway does instead of its usual answer; undefined: the usual answer. */
  mood: (message: SnMessage) => SnMessage[] | undefined = () => undefined;
  private listener: (message: Uint8Array) => void = () => {};
  private readonly ids = new Map<string, number>();
  private readonly open = new Set<number>();
  private readonly waiting: SnMessage[] = [];

  constructor(private readonly time: VirtualTimeline) {}

  send(octets: Uint8Array): void {
    const message = decode(octets);
    if (message === undefined) {
      this.garbage.push(octets);
      return;
    }
    this.heard.push({ at: this.time.now(), message });
    for (const answer of this.mood(message) ?? this.answers(message)) this.tell(answer);
  }

  onMessage(listener: (message: Uint8Array) => void): void {
    this.listener = listener;
  }

  listen(on: boolean): void {
    this.isListening = on;
  }

  /** To the device, whatever it is doing. */
  tell(message: SnMessage): void {
    this.time.at(this.time.now() + DELAY_MS, () => {
      if (this.isListening) this.listener(encode(message));
    });
  }

  /** To the device, when it asks. */
  keep(...messages: SnMessage[]): void {
    this.waiting.push(...messages);
  }

  types(): string[] {
    return this.heard.map(({ message }) => message.type);
  }

  idOf(name: string): number {
    const id = this.ids.get(name) ?? this.ids.size + 1;
    this.ids.set(name, id);
    return id;
  }

  private answers(message: SnMessage): SnMessage[] {
    switch (message.type) {
      case 'CONNECT':
        return [message.will ? { type: 'WILLTOPICREQ' } : { type: 'CONNACK', code: 0 }];
      case 'WILLTOPIC':
        return [{ type: 'WILLMSGREQ' }];
      case 'WILLMSG':
        return [{ type: 'CONNACK', code: 0 }];
      case 'WILLTOPICUPD':
        return [{ type: 'WILLTOPICRESP', code: 0 }];
      case 'WILLMSGUPD':
        return [{ type: 'WILLMSGRESP', code: 0 }];
      case 'UNSUBSCRIBE':
        return [{ type: 'UNSUBACK', messageId: message.messageId }];
      case 'REGISTER': {
        const { messageId, name } = message;
        return [{ type: 'REGACK', topicId: this.idOf(name), messageId, code: 0 }];
      }
      case 'SUBSCRIBE': {
        const { messageId, topic, qos } = message;
        const hasId = topic.kind === 'normal' && !/[#+]/.test(topic.name);
        const topicId = hasId ? this.idOf(topic.name) : 0;
        return [{ type: 'SUBACK', qos, topicId, messageId, code: 0 }];
      }
      case 'PUBLISH':
        return this.publish(message);
      case 'PUBREL':
        this.open.delete(message.messageId);
        return [{ type: 'PUBCOMP', messageId: message.messageId }];
      case 'PINGREQ':
        return [...this.waiting.splice(0), { type: 'PINGRESP' }];
      case 'DISCONNECT':
        return [{ type: 'DISCONNECT' }];
      default:
        return [];
    }
  }

  private publish(message: Extract<SnMessage, { type: 'PUBLISH' }>): SnMessage[] {
    const { qos, messageId, topicId, payload } = message;
    const text = new TextDecoder().decode(payload);
    if (qos === 1) {
      this.published.push(text);
      return [{ type: 'PUBACK', topicId, messageId, code: 0 }];
    }
    if (qos !== 2) return [];
    if (!this.open.has(messageId)) this.published.push(text);
    this.open.add(messageId);
    return [{ type: 'PUBREC', messageId }];
  }
}
