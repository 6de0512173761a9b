/** One connection at the broker: packets in and out, in MQTT 3.1.1 or 5. */
import {
  generate,
  type IConnectPacket,
  type IPublishPacket,
  type ISubscribePacket,
  type IUnsubscribePacket,
  type Packet,
  type Parser,
  parser,
} from 'mqtt-packet';
import type { SimulatedBroker, Will } from './broker.js';
import type { BrokerSession, Outgoing } from './session.js';
import type { Refusal } from '../story.js';
import type { Connection, Peer } from './wire.js';

/** Reason codes of MQTT 5. */
const CODE = {
  success: 0x00,
  disconnectWithWill: 0x04,
  unsupportedVersion: 0x84,
  notAuthorized: 0x87,
  sessionTakenOver: 0x8e,
  receiveMaximumExceeded: 0x93,
} as const;

const REFUSALS: Readonly<Record<Refusal, number>> = {
  unavailable: 0x88,
  busy: 0x89,
  quota: 0x97,
  unauthorized: CODE.notAuthorized,
};

/** MQTT 3.1.1, 3.2.2.3 */
const RETURN_CODE = { unacceptableVersion: 1, serverUnavailable: 3, notAuthorized: 5 } as const;

/** Silence that ends a connection, in keep-alive periods [MQTT-3.1.2-22]. */
const SILENT_PERIODS = 1.5;

/** The largest Receive Maximum, and what holds when the client says none. */
const RECEIVE_MAXIMUM = 0xffff;

/** What a client asked for with CONNECT. */
interface Terms {
  version: 5 | 4;
  expirySec: number;
  will: Will | undefined;
  sendMax: number;
}

export class BrokerConnection implements Peer {
  session: BrokerSession | undefined;
  private terms: Terms | undefined;
  private isOver = false;
  private stopWatch: () => void = () => {};
  private heardAt = 0;
  /** Messages that count for Receive Maximum: those on this connection until PUBACK or PUBCOMP. */
  private readonly unanswered = new Set<number>();
  private answeredUntil = 0;
  private readonly packets: Parser = parser();

  constructor(
    private readonly broker: SimulatedBroker,
    private readonly connection: Connection,
  ) {
    this.packets.on('packet', (packet: Packet) => {
      if (!this.isOver) this.handle(packet);
    });
    this.packets.on('error', (error: unknown) => {
      throw new Error(`the broker was sent garbage: ${String(error)}`);
    });
  }

  get clientId(): string | undefined {
    return this.session?.clientId;
  }

  received(octets: Uint8Array): void {
    this.heardAt = this.broker.timeline.now();
    this.packets.parse(Buffer.from(octets));
  }

  closed(): void {
    this.end(true);
  }

  /** [MQTT-3.1.2-22] */
  private silent(): void {
    this.broker.witness.violated(this.clientId ?? '', 'is silent for longer than it has promised');
    this.drop();
  }

  /** The client is silent, or talks nonsense. */
  drop(): void {
    this.connection.close('reset');
    this.end(true);
  }

  /** The broker goes down, and its wills with it. */
  fall(): void {
    this.connection.close('reset');
    this.end(false);
  }

  takenOver(): void {
    this.bid(CODE.sessionTakenOver);
    this.end(true);
  }

  /** As much of what waits as the client allows. */
  sendMore(): void {
    const { session, terms } = this;
    if (session === undefined || terms === undefined) return;
    while (session.queue.length > 0) {
      const [next] = session.queue;
      if (next === undefined || (next.qos > 0 && session.inFlight.size >= terms.sendMax)) return;
      session.queue.shift();
      if (next.qos === 0) {
        this.transmit(next, 0, false);
      } else {
        const messageId = session.nextPacketId();
        session.inFlight.set(messageId, next);
        this.transmit(next, messageId, false);
      }
    }
  }

