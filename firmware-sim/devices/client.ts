/**
 * What well-behaved client firmware has in common: requests with repeats (MQTT-SN 1.2, 6.13), and the
 * procedures made of them. A procedure gives false or undefined when the session is gone: nobody
 * answered, or the gateway said DISCONNECT.
 */
import {
  CODE,
  type Publish,
  type Qos,
  type SnMessage,
  type TopicReference,
} from '../sn/messages.js';
import { shortTopicId } from '../sn/encode.js';
import { type DeviceSetup, Firmware, type Steps } from './firmware.js';
import { LastWill, type WillPlan } from './last-will.js';
import type { SentMessage } from './ledger.js';
import { type Outgoing, publishOf } from './outgoing.js';
import { topicText } from './text.js';

export interface ClientOptions {
  /** Default: false, the gateway keeps subscriptions and topic ids. */
  cleanSession?: boolean;
  keepAliveSec: number;
  retry?: Partial<RetryRules>;
  will?: WillPlan;
  /** After power-up. Default: 1. */
  firstMessageId?: number;
}

export interface RetryRules {
  /** T_retry. */
  intervalMs: number;
  /** N_retry: repeats after the first transmission. */
  count: number;
  /** Share of the interval by which each wait is longer, at most and by chance: equal devices would collide for ever. */
  jitter: number;
}

/** MQTT-SN 1.2, 7.2: T_retry 10 to 15 s, N_retry 3 to 5. */
const RETRY: RetryRules = { intervalMs: 10_000, count: 3, jitter: 0.5 };

/** Prompts for a will in one CONNECT; each is two, with repeats. */
const PROMPTS_MAX = 8;

/** A shared subscription names its group before what it selects (MQTT 5, 4.8.2); messages come under the name alone. */
const GROUP = /^\$share\/[^/]+\//;

/** An id to publish with, or the code of a refusal. */
type Registered = { id: number; code?: never } | { code: number; id?: never };

export abstract class ClientFirmware extends Firmware {
  /** The gateway knows it as connected, as far as the device can tell. */
  protected isConnected = false;
  /** Ids of topics, both ways. */
  protected readonly topicNames = new Map<number, string>();
  /** Return code of the latest CONNACK. */
  protected connectCode: number = CODE.accepted;
  protected readonly will: LastWill | undefined;
  private readonly retry: RetryRules;
  private messageIds = 0;
  /** Message ids from the gateway at QoS 2 that wait for PUBREL. */
  private readonly open = new Set<number>();

  constructor(
    setup: DeviceSetup,
    private readonly client: ClientOptions,
  ) {
    super(setup);
    this.retry = { ...RETRY, ...client.retry };
    this.will = client.will && new LastWill(client.will);
  }

  /** A message for the device, once at QoS 2. */
  protected abstract take(topic: string, payload: Uint8Array): void;

  /** The gateway knows nothing of it any more. */
  protected sessionLost(): void {
    this.isConnected = false;
    this.state = 'disconnected';
    this.topicNames.clear();
    this.open.clear();
  }

  protected override forget(): void {
    this.sessionLost();
    this.will?.forget();
    this.ledger.forgetsAll();
    this.messageIds = 0;
  }

  /** 6.13: without waiting for the answer, as firmware does that is about to be switched off. */
  protected override sayGoodBye(): void {
    if (this.isConnected) this.say({ type: 'DISCONNECT' });
  }

  protected nextMessageId(): number {
    const { firstMessageId = 1 } = this.client;
    return ((firstMessageId - 1 + this.messageIds++) % 0xffff) + 1;
  }

  /** Sends until an answer comes; undefined: the session is gone. */
  protected *request(
    message: SnMessage | ((isRepeat: boolean) => SnMessage),
    isAnswer: (message: SnMessage) => boolean,
  ): Steps<SnMessage | undefined> {
    for (let repeats = 0; repeats <= this.retry.count; repeats++) {
      if (repeats > 0) this.ledger.repeats += 1;
      this.say(typeof message === 'function' ? message(repeats > 0) : message);
      const answer = yield* this.answer(isAnswer);
      if (answer !== undefined && isAnswer(answer)) return answer;
      if (answer !== undefined) {
        this.thrownOut();
        return undefined;
      }
    }
    this.ledger.unanswered += 1;
    this.isConnected = false;
    this.state = 'disconnected';
    return undefined;
  }

  /** Waits T_retry for an answer, or for DISCONNECT. */
  protected *answer(isAnswer: (message: SnMessage) => boolean): Steps<SnMessage | undefined> {
    const { intervalMs, jitter } = this.retry;
    const forMs = intervalMs * (1 + this.random.between(0, jitter));
    return yield { forMs, wants: (heard) => isAnswer(heard) || heard.type === 'DISCONNECT' };
  }

