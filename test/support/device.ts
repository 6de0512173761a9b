/** An MQTT-SN device on a UDP socket of its own, that does what a test says. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode, type Message, type MessageType, type Qos } from '../../src/codec/index.js';
import { PATIENCE_MS, until } from './wait.js';

type Of<T extends MessageType> = Extract<Message, { type: T }>;

interface Waiter {
  wants: (message: Message) => boolean;
  take: (message: Message) => void;
}

export interface DeviceOptions {
  clientId?: string;
  host?: string;
  /** Whether it answers REGISTER, PUBLISH and PUBREL by itself; else they wait for `expect`. */
  answers?: boolean;
  /** T_retry: after this time without an answer it repeats a request. */
  retryMs?: number;
}

export interface ConnectOptions {
  clean?: boolean;
  keepAliveSec?: number;
  will?: { topic: string; payload: string; qos?: 0 | 1 | 2; retain?: boolean };
}

export class Device {
  /** Messages that nobody has expected yet. */
  readonly frames: Message[] = [];
  /** What was published to it, as `topic payload qos` with `retained` behind it; QoS 2 without repeats. */
  readonly received: string[] = [];
  private readonly waiters: Waiter[] = [];
  private readonly topics = new Map<number, string>();
  private readonly unreleased = new Set<number>();
  private lastMsgId = 0;

  private constructor(
    private readonly socket: Socket,
    private readonly gateway: { host: string; port: number },
    readonly clientId: string,
    private readonly answers: boolean,
    private readonly retryMs: number,
  ) {
    socket.on('message', (data) => this.receive(data));
    // A gateway that has ended: the answers stay away, and that is what a test looks at.
    socket.on('error', () => {});
  }

  static async at(port: number, options: DeviceOptions = {}): Promise<Device> {
    const { clientId = 'device', host = '127.0.0.1', answers = true, retryMs = 3000 } = options;
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    return new Device(socket, { host, port }, clientId, answers, retryMs);
  }

  send(message: Message): void {
    this.sendOctets(encode(message));
  }

  sendOctets(octets: Uint8Array): void {
    this.socket.send(octets, this.gateway.port, this.gateway.host);
  }

