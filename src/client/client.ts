/**
 * An MQTT-SN 1.2 client over UDP, for the command line tools. It does what the specification asks of a
 * client: retransmission, keep-alive, wills, sleep, all qualities of service in both directions.
 * Every method rejects with a ClientError whose message can be shown as it is.
 */
import {
  decode,
  encode,
  type Message,
  type MessageType,
  type Qos,
  RETURN_CODE,
  returnCodeText,
} from '../codec/index.js';
import { ClientError, Refused, SessionEnded } from './errors.js';
import { Exchanges, type RetryPolicy } from './exchanges.js';
import { Inbound, type Received } from './inbound.js';
import { fixedReference, subscribeReference, type Topic, TopicTable, topicText } from './topic.js';
import { addressText, type GatewayAddress, UdpChannel } from './udp.js';

export interface Will {
  topic: string;
  payload: Uint8Array;
  qos: 0 | 1 | 2;
  retain: boolean;
}

export interface ClientOptions {
  gateway: GatewayAddress;
  clientId: string;
  /** Seconds; 0 for none. */
  keepAliveSec: number;
  cleanSession: boolean;
  will?: Will;
  retry: RetryPolicy;
}

export interface ClientListener {
  message(message: Received): void;
  /** The gateway refused a message that nobody waits for any more: QoS 0. */
  refused(why: string): void;
  /** The session is over although nobody ended it. */
  ended(error: ClientError): void;
  /** Every frame as it is on the wire. */
  frame?(direction: 'sent' | 'received', frame: Uint8Array): void;
}

/** The share of the keep-alive period after which an idle client pings, so that one loss is no harm. */
const PING_AFTER = 0.5;

/** A good-bye is a courtesy: nobody wants to wait long for its answer. */
const GOODBYE: RetryPolicy = { intervalMs: 1000, count: 1 };

export class Client {
  private readonly topics = new TopicTable();
  private readonly inbound: Inbound;
  private readonly exchanges: Exchanges;
  private readonly channel: UdpChannel;
  private readonly gateway: string;
  private keepAlive: NodeJS.Timeout | undefined;
  private pinging = false;
  private lastMsgId = 0;

  constructor(
    private readonly options: ClientOptions,
    private readonly listener: ClientListener,
  ) {
    this.gateway = addressText(options.gateway);
    this.inbound = new Inbound(this.topics, (message) => listener.message(message));
    this.exchanges = new Exchanges(
      (message) => void this.send(message),
      options.retry,
      this.gateway,
    );
    this.channel = new UdpChannel(options.gateway, {
      received: (datagram) => this.receive(datagram),
      unreachable: (error) => this.end(error),
    });
  }

  /** Opens the socket; enough for QoS -1. */
  open(): Promise<void> {
    return this.channel.open();
  }

  /** Opens a session, also again after `ended` (SN 1.2, 6.2 and 6.3). */
  async connect(): Promise<void> {
    const { clientId, keepAliveSec, cleanSession, will } = this.options;
    if (cleanSession) {
      this.topics.clear();
      this.inbound.clear();
    }
    let answer: Message = await this.exchanges.ask(
      {
        type: 'CONNECT',
        will: will !== undefined,
        cleanSession,
        protocolId: 1,
        duration: keepAliveSec,
        clientId,
      },
      ['WILLTOPICREQ', 'CONNACK'],
    );
    if (will !== undefined && answer.type === 'WILLTOPICREQ') answer = await this.sendWill(will);
    if (answer.type !== 'CONNACK') {
      throw new ClientError(
        `the gateway at ${this.gateway} asked for a will that was not announced`,
      );
    }
    this.accept('CONNECT', answer.returnCode, `client id "${clientId}"`);
    this.startKeepAlive();
  }

  /**
   * Publishes and, at QoS 1 and 2, waits for the acknowledgement. A name is registered before its
   * first message. QoS -1 needs no session, and a topic without registration (SN 1.2, 6.8).
   */
  async publish(topic: Topic, data: Uint8Array, qos: Qos, retain: boolean): Promise<void> {
    let code = await this.publishOnce(topic, data, qos, retain);
    if (code === RETURN_CODE.invalidTopicId && topic.kind === 'name') {
      this.topics.forget(topic.name);
      code = await this.publishOnce(topic, data, qos, retain);
    }
    this.accept('PUBLISH', code, `topic ${topicText(topic)}`);
  }

  /** Returns the QoS that was granted. */
  async subscribe(topic: Topic, qos: 0 | 1 | 2): Promise<Qos> {
    const answer = await this.exchanges.ask(
      { type: 'SUBSCRIBE', dup: false, qos, msgId: this.nextMsgId(), ...subscribeReference(topic) },
      ['SUBACK'],
    );
    this.accept('SUBSCRIBE', answer.returnCode, `topic ${topicText(topic)}`);
    // 0 stands for a filter with wildcards: its names come with REGISTER (SN 1.2, 5.4.16).
    if (topic.kind === 'name' && answer.topicId !== 0)
      this.topics.agree(topic.name, answer.topicId);
    return answer.qos;
  }

  /** Begins to sleep: the gateway keeps what comes until `wake`. */
  async sleep(durationSec: number): Promise<void> {
    this.stopKeepAlive();
    await this.exchanges.ask({ type: 'DISCONNECT', duration: durationSec }, ['DISCONNECT']);
  }

  /** Fetches what the gateway kept; afterwards the client is asleep again (SN 1.2, 6.14). */
  async wake(): Promise<void> {
    const { clientId } = this.options;
    await this.exchanges.ask({ type: 'PINGREQ', clientId }, ['PINGRESP'], { patient: true });
  }

