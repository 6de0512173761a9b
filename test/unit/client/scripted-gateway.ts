/** A gateway that does what a test tells it, on a real UDP socket. */
import { createSocket, type RemoteInfo } from 'node:dgram';
import { decode, encode, type Message, type MessageType } from '../../../src/codec/index.js';

type Of<T extends MessageType> = Extract<Message, { type: T }>;
/** Returns the answers to a message; none is silence. */
type Script = { [T in MessageType]?: (message: Of<T>) => Message[] };

/** How a gateway answers that accepts everything. */
const POLITE: Script = {
  SEARCHGW: () => [{ type: 'GWINFO', gwId: 7 }],
  CONNECT: ({ will }) => [will ? { type: 'WILLTOPICREQ' } : { type: 'CONNACK', returnCode: 0 }],
  WILLTOPIC: () => [{ type: 'WILLMSGREQ' }],
  WILLMSG: () => [{ type: 'CONNACK', returnCode: 0 }],
  REGISTER: ({ msgId }) => [{ type: 'REGACK', topicId: 5, msgId, returnCode: 0 }],
  SUBSCRIBE: ({ msgId, qos }) => [{ type: 'SUBACK', topicId: 5, msgId, qos, returnCode: 0 }],
  PUBLISH: ({ qos, topicId, msgId }) => {
    if (qos === 1) return [{ type: 'PUBACK', topicId, msgId, returnCode: 0 }];
    return qos === 2 ? [{ type: 'PUBREC', msgId }] : [];
  },
  PUBREL: ({ msgId }) => [{ type: 'PUBCOMP', msgId }],
  PINGREQ: () => [{ type: 'PINGRESP' }],
  DISCONNECT: () => [{ type: 'DISCONNECT' }],
};

export class ScriptedGateway {
  readonly received: Message[] = [];
  private readonly socket = createSocket('udp4');
  private readonly waiting = new Set<() => void>();
  private peer: RemoteInfo | undefined;

  private constructor(private readonly script: Script) {}

  static async start(script: Script = {}): Promise<ScriptedGateway> {
    const gateway = new ScriptedGateway({ ...POLITE, ...script });
    gateway.socket.on('message', (datagram, from) => gateway.receive(datagram, from));
    await new Promise<void>((resolve) => gateway.socket.bind(0, '127.0.0.1', resolve));
    return gateway;
  }

  get port(): number {
    return this.socket.address().port;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.socket.close(resolve));
  }

  /** To whoever spoke last. */
  send(message: Message): void {
    if (this.peer) this.socket.send(encode(message), this.peer.port, this.peer.address);
  }

  of<T extends MessageType>(type: T): Of<T>[] {
    return this.received.filter((message): message is Of<T> => message.type === type);
  }

  /** The names of what came, in order. */
  get log(): MessageType[] {
    return this.received.map(({ type }) => type);
  }

  /** Waits until `times` messages of this type have come and returns the last one. */
  async came<T extends MessageType>(type: T, times = 1): Promise<Of<T>> {
    await eventually(() => this.of(type).length >= times, this.waiting, `${times} ${type}`);
    return this.of(type)[times - 1] as Of<T>;
  }

  private receive(datagram: Uint8Array, from: RemoteInfo): void {
    const message = decode(Uint8Array.from(datagram));
    if (message.type === 'MALFORMED' || message.type === 'ENCAPSULATED') return;
    this.peer = from;
    this.received.push(message);
    const answer = this.script[message.type] as ((message: Message) => Message[]) | undefined;
    for (const reply of answer?.(message) ?? []) this.send(reply);
    for (const check of [...this.waiting]) check();
  }
}

/** Resolves as soon as `condition` holds, looked at whenever one of `triggers` is called. */
export function eventually(
  condition: () => boolean,
  triggers: Set<() => void>,
  what: string,
  deadlineMs = 4000,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      triggers.delete(check);
      if (error) reject(error);
      else resolve();
    };
    const check = (): void => {
      if (condition()) finish();
    };
    const timer = setTimeout(() => finish(new Error(`waited in vain for ${what}`)), deadlineMs);
    triggers.add(check);
    check();
  });
}