  /** The next message of these types, or the one that is waiting. */
  async expect<T extends MessageType>(
    types: T | readonly T[],
    matches: (message: Of<T>) => boolean = () => true,
  ): Promise<Of<T>> {
    const wanted: readonly MessageType[] = [types].flat();
    const wants = (message: Message): boolean =>
      wanted.includes(message.type) && matches(message as Of<T>);
    const index = this.frames.findIndex(wants);
    if (index >= 0) return this.frames.splice(index, 1)[0] as Of<T>;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        const seen = this.frames.map((frame) => frame.type).join(', ');
        reject(
          new Error(
            `${this.clientId} waited in vain for ${wanted.join()}; it has ${seen || 'nothing'}`,
          ),
        );
      }, PATIENCE_MS);
      const waiter: Waiter = {
        wants,
        take: (message) => {
          clearTimeout(timer);
          resolve(message as Of<T>);
        },
      };
      this.waiters.push(waiter);
    });
  }

  /** Sends a request, again and again until its answer comes. */
  async ask<T extends MessageType>(
    request: Message,
    types: T | readonly T[],
    matches?: (message: Of<T>) => boolean,
  ): Promise<Of<T>> {
    this.send(request);
    const repeat = request.type === 'PUBLISH' ? { ...request, dup: true } : request;
    const timer = setInterval(() => this.send(repeat), this.retryMs);
    try {
      return await this.expect(types, matches);
    } finally {
      clearInterval(timer);
    }
  }

  /** Resolves with the return code. */
  async connect({ clean = true, keepAliveSec = 60, will }: ConnectOptions = {}): Promise<number> {
    const request: Message = {
      type: 'CONNECT',
      will: will !== undefined,
      cleanSession: clean,
      protocolId: 1,
      duration: keepAliveSec,
      clientId: this.clientId,
    };
    if (will === undefined) return (await this.ask(request, 'CONNACK')).returnCode;
    const { topic, payload, qos = 1, retain = false } = will;
    await this.ask(request, 'WILLTOPICREQ');
    await this.ask({ type: 'WILLTOPIC', qos, retain, willTopic: topic }, 'WILLMSGREQ');
    const answer = await this.ask({ type: 'WILLMSG', willMsg: Buffer.from(payload) }, 'CONNACK');
    return answer.returnCode;
  }

  /** Resolves with the topic id. */
  async register(topicName: string): Promise<number> {
    const msgId = this.nextMsgId();
    const request: Message = { type: 'REGISTER', topicId: 0, msgId, topicName };
    const { topicId } = await this.ask(request, 'REGACK', (answer) => answer.msgId === msgId);
    return topicId;
  }

  /** Publishes on a normal topic id; resolves with the return code, at QoS 0 at once with 0. */
  async publish(topicId: number, payload: string, qos: 0 | 1 | 2, retain = false): Promise<number> {
    const msgId = qos === 0 ? 0 : this.nextMsgId();
    const request = publish({ topicId, msgId, qos, retain }, payload);
    if (qos === 0) {
      this.send(request);
      return 0;
    }
    // Refusals come as PUBACK, whatever the QoS.
    const answer = await this.ask(request, ['PUBACK', 'PUBREC'], (ack) => ack.msgId === msgId);
    if (answer.type === 'PUBACK') return answer.returnCode;
    await this.ask({ type: 'PUBREL', msgId }, 'PUBCOMP', (ack) => ack.msgId === msgId);
    return 0;
  }

  async subscribe(topicName: string, qos: 0 | 1 | 2): Promise<Of<'SUBACK'>> {
    const msgId = this.nextMsgId();
    const answer = await this.ask(
      { type: 'SUBSCRIBE', dup: false, qos, msgId, topicIdType: 0, topicName },
      'SUBACK',
      (ack) => ack.msgId === msgId,
    );
    if (answer.topicId !== 0) this.topics.set(answer.topicId, topicName);
    return answer;
  }

  async subscribePredefined(topicId: number, qos: 0 | 1 | 2): Promise<Of<'SUBACK'>> {
    const msgId = this.nextMsgId();
    return this.ask(
      { type: 'SUBSCRIBE', dup: false, qos, msgId, topicIdType: 1, topicId },
      'SUBACK',
      (ack) => ack.msgId === msgId,
    );
  }

  async ping(): Promise<void> {
    await this.ask({ type: 'PINGREQ' }, 'PINGRESP');
  }

  async sleep(durationSec: number): Promise<void> {
    await this.ask({ type: 'DISCONNECT', duration: durationSec }, 'DISCONNECT');
  }

  /** Fetches what waits; resolves when the gateway has sent all of it. */
  async wake(): Promise<void> {
    await this.ask({ type: 'PINGREQ', clientId: this.clientId }, 'PINGRESP');
  }

  async disconnect(): Promise<void> {
    await this.ask({ type: 'DISCONNECT' }, 'DISCONNECT');
  }

  /** Resolves when it has received all these lines, each at least once. */
  async got(...lines: string[]): Promise<void> {
    const all = (): boolean => lines.every((line) => this.received.includes(line));
    await until(all, PATIENCE_MS, lines.join(', ')).catch((error: Error) => {
      throw new Error(`${this.clientId} ${error.message}; it got ${this.received.join(', ')}`);
    });
  }

  close(): void {
    this.socket.close();
  }

  private receive(data: Uint8Array): void {
    const decoded = decode(data);
    const message = decoded.type === 'ENCAPSULATED' ? decoded.message : decoded;
    if (message.type === 'MALFORMED') {
      throw new Error(`the gateway sent ${Buffer.from(data).toString('hex')}`);
    }
    if (this.answers && this.answer(message)) return;
    const index = this.waiters.findIndex(({ wants }) => wants(message));
    if (index >= 0) this.waiters.splice(index, 1)[0]?.take(message);
    else this.frames.push(message);
  }

  /** Does what every device does; whether that was all there is to do about the message. */
  private answer(message: Message): boolean {
    switch (message.type) {
      case 'REGISTER': {
        const { topicId, msgId, topicName } = message;
        this.topics.set(topicId, topicName);
        this.send({ type: 'REGACK', topicId, msgId, returnCode: 0 });
        return true;
      }
      case 'PUBLISH':
        this.take(message);
        return true;
      case 'PUBREL':
        this.unreleased.delete(message.msgId);
        this.send({ type: 'PUBCOMP', msgId: message.msgId });
        return true;
      default:
        return false;
    }
  }

  private take(message: Of<'PUBLISH'>): void {
    const { qos, msgId, topicId } = message;
    if (qos === 1) this.send({ type: 'PUBACK', topicId, msgId, returnCode: 0 });
    if (qos === 2) this.send({ type: 'PUBREC', msgId });
    if (this.unreleased.has(msgId)) return;
    if (qos === 2) this.unreleased.add(msgId);
    const payload = Buffer.from(message.data).toString();
    this.received.push(
      `${this.nameOf(message)} ${payload} ${qos}${message.retain ? ' retained' : ''}`,
    );
  }

  private nameOf({ topicIdType, topicId, topicName }: Of<'PUBLISH'>): string {
    if (topicIdType === 1) return `#${topicId}`;
    return topicName ?? this.topics.get(topicId) ?? `unknown id ${topicId}`;
  }

  private nextMsgId(): number {
    this.lastMsgId = (this.lastMsgId % 0xffff) + 1;
    return this.lastMsgId;
  }
}

/** A PUBLISH from a device. */
export function publish(
  fields: { topicId: number; topicIdType?: 0 | 1 | 2; msgId?: number; qos: Qos; retain?: boolean },
  payload: string,
): Of<'PUBLISH'> {
  const { topicId, topicIdType = 0, msgId = 0, qos, retain = false } = fields;
  const data = Buffer.from(payload);
  return { type: 'PUBLISH', dup: false, qos, retain, topicIdType, topicId, msgId, data };
}
