/**
 * A broker in memory (MQTT 3.1.1 and 5): sessions, subscriptions, retained messages and wills. It stands for all
 * brokers, so it does what the standard demands and, by its rules, what the standard leaves open. Packets
 * are in connection.ts.
 */
import type { ISubscription } from 'mqtt-packet';
import type { Timeline } from '../../../firmware-sim/timeline.js';
import type { BrokerRules, Refusal } from '../story.js';
import { BrokerConnection } from './connection.js';
import { type BrokerMessage, BrokerSession, type Outgoing, type Subscription } from './session.js';
import { sharedFilter, topicMatches } from './topics.js';
import type { Connection, Listener, Peer } from './wire.js';

/** Who keeps the books on the broker's side. */
export interface BrokerWitness {
  /** The broker has taken a message over from a client of the gateway's, and says so. */
  arrived(clientId: string, message: BrokerMessage): void;
  /** A client of the gateway's has taken a message over: PUBACK or PUBREC. */
  handedOver(clientId: string, message: BrokerMessage): void;
  /** A message was put into the session of a client of the gateway's. */
  queued(clientId: string, message: BrokerMessage): void;
  /** A session of a client of the gateway's has a subscription, new or as before. */
  subscribed(clientId: string, filter: string): void;
  /** A client does what the standard forbids. */
  violated(clientId: string, what: string): void;
  /** A will is published. */
  willFired(clientId: string, will: BrokerMessage): void;
  note(what: string): void;
}

export interface Will extends BrokerMessage {
  delayMs: number;
}

/** A session that never expires. */
const FOR_EVER_SEC = 0xffffffff;

export class SimulatedBroker implements Listener {
  isUp = true;
  /** What it says no to at the moment, and why. */
  readonly refuses: { connect: Refusal | undefined; publish: Refusal | undefined } = {
    connect: undefined,
    publish: undefined,
  };
  readonly sessions = new Map<string, BrokerSession>();
  readonly retained = new Map<string, BrokerMessage>();
  private readonly connections = new Set<BrokerConnection>();
  /** Of sessions without a connection: takes back their expiry, and their wills. */
  private readonly expiries = new Map<string, () => void>();
  private readonly dueWills = new Map<string, { fire: () => void; cancel: () => void }>();

  /** Of each group that shares a subscription, how many messages it has had. */
  private readonly turns = new Map<string, number>();

  /** What it takes to acknowledge a message, at the moment. */
  answerMs: number;

  constructor(
    readonly timeline: Timeline,
    readonly rules: BrokerRules,
    readonly witness: BrokerWitness,
  ) {
    this.answerMs = rules.answerMs;
  }

  /** Clients that something waits for, if they are there, or are of these, who will be. */
  owes(expected: ReadonlySet<string>): string[] {
    const isFor = (one: BrokerSession): boolean =>
      expected.has(one.clientId) || this.connectionOf(one) !== undefined;
    return [...this.sessions.values()]
      .filter((one) => !one.isIdle && isFor(one))
      .map(({ clientId }) => clientId);
  }

  accept(connection: Connection): Peer {
    const one = new BrokerConnection(this, connection);
    this.connections.add(one);
    return one;
  }

  /** Ends all connections; nobody gets in until `start`. `forgets`: what it knew is gone. */
  stop(forgets: boolean): void {
    this.isUp = false;
    for (const one of [...this.connections]) one.fall();
    if (!forgets) return;
    for (const cancel of this.expiries.values()) cancel();
    for (const { cancel } of this.dueWills.values()) cancel();
    for (const map of [this.sessions, this.retained, this.expiries, this.dueWills]) map.clear();
  }

  start(): void {
    this.isUp = true;
  }

  /** Somebody publishes: a client of the gateway's (`from`), a will, or anybody else. */
  publish(message: BrokerMessage, from?: string): void {
    const { topic, payload, retain } = message;
    if (retain && payload.length === 0) this.retained.delete(topic);
    else if (retain) this.retained.set(topic, message);
    for (const session of this.sessions.values()) {
      const matching = [...session.subscriptions].filter(
        ([filter, { noLocal }]) =>
          topicMatches(filter, topic) && !(noLocal && from === session.clientId),
      );
      if (matching.length === 0) continue;
      const found = matching.map(([, subscription]) => subscription);
      const shares = this.rules.overlaps === 'once' ? [found] : found.map((one) => [one]);
      for (const share of shares) this.give(session, message, share);
    }
    for (const [group, members] of this.groupsOf(topic)) this.giveToOne(group, members, message);
  }

  /** By group, the members of those that share the topic. */
  private groupsOf(topic: string): Map<string, BrokerSession[]> {
    const groups = new Map<string, BrokerSession[]>();
    for (const session of this.sessions.values()) {
      for (const filter of session.subscriptions.keys()) {
        const shared = sharedFilter(filter);
        if (shared === undefined || !topicMatches(shared, topic)) continue;
        groups.set(filter, [...(groups.get(filter) ?? []), session]);
      }
    }
    return groups;
  }

