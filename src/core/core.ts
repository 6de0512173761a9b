/**
 * The gateway's mind: frames and broker events in, effects out. This file only sorts: which message
 * goes to which handler, gated by state; what a message does is in `session/`, one file per concern.
 */
import { type Decoded, decode, type Malformed, type Message } from '../codec/index.js';
import type { CoreConfig } from './config.js';
import { onAdmin } from './admin.js';
import { onAnswer } from './answers.js';
import { Context } from './context.js';
import { Discovery } from './discovery.js';
import { GATE, isFromGateway } from './gate.js';
import { Inspection } from './inspect/inspection.js';
import { onStoreEvent } from './journal/events.js';
import { Recovery } from './journal/recovery.js';
import { onLinkEvent } from './link-events.js';
import { type Peer, peerKey, peerOf, samePeer } from './peer.js';
import { StrangerRates } from './rate-limit.js';
import { onPuback, onPubcomp, onPubrec, onRegack } from './session/acks.js';
import { onMessage } from './session/arrival.js';
import { onAttemptExpired, onConnect, refuseAttempt } from './session/connect.js';
import { deliveryDeadline, onDeliveryDeadline, onSignOfLife } from './session/deliver.js';
import { onDisconnect } from './session/disconnect.js';
import { forgetSession, loseSession, sessionClosedUpstream } from './session/ending.js';
import { onPingreq } from './session/ping.js';
import { onBrokerGone, onPublish, onPubrel, onUnsentQos0 } from './session/publish.js';
import { onRegister } from './session/register.js';
import type { Session } from './session/session.js';
import { isConnected } from './session/state.js';
import { statusOf } from './session/status.js';
import { onSubscribe, onUnsubscribe } from './session/subscribe.js';
import {
  onWillMessage,
  onWillMessageUpdate,
  onWillTopic,
  onWillTopicUpdate,
} from './session/will.js';
import { onSessionlessPublish } from './sessionless.js';
import type { Effect, GatewayCore, Input, Instant, UpstreamEvent } from './types.js';

export interface InspectableCore extends GatewayCore {
  readonly inspect: Inspection;
}

export function createCore(config: CoreConfig): InspectableCore {
  return new Core(config);
}

class Core implements InspectableCore {
  private readonly ctx: Context;
  private readonly discovery = new Discovery();
  private readonly strangers = new StrangerRates();
  private readonly recovery: Recovery;
  readonly inspect: Inspection;

  constructor(config: CoreConfig) {
    this.ctx = new Context(config);
    this.recovery = new Recovery(this.ctx);
    this.inspect = new Inspection(this.ctx);
  }

  step(input: Input, now: Instant): readonly Effect[] {
    const { ctx } = this;
    ctx.now = now;
    ctx.speaker = undefined;
    switch (input.kind) {
      case 'datagram':
        this.onDatagram(input);
        break;
      case 'link':
        onLinkEvent(ctx, this.discovery, input.link, input.event);
        break;
      case 'upstream':
        this.onUpstream(input.event);
        break;
      case 'store':
        onStoreEvent(ctx, this.recovery, input.event);
        break;
      case 'deadline':
        this.onDeadline();
        break;
      case 'admin':
        onAdmin(ctx, this.discovery, input.command);
        break;
      default:
        input satisfies never;
    }
    if (ctx.toArm.size > 0) this.armMoved();
    return ctx.takeEffects();
  }

  nextDeadline(): Instant | undefined {
    const sessions = this.ctx.deadlines.next() ?? Number.POSITIVE_INFINITY;
    const earliest = Math.min(
      sessions,
      this.discovery.nextDeadline(),
      this.ctx.outbox.nextDeadline(),
    );
    return earliest === Number.POSITIVE_INFINITY ? undefined : earliest;
  }

  private onDatagram(input: Extract<Input, { kind: 'datagram' }>): void {
    const { ctx } = this;
    const { link, address, data, signal, maxMessageBytes } = input;
    const settings = ctx.config.links[link];
    if (settings === undefined) return;
    if (data.length > settings.maxMessageBytes) {
      const detail = `${data.length} octets`;
      ctx.dropFrame(peerOf(link, address, undefined), 'too-big-for-link', { detail });
      return;
    }
    const decoded = decode(data, settings);
    const node = nodeOf(decoded);
    const key = peerKey(address, node);
    const session = ctx.sessions.at(link, key);
    const peer = session?.peer ?? peerOf(link, address, node);
    peer.maxMessageBytes = maxMessageBytes;
    if (!this.withinRate(session, peer, decoded)) {
      ctx.dropFrame(peer, 'rate-limited', clientOf(session));
      return;
    }
    if (decoded.type === 'MALFORMED') this.onMalformed(peer, session, decoded);
    else this.onFrame(peer, session, decoded.type === 'ENCAPSULATED' ? decoded.message : decoded);
    if (session) this.arm(session);
    // By now a CONNECT has its session, too, and who has moved its new address.
    const sender = session?.peer === peer ? session : ctx.sessions.at(link, key);
    if (sender === undefined) return;
    sender.heardAt = ctx.now;
    if (signal) sender.signal = signal;
    ctx.speaker = sender;
  }

