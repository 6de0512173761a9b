/**
 * A conforming device that outlives its gateway: it repeats each request until the answer comes,
 * keeps its topic ids for as long as the session, turns its radio off while it sleeps, and writes down each
 * frame. What it has been promised is worked out from that trace (account.ts), not by itself.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import {
  decode,
  encode,
  matchesFilter,
  type Message,
  type MessageType,
} from '../../../src/codec/index.js';
import { Asking, NoAnswer, RETRY_MS } from './asking.js';
import { type DeviceLedger, topicOf, type TraceEntry } from './ledger.js';

/** A WILLTOPIC or WILLMSG that gets no answer this often: the gateway knows nothing of our CONNECT. */
const WILL_STEP_REPEATS_MAX = 3;
/** T_WAIT: how long it leaves a gateway alone that says "congestion". */
const CONGESTION_WAIT_MS = 300;
const KEEP_ALIVE_SEC = 60;
const ACCEPTED = 0;
const CONGESTION = 1;

type Of<T extends MessageType> = Extract<Message, { type: T }>;

/** The gateway has said DISCONNECT: whatever was agreed on is void. */
export class SessionGone extends Error {}
/** The test is over. */
export class DeviceClosed extends Error {}

export interface Will {
  topic: string;
  payload: string;
  qos: 1 | 2;
}

export interface CrashDeviceOptions {
  clientId: string;
  keepsSession: boolean;
  filters: readonly string[];
  gatewayPort: number;
  /** Sees each frame of the gateway at once, before the device acts on it. */
  onFrame?: (message: Message) => void;
}

export class CrashDevice {
  readonly trace: TraceEntry[] = [];
  /** Payloads that have come; only to know when to stop waiting. */
  readonly received = new Set<string>();
  private readonly topicIds = new Map<string, number>();
  private readonly knownIds = new Set<number>();
  private readonly asking = new Asking((message) => this.send(message));
  private isRadioOn = true;
  private isGone = false;
  private isClosed = false;
  private hasHeardData = false;
  private lastMsgId = 0;

  private constructor(
    private readonly socket: Socket,
    private readonly options: CrashDeviceOptions,
  ) {
    socket.on('message', (octets) => this.receive(octets));
    // While the gateway is away nobody listens on its port.
    socket.on('error', () => {});
  }