  private handle(packet: Packet): void {
    if (packet.cmd === 'connect') return this.connect(packet);
    const { session, terms } = this;
    if (session === undefined || terms === undefined) return this.drop();
    switch (packet.cmd) {
      case 'publish':
        return this.publish(packet, session);
      case 'pubrel': {
        const messageId = packet.messageId ?? 0;
        const message = session.incoming.get(messageId);
        session.incoming.delete(messageId);
        this.unanswered.delete(messageId);
        if (message !== undefined) this.take(message);
        return this.send({ cmd: 'pubcomp', messageId, reasonCode: CODE.success });
      }
      case 'puback':
        return this.settled(packet.messageId ?? 0, session);
      case 'pubrec': {
        const messageId = packet.messageId ?? 0;
        const outgoing = session.inFlight.get(messageId);
        if (outgoing !== undefined && !outgoing.isReleased) {
          this.broker.witness.handedOver(session.clientId, outgoing);
          outgoing.isReleased = true;
        }
        return this.send({ cmd: 'pubrel', messageId, reasonCode: CODE.success });
      }
      case 'pubcomp':
        session.inFlight.delete(packet.messageId ?? 0);
        return this.sendMore();
      case 'subscribe':
        return this.subscribe(packet, session);
      case 'unsubscribe':
        return this.unsubscribe(packet, session);
      case 'pingreq':
        return this.send({ cmd: 'pingresp' });
      case 'disconnect': {
        const isWilled = packet.reasonCode === CODE.disconnectWithWill;
        const expirySec = packet.properties?.sessionExpiryInterval;
        if (expirySec !== undefined) terms.expirySec = expirySec;
        return this.end(isWilled);
      }
      default:
        throw new Error(`a client has no business to send ${packet.cmd}`);
    }
  }

  private connect(packet: IConnectPacket): void {
    const version = packet.protocolVersion === 5 ? 5 : 4;
    const { rules, timeline, witness } = this.broker;
    if (version > rules.version) return this.refuse(4, RETURN_CODE.unacceptableVersion);
    const why = this.broker.refuses.connect;
    if (why !== undefined) {
      witness.note(`broker: ${packet.clientId} is refused, ${why}`);
      return this.refuse(version, codeOf(why, version));
    }
    const { clientId, clean = true, keepalive = 0, properties } = packet;
    const { session, isPresent } = this.broker.open(clientId, clean);
    const forEver = clean ? 0 : 0xffffffff;
    this.session = session;
    this.terms = {
      version,
      expirySec: version === 5 ? (properties?.sessionExpiryInterval ?? 0) : forEver,
      will: willOf(packet),
      sendMax: version === 5 ? (properties?.receiveMaximum ?? RECEIVE_MAXIMUM) : rules.inflightMax,
    };
    witness.note(`broker: ${clientId} connects, MQTT ${version}${isPresent ? ', known' : ''}`);
    this.send({
      cmd: 'connack',
      sessionPresent: isPresent,
      returnCode: 0,
      reasonCode: CODE.success,
      ...(version === 5 ? { properties: { receiveMaximum: rules.receiveMaximum } } : {}),
    });
    if (keepalive > 0) this.watch(keepalive * 1000 * SILENT_PERIODS, timeline.now());
    for (const [messageId, outgoing] of session.inFlight) {
      if (outgoing.isReleased) this.send({ cmd: 'pubrel', messageId, reasonCode: CODE.success });
      else this.transmit(outgoing, messageId, true);
    }
    this.sendMore();
  }

  private refuse(protocolVersion: 4 | 5, code: number): void {
    const connack = { cmd: 'connack', sessionPresent: false, returnCode: code } as const;
    this.connection.send(generate({ ...connack, reasonCode: code }, { protocolVersion }));
    this.bid(undefined);
  }

  private watch(silenceMs: number, since: number): void {
    const { timeline } = this.broker;
    this.stopWatch = timeline.at(since + silenceMs, () => {
      if (this.heardAt <= since) this.silent();
      else this.watch(silenceMs, this.heardAt);
    });
  }

  private publish(packet: IPublishPacket, session: BrokerSession): void {
    const { topic, qos, retain, messageId = 0 } = packet;
    const message = { topic, qos, retain, payload: Uint8Array.from(packet.payload as Buffer) };
    // MQTT 3.1.1 has no way to say no: the message is taken, and goes nowhere [MQTT-3.3.5-2].
    const why = this.broker.isDenied(topic) ? 'unauthorized' : this.broker.refuses.publish;
    const isRefused = why !== undefined && this.terms?.version === 5;
    const reasonCode = isRefused ? REFUSALS[why] : CODE.success;
    if (qos > 0) this.unanswered.add(messageId);
    // [MQTT-3.3.4-9]
    if (this.terms?.version === 5 && this.unanswered.size > this.broker.rules.receiveMaximum) {
      this.broker.witness.violated(session.clientId, 'sends more than the Receive Maximum');
      this.bid(CODE.receiveMaximumExceeded);
      return this.end(true);
    }
    if (qos < 2 && !isRefused) this.take(message);
    if (qos === 0) return;
    if (qos === 2 && !isRefused) session.incoming.set(messageId, message);
    const isOver = qos === 1 || isRefused;
    const answer = { cmd: qos === 1 ? 'puback' : 'pubrec', messageId, reasonCode } as const;
    this.later(() => {
      if (isOver) this.unanswered.delete(messageId);
      this.send(answer);
    });
  }