  /**
   * A device has its own count. Strangers are counted by address, whatever node ids they invent, and
   * so is CONNECT: each new client id would otherwise begin with a fresh count.
   */
  private withinRate(session: Session | undefined, peer: Peer, decoded: Decoded): boolean {
    const { ctx } = this;
    const { datagramsPerSecondPerDevice: limit } = ctx.config.limits;
    const type = decoded.type === 'ENCAPSULATED' ? decoded.message.type : decoded.type;
    if (session === undefined || type === 'CONNECT') {
      return this.strangers.allows(peer, limit, ctx.now);
    }
    return session.rate.allows(limit, ctx.now);
  }

  private onFrame(peer: Peer, session: Session | undefined, message: Message): void {
    const { ctx } = this;
    if (message.type === 'PUBLISH' && message.qos === -1) {
      onSessionlessPublish(ctx, peer, message);
      return;
    }
    const state = statusOf(session);
    const column = state === 'DISCONNECTED' || state === 'LOST' ? 'none' : state;
    const verdict = GATE[message.type][column];
    if (verdict === '-') {
      const reason = isFromGateway(message.type)
        ? 'wrong-direction'
        : column === 'none'
          ? 'unknown-sender'
          : 'wrong-state';
      ctx.dropFrame(peer, reason, { messageType: message.type, ...clientOf(session) });
      return;
    }
    if (verdict === 'bye') {
      if (!ctx.turnAway(peer)) ctx.dropFrame(peer, 'unknown-sender', { messageType: message.type });
      return;
    }
    const speaker = this.speakerOf(session, message);
    if (speaker !== undefined && message.type !== 'CONNECT') this.touch(speaker, message);
    this.handle(peer, session, message);
    if (speaker?.paused && speaker.peer && samePeer(speaker.peer, peer)) onSignOfLife(ctx, speaker);
  }

  /** Who says so: a client id in the message counts, not the address it came from. */
  private speakerOf(here: Session | undefined, message: Message): Session | undefined {
    if (message.type !== 'CONNECT' && message.type !== 'PINGREQ') return here;
    return message.clientId === undefined ? here : this.ctx.sessions.get(message.clientId);
  }

  /** Every message restarts the timer of the current state (section 10 of our notes). */
  private touch(session: Session, message: Message): void {
    const { state } = session;
    if (session.isGhost) return;
    if (state.name === 'ACTIVE') this.ctx.supervise(session, session.keepAliveSec);
    else if (state.name === 'ASLEEP') this.ctx.supervise(session, state.durationSec);
    if (session.lastConnect && message.type !== 'WILLMSG') session.lastConnect.quiet = false;
  }

  private handle(peer: Peer, here: Session | undefined, message: Message): void {
    const { ctx } = this;
    switch (message.type) {
      case 'SEARCHGW':
        this.discovery.onSearch(ctx, peer);
        return;
      case 'ADVERTISE':
      case 'GWINFO':
        if (message.gwId === ctx.config.gwId) return; // our own, looped back
        ctx.notice({
          notice: 'gateway-heard',
          gwId: message.gwId,
          link: peer.link,
          address: peer.key,
        });
        return;
      case 'CONNECT':
        onConnect(ctx, peer, message);
        this.armByName(message.clientId);
        return;
      case 'PINGREQ':
        onPingreq(ctx, peer, here, message);
        this.armByName(message.clientId);
        return;
      case 'DISCONNECT':
        onDisconnect(ctx, peer, here, message);
        return;
      default:
        if (here) this.handleInSession(peer, here, message);
    }
  }

  private handleInSession(
    peer: Peer,
    session: Session,
    message: Exclude<
      Message,
      { type: 'SEARCHGW' | 'ADVERTISE' | 'GWINFO' | 'CONNECT' | 'PINGREQ' | 'DISCONNECT' }
    >,
  ): void {
    const { ctx } = this;
    switch (message.type) {
      case 'WILLTOPIC':
        return onWillTopic(ctx, session, message, peer);
      case 'WILLMSG':
        return onWillMessage(ctx, session, message, peer);
      case 'WILLTOPICUPD':
        return onWillTopicUpdate(ctx, session, message, peer);
      case 'WILLMSGUPD':
        return onWillMessageUpdate(ctx, session, message, peer);
      case 'REGISTER':
        return onRegister(ctx, session, message, peer);
      case 'PUBLISH':
        return onPublish(ctx, session, message, peer);
      case 'PUBREL':
        return onPubrel(ctx, session, message);
      case 'SUBSCRIBE':
        return onSubscribe(ctx, session, message, peer);
      case 'UNSUBSCRIBE':
        return onUnsubscribe(ctx, session, message, peer);
      case 'REGACK':
        return onRegack(ctx, session, message, peer);
      case 'PUBACK':
        return onPuback(ctx, session, message, peer);
      case 'PUBREC':
        return onPubrec(ctx, session, message, peer);
      case 'PUBCOMP':
        return onPubcomp(ctx, session, message, peer);
      case 'PINGRESP':
        return; // a sign of life and nothing more
      case 'CONNACK':
      case 'WILLTOPICREQ':
      case 'WILLMSGREQ':
      case 'SUBACK':
      case 'UNSUBACK':
      case 'WILLTOPICRESP':
      case 'WILLMSGRESP':
        return; // only gateways send these; the gate has dropped them
      default:
        message satisfies never;
    }
  }