  static async start(options: CrashDeviceOptions): Promise<CrashDevice> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new CrashDevice(socket, options);
  }

  get clientId(): string {
    return this.options.clientId;
  }

  get ledger(): DeviceLedger {
    const { clientId, keepsSession, filters } = this.options;
    return { clientId, keepsSession, filters, trace: this.trace };
  }

  /** Whether the gateway has to bring it this message, whatever happens. */
  isOwed(payload: string): boolean {
    const { keepsSession, filters } = this.options;
    return keepsSession && filters.some((filter) => matchesFilter(filter, topicOf(payload)));
  }

  /** Connects, however often it takes, with CleanSession as the device has it. */
  async connect(will?: Will): Promise<void> {
    this.turnRadio('on');
    this.isGone = false;
    if (!this.options.keepsSession) {
      this.topicIds.clear();
      this.knownIds.clear();
    }
    for (;;) {
      const returnCode = await this.tryToConnect(will).catch((error: unknown) => {
        if (error instanceof NoAnswer) return undefined;
        throw error;
      });
      if (returnCode === ACCEPTED) return;
      if (returnCode !== undefined) await this.pause(CONGESTION_WAIT_MS);
    }
  }

  /** Subscribes to everything in its ledger, at QoS 2. */
  async subscribe(): Promise<void> {
    for (const topicName of this.options.filters) {
      const answer = await this.request('SUBACK', (msgId) => {
        return { type: 'SUBSCRIBE', dup: false, qos: 2, msgId, topicIdType: 0, topicName };
      });
      this.learn(answer.topicId, topicName);
    }
  }

  /** Publishes under the topic id that was agreed on; agrees on one at the first time. */
  async publish(topicName: string, payload: string, qos: 1 | 2): Promise<void> {
    for (;;) {
      const topicId = this.topicIds.get(topicName) ?? (await this.register(topicName));
      const answer = await this.request(['PUBACK', 'PUBREC'], (msgId) => {
        const data = Buffer.from(payload);
        return {
          type: 'PUBLISH',
          dup: false,
          qos,
          retain: false,
          topicIdType: 0,
          topicId,
          msgId,
          data,
        };
      });
      if (answer.type === 'PUBREC') {
        const { msgId } = answer;
        const isAnswer = (message: Message): boolean =>
          message.type === 'PUBCOMP' && message.msgId === msgId;
        await this.ask({ type: 'PUBREL', msgId }, isAnswer);
        return;
      }
      if (answer.returnCode === ACCEPTED) return;
      if (answer.returnCode === CONGESTION) await this.pause(CONGESTION_WAIT_MS);
      else this.topicIds.delete(topicName);
    }
  }

  async ping(): Promise<void> {
    await this.ask({ type: 'PINGREQ' }, isOfType('PINGRESP'));
  }

  /** Falls asleep, from any state; the radio is off when it resolves. */
  async sleep(durationSec: number): Promise<void> {
    this.turnRadio('on');
    await this.rest({ type: 'DISCONNECT', duration: durationSec }, 'DISCONNECT');
  }

  /** Fetches what waits; the radio is off again when it resolves. */
  async wake(): Promise<void> {
    this.turnRadio('on');
    await this.rest({ type: 'PINGREQ', clientId: this.clientId }, 'PINGRESP');
  }

  /** Like a timer of its own; rejects when the device is closed meanwhile. */
  async pause(durationMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, durationMs));
    if (this.isClosed) throw new DeviceClosed();
  }

  close(): void {
    this.isClosed = true;
    this.asking.fail(new DeviceClosed());
    this.socket.close();
  }

  /**
   * Asks until the answer comes, then turns the radio off. Who had to ask more than once listens a little
   * longer, because each question may have its own answer under way; and when such a late one has set
   * off a delivery, it asks again.
   */
  private async rest(request: Message, type: MessageType): Promise<void> {
    let question = request;
    for (;;) {
      const repeats = await this.ask(question, isOfType(type));
      if (repeats === 0) break;
      this.hasHeardData = false;
      await this.pause(RETRY_MS);
      if (!this.hasHeardData) break;
      question = { type: 'PINGREQ', clientId: this.clientId };
      type = 'PINGRESP';
    }
    this.turnRadio('off');
  }

  private async tryToConnect(will?: Will): Promise<number> {
    const request: Message = {
      type: 'CONNECT',
      will: will !== undefined,
      cleanSession: !this.options.keepsSession,
      protocolId: 1,
      duration: KEEP_ALIVE_SEC,
      clientId: this.clientId,
    };
    let returnCode: number | undefined;
    // A refusal may come in place of each prompt.
    const step = async (message: Message, prompt?: MessageType): Promise<void> => {
      if (returnCode !== undefined) return;
      const isAnswer = (answer: Message): boolean => {
        if (answer.type === 'CONNACK') returnCode = answer.returnCode;
        return answer.type === 'CONNACK' || answer.type === prompt;
      };
      await this.ask(message, isAnswer, message === request ? undefined : WILL_STEP_REPEATS_MAX);
    };
    await step(request, 'WILLTOPICREQ');
    if (will !== undefined) {
      const { topic: willTopic, payload, qos } = will;
      await step({ type: 'WILLTOPIC', qos, retain: false, willTopic }, 'WILLMSGREQ');
      await step({ type: 'WILLMSG', willMsg: Buffer.from(payload) });
    }
    if (returnCode === undefined) throw new NoAnswer();
    return returnCode;
  }

  private async register(topicName: string): Promise<number> {
    for (;;) {
      const { returnCode, topicId } = await this.request('REGACK', (msgId) => {
        return { type: 'REGISTER', topicId: 0, msgId, topicName };
      });
      if (returnCode === ACCEPTED) {
        this.learn(topicId, topicName);
        return topicId;
      }
      await this.pause(CONGESTION_WAIT_MS);
    }
  }

  private learn(topicId: number, topicName: string): void {
    if (topicId === 0) return;
    this.topicIds.set(topicName, topicId);
    this.knownIds.add(topicId);
  }

  /** Asks with a message id of its own and resolves with the answer that repeats it. */
  private async request<T extends 'SUBACK' | 'REGACK' | 'PUBACK' | 'PUBREC'>(
    types: T | readonly T[],
    make: (msgId: number) => Message,
  ): Promise<Of<T>> {
    const msgId = (this.lastMsgId % 0xffff) + 1;
    this.lastMsgId = msgId;
    const wanted: readonly MessageType[] = [types].flat();
    const isWanted = (message: Message): message is Of<T> => wanted.includes(message.type);
    let answer: Of<T> | undefined;
    await this.ask(make(msgId), (message) => {
      if (!isWanted(message) || !('msgId' in message) || message.msgId !== msgId) return false;
      answer = message;
      return true;
    });
    if (answer === undefined) throw new Error('resolved without an answer');
    return answer;
  }

  private ask(
    request: Message,
    isAnswer: (message: Message) => boolean,
    repeatsMax?: number,
  ): Promise<number> {
    if (this.isClosed) return Promise.reject(new DeviceClosed());
    if (this.isGone) return Promise.reject(new SessionGone());
    return this.asking.ask(request, isAnswer, repeatsMax);
  }

  private send(message: Message): void {
    this.trace.push({ at: performance.now(), from: 'device', message });
    this.socket.send(encode(message), this.options.gatewayPort, '127.0.0.1');
  }

  private turnRadio(radio: 'on' | 'off'): void {
    if (this.isRadioOn === (radio === 'on')) return;
    this.isRadioOn = radio === 'on';
    this.trace.push({ at: performance.now(), radio });
  }

  private receive(octets: Uint8Array): void {
    const message = decode(octets);
    if (message.type === 'MALFORMED' || message.type === 'ENCAPSULATED') {
      throw new Error(`the gateway sent ${Buffer.from(octets).toString('hex')}`);
    }
    this.trace.push({ at: performance.now(), from: 'gateway', message });
    this.options.onFrame?.(message);
    if (!this.isRadioOn || this.isClosed) return;
    if (!this.asking.hear(message)) this.obey(message);
  }

  private obey(message: Message): void {
    switch (message.type) {
      case 'REGISTER': {
        const { topicId, msgId, topicName } = message;
        this.learn(topicId, topicName);
        this.hasHeardData = true;
        this.send({ type: 'REGACK', topicId, msgId, returnCode: ACCEPTED });
        return;
      }
      case 'PUBLISH':
        this.hasHeardData = true;
        this.take(message);
        return;
      case 'PUBREL':
        this.hasHeardData = true;
        this.send({ type: 'PUBCOMP', msgId: message.msgId });
        return;
      case 'PINGREQ':
        this.send({ type: 'PINGRESP' });
        return;
      case 'DISCONNECT':
        this.isGone = true;
        this.asking.fail(new SessionGone());
        return;
      default:
    }
  }

  private take({ qos, msgId, topicId, data }: Of<'PUBLISH'>): void {
    if (!this.knownIds.has(topicId)) {
      this.send({ type: 'PUBACK', topicId, msgId, returnCode: 2 });
      return;
    }
    if (qos === 1) this.send({ type: 'PUBACK', topicId, msgId, returnCode: ACCEPTED });
    if (qos === 2) this.send({ type: 'PUBREC', msgId });
    this.received.add(Buffer.from(data).toString());
  }
}

const isOfType =
  (type: MessageType) =>
  (message: Message): boolean =>
    message.type === type;