  /** 6.2 */
  protected *connect(): Steps<boolean> {
    const { cleanSession = false, keepAliveSec } = this.client;
    const isPrompt = ({ type }: SnMessage): boolean =>
      type === 'CONNACK' || type === 'WILLTOPICREQ' || type === 'WILLMSGREQ';
    let next: SnMessage = {
      type: 'CONNECT',
      will: this.will !== undefined,
      cleanSession,
      protocolId: 1,
      durationSec: keepAliveSec,
      clientId: this.id,
    };
    for (let prompts = 0; prompts < PROMPTS_MAX; prompts++) {
      const answer: SnMessage | undefined = yield* this.request(next, isPrompt);
      if (answer === undefined) return false;
      if (answer.type === 'CONNACK') return this.accepted(answer.code);
      if (answer.type !== 'WILLTOPICREQ' && answer.type !== 'WILLMSGREQ') return false;
      next = this.will?.answerTo(answer.type) ?? { type: 'WILLTOPIC' };
    }
    return false;
  }

  private accepted(code: number): boolean {
    this.connectCode = code;
    if (code !== CODE.accepted) {
      // Whatever there was before: the gateway has not got this connection.
      this.isConnected = false;
      this.state = 'disconnected';
      this.ledger.refusedConnects += 1;
      return false;
    }
    // What the session before has agreed on means nothing in a new one.
    if (this.client.cleanSession === true) this.sessionLost();
    this.ledger.connects += 1;
    this.isConnected = true;
    this.state = 'active';
    return true;
  }

  /** 6.5; undefined: the session is gone. */
  protected *register(name: string): Steps<Registered | undefined> {
    for (const [id, known] of this.topicNames) if (known === name) return { id };
    const messageId = this.nextMessageId();
    const answer = yield* this.request(
      { type: 'REGISTER', topicId: 0, messageId, name },
      (heard) => heard.type === 'REGACK' && heard.messageId === messageId,
    );
    if (answer?.type !== 'REGACK') return undefined;
    const { topicId: id, code } = answer;
    if (code !== CODE.accepted) return { code };
    this.topicNames.set(id, name);
    return { id };
  }

  /** 6.9; the code, undefined when the session is gone. */
  protected *subscribe(topic: TopicReference, qos: Qos): Steps<number | undefined> {
    const messageId = this.nextMessageId();
    const answer = yield* this.request(
      (dup) => ({ type: 'SUBSCRIBE', dup, qos, messageId, topic }),
      (heard) => heard.type === 'SUBACK' && heard.messageId === messageId,
    );
    if (answer?.type !== 'SUBACK') return undefined;
    const hasId = topic.kind === 'normal' && answer.topicId !== 0;
    if (hasId && answer.code === CODE.accepted)
      this.topicNames.set(answer.topicId, topic.name.replace(GROUP, ''));
    return answer.code;
  }

  /** 6.6; false: the session is gone, and the message is to be sent again in the next one. */
  protected *publish(message: Outgoing): Steps<boolean> {
    if (!message.isReceived) {
      let code = yield* this.handOver(message);
      if (code === CODE.invalidTopicId && message.topic.kind === 'normal') {
        // The gateway has forgotten the id: once more with a new one.
        this.topicNames.clear();
        code = yield* this.handOver(message);
      }
      if (code === undefined) return false;
      if (code !== CODE.accepted || message.qos === 1) this.settle(message, code);
    }
    return message.isReceived ? yield* this.release(message) : true;
  }

  /** PUBLISH until its first answer, which gives the code; PUBREC counts as accepted. */
  private *handOver(message: Outgoing): Steps<number | undefined> {
    const { topic, qos, messageId } = message;
    const registered = yield* this.topicIdOf(topic);
    if (registered?.id === undefined) return registered?.code;
    const { id } = registered;
    const wasSent = message.record !== undefined;
    const form = (isRepeat: boolean): Publish => {
      const isDup = isRepeat || wasSent;
      const record = this.record(message);
      if (isDup) record.transmissions += 1;
      return { ...publishOf(message), topicId: id, dup: isDup && qos > 0 };
    };
    if (qos === 0) {
      this.say(form(false));
      return CODE.accepted;
    }
    const answer = yield* this.request(form, (heard) => {
      const isOne = heard.type === 'PUBACK' || (qos === 2 && heard.type === 'PUBREC');
      return isOne && heard.messageId === messageId;
    });
    message.isReceived = answer?.type === 'PUBREC';
    if (answer === undefined) return undefined;
    return answer.type === 'PUBACK' ? answer.code : CODE.accepted;
  }