  /** Frame errors get silence; field errors a refusal, if the sender is one who may hear it. */
  private onMalformed(peer: Peer, session: Session | undefined, malformed: Malformed): void {
    const { ctx } = this;
    const { error, messageType, reply } = malformed;
    ctx.dropFrame(peer, 'malformed', {
      detail: error,
      ...(messageType ? { messageType } : {}),
      ...clientOf(session),
    });
    if (reply === undefined) return;
    const state = statusOf(session);
    if (messageType === 'CONNECT') ctx.send(peer, reply);
    else if (messageType === 'WILLTOPIC') {
      if (session) refuseAttempt(ctx, session, 3, 'the will topic is not UTF-8');
    } else if (isConnected(state)) ctx.send(peer, reply);
    else if (state !== 'CONNECTING') ctx.turnAway(peer);
  }

  private onUpstream(event: UpstreamEvent): void {
    const { ctx } = this;
    switch (event.event) {
      case 'availability':
        ctx.brokerUp = event.up;
        ctx.notice({
          notice: 'broker',
          up: event.up,
          ...(event.detail === undefined ? {} : { detail: event.detail }),
        });
        this.discovery.onAvailability(ctx);
        if (event.up) ctx.outbox.onBrokerBack();
        else for (const session of ctx.sessions) onBrokerGone(ctx, session);
        return;
      case 'message':
        onMessage(ctx, event);
        this.armByName(event.client);
        return;
      case 'unclaimed':
        ctx.dropMessage('downlink', 'not-subscribed', null, event.topic);
        return;
      case 'reachable':
        ctx.outbox.onConnected(event.client);
        return;
      case 'closed': {
        const session = ctx.sessions.get(event.client);
        if (session === undefined) return;
        sessionClosedUpstream(ctx, session, event.detail);
        this.arm(session);
        return;
      }
      case 'published':
        if (event.token === 0) onUnsentQos0(ctx, event);
        else onAnswer(ctx, event);
        return;
      default:
        onAnswer(ctx, event);
    }
  }

  private onDeadline(): void {
    const { ctx } = this;
    this.discovery.onDeadline(ctx);
    ctx.outbox.onDeadline();
    for (let due = ctx.deadlines.takeDue(ctx.now); due; due = ctx.deadlines.takeDue(ctx.now)) {
      this.onSessionDeadline(due);
      this.arm(due);
    }
  }

  private onSessionDeadline(session: Session): void {
    const { ctx } = this;
    const { state } = session;
    if (state.name === 'CONNECTING') {
      if (state.expiresAt <= ctx.now) onAttemptExpired(ctx, session);
    } else if (state.name === 'DISCONNECTED' || state.name === 'LOST') {
      if (state.expiresAt <= ctx.now) forgetSession(ctx, session, 'a day without a connection');
    } else if (session.silentUntil <= ctx.now) {
      loseSession(ctx, session, state.name === 'ACTIVE' ? 'keep alive over' : 'sleep time over');
    } else if (deliveryDeadline(session) <= ctx.now) {
      onDeliveryDeadline(ctx, session);
    }
  }

  private armMoved(): void {
    for (const session of this.ctx.toArm) this.arm(session);
    this.ctx.toArm.clear();
  }

  private arm(session: Session): void {
    if (session.removed) return;
    const { ctx } = this;
    const { state } = session;
    const at =
      state.name === 'CONNECTING' || state.name === 'DISCONNECTED' || state.name === 'LOST'
        ? state.expiresAt
        : Math.min(session.silentUntil, deliveryDeadline(session));
    // Never again in the same step: a deadline that could not be met must not spin.
    if (at !== Number.POSITIVE_INFINITY) ctx.deadlines.arm(session, Math.max(at, ctx.now + 1));
  }

  private armByName(clientId: string | undefined): void {
    const session = clientId === undefined ? undefined : this.ctx.sessions.get(clientId);
    if (session) this.arm(session);
  }
}

const nodeOf = (decoded: Decoded): Uint8Array | undefined =>
  decoded.type === 'ENCAPSULATED' || decoded.type === 'MALFORMED'
    ? decoded.wirelessNodeId
    : undefined;

const clientOf = (session: Session | undefined): { client?: string } =>
  session ? { client: session.clientId } : {};