  /** When the broker comes to it, if the connection is there then. */
  private later(call: () => void): void {
    const { timeline, answerMs } = this.broker;
    const at = Math.max(timeline.now() + answerMs, this.answeredUntil);
    if (at === timeline.now()) return call();
    // It answers in order, also when it has become quicker meanwhile.
    this.answeredUntil = at;
    timeline.at(at, () => {
      if (!this.isOver) call();
    });
  }

  private take(message: { topic: string; payload: Uint8Array; qos: 0 | 1 | 2; retain: boolean }) {
    const clientId = this.clientId ?? '';
    this.broker.witness.arrived(clientId, message);
    if (!this.broker.isDenied(message.topic)) this.broker.publish(message, clientId);
  }

  private settled(messageId: number, session: BrokerSession): void {
    const outgoing = session.inFlight.get(messageId);
    if (outgoing === undefined) return;
    session.inFlight.delete(messageId);
    this.broker.witness.handedOver(session.clientId, outgoing);
    this.sendMore();
  }

  private subscribe(
    { messageId, subscriptions, properties }: ISubscribePacket,
    session: BrokerSession,
  ): void {
    const identifier = properties?.subscriptionIdentifier;
    const granted = subscriptions.map(({ topic, qos }) =>
      this.broker.isDenied(topic) ? 0x80 : qos,
    );
    // What the subscription brings may come before SUBACK (MQTT 3.1.1, 3.8.4).
    this.later(() => this.send({ cmd: 'suback', messageId: messageId ?? 0, granted }));
    for (const one of subscriptions) {
      if (!this.broker.isDenied(one.topic)) this.broker.subscribe(session, one, identifier);
    }
  }

  private unsubscribe(
    { messageId, unsubscriptions }: IUnsubscribePacket,
    session: BrokerSession,
  ): void {
    for (const filter of unsubscriptions) session.subscriptions.delete(filter);
    const granted = unsubscriptions.map(() => CODE.success);
    this.later(() => this.send({ cmd: 'unsuback', messageId: messageId ?? 0, granted }));
  }

  private transmit(outgoing: Outgoing, messageId: number, dup: boolean): void {
    const { topic, payload, qos, retain, identifiers } = outgoing;
    const properties =
      identifiers.length === 0
        ? {}
        : {
            properties: {
              subscriptionIdentifier: identifiers.length === 1 ? identifiers[0] : [...identifiers],
            },
          };
    this.send({
      cmd: 'publish',
      topic,
      payload: Buffer.from(payload),
      qos,
      retain,
      dup,
      ...(qos > 0 ? { messageId } : {}),
      ...properties,
    } as IPublishPacket);
  }

  private send(packet: Packet): void {
    this.connection.send(generate(packet, { protocolVersion: this.terms?.version ?? 4 }));
  }

  /** Closes the connection, with a reason where the version has any. */
  private bid(reasonCode: number | undefined): void {
    if (reasonCode !== undefined && this.terms?.version === 5) {
      this.send({ cmd: 'disconnect', reasonCode });
    }
    this.connection.close('end');
  }

  private end(isWilled: boolean): void {
    if (this.isOver) return;
    this.isOver = true;
    this.stopWatch();
    const { terms } = this;
    this.broker.witness.note(`broker: ${this.clientId} leaves${isWilled ? ' without a word' : ''}`);
    this.broker.left(this, terms?.expirySec ?? 0, isWilled ? terms?.will : undefined);
    this.session = undefined;
  }
}

function codeOf(why: Refusal, version: 4 | 5): number {
  if (version === 5) return REFUSALS[why];
  return why === 'unauthorized' ? RETURN_CODE.notAuthorized : RETURN_CODE.serverUnavailable;
}

function willOf({ will }: IConnectPacket): Will | undefined {
  if (will === undefined) return undefined;
  const { topic, payload, qos = 0, retain = false, properties } = will;
  return {
    topic,
    payload: Uint8Array.from(Buffer.from(payload)),
    qos,
    retain,
    delayMs: (properties?.willDelayInterval ?? 0) * 1000,
  };
}