  private *release(message: Outgoing): Steps<boolean> {
    const { messageId } = message;
    const answer = yield* this.request(
      { type: 'PUBREL', messageId },
      (heard) => heard.type === 'PUBCOMP' && heard.messageId === messageId,
    );
    if (answer === undefined) return false;
    this.settle(message, CODE.accepted);
    return true;
  }

  private settle(message: Outgoing, code: number): void {
    const record = this.record(message);
    if (code === CODE.accepted) this.ledger.acknowledges(record, this.timeline.now());
    else this.ledger.refuses(record, code);
  }

  private record(message: Outgoing): SentMessage {
    message.record ??= this.ledger.sends({
      topic: topicText(message.topic),
      payload: message.payload,
      qos: message.qos,
      at: this.timeline.now(),
    });
    return message.record;
  }

  private *topicIdOf(topic: TopicReference): Steps<Registered | undefined> {
    switch (topic.kind) {
      case 'normal':
        return yield* this.register(topic.name);
      case 'predefined':
        return { id: topic.id };
      case 'short':
        return { id: shortTopicId(topic.name) };
      default:
        return topic satisfies never;
    }
  }

  /** 6.14: DISCONNECT with a duration; false: the session is gone. */
  protected *goToSleep(durationSec: number): Steps<boolean> {
    const isAnswer = ({ type }: SnMessage): boolean => type === 'DISCONNECT';
    if ((yield* this.request({ type: 'DISCONNECT', durationSec }, isAnswer)) === undefined) {
      return false;
    }
    this.state = 'asleep';
    return true;
  }

  /**
   * 6.14: PINGREQ with its id, then messages until PINGRESP; each of them shows that the gateway is there. False:
   * the session is gone.
   */
  protected *collect(): Steps<boolean> {
    const isAnything = (): boolean => true;
    for (;;) {
      let heard = yield* this.request({ type: 'PINGREQ', clientId: this.id }, isAnything);
      while (heard !== undefined && heard.type !== 'PINGRESP') {
        this.hear(heard);
        if (!this.isConnected) return false;
        heard = yield* this.answer(isAnything);
      }
      // Silence in the middle: once more from the beginning, as long as the session lasts.
      if (heard?.type === 'PINGRESP' || !this.isConnected) return this.isConnected;
    }
  }

  protected override hear(message: SnMessage): void {
    switch (message.type) {
      case 'PUBLISH':
        this.hearPublish(message);
        break;
      case 'PUBREL':
        this.open.delete(message.messageId);
        this.say({ type: 'PUBCOMP', messageId: message.messageId });
        break;
      case 'REGISTER': {
        const { topicId, messageId, name } = message;
        this.topicNames.set(topicId, name);
        this.say({ type: 'REGACK', topicId, messageId, code: CODE.accepted });
        break;
      }
      case 'PINGREQ':
        this.say({ type: 'PINGRESP' });
        break;
      case 'DISCONNECT':
        this.thrownOut();
        break;
      default:
      // Answers to earlier transmissions, and what concerns other devices.
    }
  }

  protected thrownOut(): void {
    this.ledger.thrownOut += 1;
    this.sessionLost();
  }

  private hearPublish(message: Publish): void {
    const { qos, messageId, topicId } = message;
    // What it has already needs no name, which it may have forgotten since.
    if (qos === 2 && this.open.has(messageId)) {
      this.say({ type: 'PUBREC', messageId });
      return;
    }
    const name = this.topicNameOf(message);
    if (name === undefined) {
      this.say({ type: 'PUBACK', topicId, messageId, code: CODE.invalidTopicId });
      return;
    }
    this.receive(name, message);
    if (qos === 1) this.say({ type: 'PUBACK', topicId, messageId, code: CODE.accepted });
    if (qos === 2) {
      this.open.add(messageId);
      this.say({ type: 'PUBREC', messageId });
    }
  }

  private receive(topic: string, { payload, qos, dup, messageId }: Publish): void {
    this.ledger.receives({ topic, payload, qos, dup, messageId, at: this.timeline.now() });
    this.take(topic, payload);
  }

  private topicNameOf({ topicKind, topicId }: Publish): string | undefined {
    switch (topicKind) {
      case 'normal':
        return this.topicNames.get(topicId);
      case 'predefined':
        return `id ${topicId}`;
      case 'short':
        return String.fromCharCode(topicId >> 8, topicId & 0xff);
      default:
        return topicKind satisfies never;
    }
  }
}