  /** Members take turns; who is not there gets what all would have to wait for. */
  private giveToOne(
    group: string,
    members: readonly BrokerSession[],
    message: BrokerMessage,
  ): void {
    const present = members.filter((one) => this.connectionOf(one) !== undefined);
    const candidates = present.length > 0 ? present : members;
    const turn = (this.turns.get(group) ?? 0) + 1;
    this.turns.set(group, turn);
    const member = candidates[turn % candidates.length];
    const subscription = member?.subscriptions.get(group);
    if (member !== undefined && subscription !== undefined)
      this.give(member, message, [subscription]);
  }

  private connectionOf(session: BrokerSession): BrokerConnection | undefined {
    return [...this.connections].find((one) => one.session === session);
  }

  // For connections

  isDenied(topic: string): boolean {
    const { denies } = this.rules;
    return denies !== null && topicMatches(denies, topic);
  }

  /** The session of a client that connects, and whether there was one. */
  open(clientId: string, isClean: boolean): { session: BrokerSession; isPresent: boolean } {
    for (const one of this.connections) if (one.clientId === clientId) one.takenOver();
    this.expiries.get(clientId)?.();
    this.expiries.delete(clientId);
    const known = isClean ? undefined : this.sessions.get(clientId);
    const due = this.dueWills.get(clientId);
    // A session that ends fires its will; one that goes on forgets it [MQTT-3.1.3-9].
    if (known === undefined) due?.fire();
    due?.cancel();
    this.dueWills.delete(clientId);
    const session = known ?? new BrokerSession(clientId);
    this.sessions.set(clientId, session);
    return { session, isPresent: known !== undefined };
  }

  /** A connection is over. `will`: what it leaves to be published. */
  left(connection: BrokerConnection, expirySec: number, will: Will | undefined): void {
    this.connections.delete(connection);
    const { clientId } = connection;
    if (clientId === undefined) return;
    const expire = (): void => this.expire(clientId);
    if (will !== undefined) this.leaveWill(clientId, will, expirySec);
    if (expirySec === 0) expire();
    else if (expirySec < FOR_EVER_SEC) {
      const at = this.timeline.now() + expirySec * 1000;
      this.expiries.set(clientId, this.timeline.at(at, expire));
    }
  }

  subscribe(session: BrokerSession, filter: ISubscription, identifier: number | undefined): void {
    const isNew = !session.subscriptions.has(filter.topic);
    const subscription: Subscription = {
      qos: filter.qos,
      identifier,
      noLocal: filter.nl ?? false,
      retainAsPublished: filter.rap ?? false,
    };
    session.subscriptions.set(filter.topic, subscription);
    this.witness.subscribed(session.clientId, filter.topic);
    // Nobody gets retained messages for his share (MQTT 5, 4.8.2).
    if (sharedFilter(filter.topic) !== undefined) return;
    const handling = filter.rh ?? 0;
    if (handling === 2 || (handling === 1 && !isNew)) return;
    for (const message of this.retained.values()) {
      if (topicMatches(filter.topic, message.topic))
        this.give(session, message, [subscription], true);
    }
  }

  private give(
    session: BrokerSession,
    message: BrokerMessage,
    subscriptions: readonly Subscription[],
    isRetained = false,
  ): void {
    const granted = Math.max(...subscriptions.map(({ qos }) => qos));
    const asPublished = subscriptions.some(({ retainAsPublished }) => retainAsPublished);
    const outgoing: Outgoing = {
      ...message,
      qos: Math.min(message.qos, granted) as Outgoing['qos'],
      retain: isRetained || (asPublished && message.retain),
      identifiers: subscriptions.flatMap(({ identifier }) => identifier ?? []),
      isReleased: false,
    };
    const connection = this.connectionOf(session);
    // QoS 0 waits for nobody.
    if (connection === undefined && outgoing.qos === 0) return;
    this.witness.queued(session.clientId, outgoing);
    session.queue.push(outgoing);
    connection?.sendMore();
  }

  private leaveWill(clientId: string, will: Will, expirySec: number): void {
    const fire = (): void => {
      this.dueWills.delete(clientId);
      this.witness.willFired(clientId, will);
      this.publish(will, clientId);
    };
    const delayMs = Math.min(will.delayMs, expirySec * 1000);
    if (delayMs === 0) return fire();
    const cancel = this.timeline.at(this.timeline.now() + delayMs, fire);
    this.dueWills.set(clientId, { fire, cancel });
  }

  private expire(clientId: string): void {
    this.sessions.delete(clientId);
    this.expiries.delete(clientId);
  }
}