  /** Says good-bye. A gateway that does not answer is left all the same. */
  async disconnect(): Promise<void> {
    this.stopKeepAlive();
    await this.exchanges
      .ask({ type: 'DISCONNECT' }, ['DISCONNECT'], { policy: GOODBYE })
      .catch(() => {});
  }

  /** Gives the network the chance to report that the last message reached nobody. */
  settle(): Promise<void> {
    return this.channel.settle();
  }

  /** Frees the socket and the timers; what still waits is given up. */
  async close(): Promise<void> {
    this.stopKeepAlive();
    this.exchanges.failAll(new ClientError('interrupted'));
    await this.channel.close();
  }

  private async sendWill({ topic, payload, qos, retain }: Will): Promise<Message> {
    const answer = await this.exchanges.ask({ type: 'WILLTOPIC', qos, retain, willTopic: topic }, [
      'WILLMSGREQ',
      'CONNACK',
    ]);
    if (answer.type === 'CONNACK') return answer;
    return this.exchanges.ask({ type: 'WILLMSG', willMsg: payload }, ['CONNACK']);
  }

  private async publishOnce(
    topic: Topic,
    data: Uint8Array,
    qos: Qos,
    retain: boolean,
  ): Promise<number> {
    const reference =
      topic.kind === 'name'
        ? { topicIdType: 0 as const, topicId: await this.register(topic.name) }
        : fixedReference(topic);
    const msgId = qos > 0 ? this.nextMsgId() : 0;
    const message: Message = {
      type: 'PUBLISH',
      dup: false,
      qos,
      retain,
      ...reference,
      msgId,
      data,
    };
    if (qos <= 0) {
      await this.send(message);
      return RETURN_CODE.accepted;
    }
    if (qos === 1) return (await this.exchanges.ask(message, ['PUBACK'])).returnCode;
    const answer = await this.exchanges.ask(message, ['PUBREC', 'PUBACK']);
    // PUBREC cannot carry an error, so a refusal of QoS 2 is a PUBACK (SN 1.2, 5.4.13).
    if (answer.type === 'PUBACK') return answer.returnCode;
    await this.exchanges.ask({ type: 'PUBREL', msgId }, ['PUBCOMP']);
    return RETURN_CODE.accepted;
  }

  private async register(name: string): Promise<number> {
    const known = this.topics.idOf(name);
    if (known !== undefined) return known;
    const answer = await this.exchanges.ask(
      { type: 'REGISTER', topicId: 0, msgId: this.nextMsgId(), topicName: name },
      ['REGACK'],
    );
    this.accept('REGISTER', answer.returnCode, `topic ${name}`);
    this.topics.agree(name, answer.topicId);
    return answer.topicId;
  }

  private receive(datagram: Uint8Array): void {
    this.listener.frame?.('received', datagram);
    const message = decode(datagram);
    if (message.type === 'MALFORMED' || message.type === 'ENCAPSULATED') return;
    if (this.exchanges.settle(message)) return;
    if (message.type === 'DISCONNECT') return this.end(new SessionEnded(this.gateway));
    if (message.type === 'PUBACK' && message.returnCode !== RETURN_CODE.accepted) {
      return this.listener.refused(
        this.refusal('PUBLISH', message.returnCode, 'a message at QoS 0'),
      );
    }
    const answer = this.inbound.handle(message);
    if (answer !== undefined) void this.send(answer);
  }

  private send(message: Message): Promise<void> {
    const frame = this.encode(message);
    this.listener.frame?.('sent', frame);
    this.keepAlive?.refresh();
    return this.channel.send(frame);
  }

  private encode(message: Message): Uint8Array {
    try {
      return encode(message);
    } catch (error) {
      throw new ClientError(`${message.type} cannot be sent: ${(error as Error).message}`);
    }
  }

  private end(error: ClientError): void {
    this.stopKeepAlive();
    this.exchanges.failAll(error);
    this.listener.ended(error);
  }

  private startKeepAlive(): void {
    this.stopKeepAlive();
    const periodMs = this.options.keepAliveSec * 1000 * PING_AFTER;
    if (periodMs > 0) this.keepAlive = setTimeout(() => this.ping(), periodMs);
  }

  /** Runs again a period after the last frame that was sent: `send` re-arms the timer. */
  private ping(): void {
    if (this.pinging) return;
    this.pinging = true;
    this.exchanges
      .ask({ type: 'PINGREQ' }, ['PINGRESP'])
      .catch((error: ClientError) => {
        if (this.keepAlive !== undefined) this.end(error);
      })
      .finally(() => {
        this.pinging = false;
        this.keepAlive?.refresh();
      });
  }

  private stopKeepAlive(): void {
    clearTimeout(this.keepAlive);
    this.keepAlive = undefined;
  }

  /** 1 to 65,535; 0 means "no id". */
  private nextMsgId(): number {
    this.lastMsgId = (this.lastMsgId % 0xffff) + 1;
    return this.lastMsgId;
  }

  private accept(request: MessageType, returnCode: number, what: string): void {
    if (returnCode !== RETURN_CODE.accepted) {
      throw new Refused(this.refusal(request, returnCode, what));
    }
  }

  private refusal(request: MessageType, returnCode: number, what: string): string {
    const code = returnCodeText(returnCode);
    return `the gateway at ${this.gateway} refused ${request} (${what}) with return code ${code}`;
  }
}
