/**
 * One topic filter that aggregated devices share: who gets what.
 *
 * The broker may send one message once, or once for each matching filter. Either way a device with
 * several matching filters gets it once: of the device's
 * filters one is *primary* for the topic (the highest QoS, granted or asked for; of equals the oldest), and only a
 * copy that was sent for this filter goes to the device. Earlier copies are remembered only while nobody knows for which of
 * the filters there is one (`first-copies.ts`): then the first copy goes, whatever it was sent for.
 */
import type { IPublishPacket } from 'mqtt';
import type { MqttQos } from '../core/types.js';
import { levelsOf } from './filter.js';
import { type Content, FirstCopies } from './first-copies.js';
import type { SessionKind } from './known-session.js';

/** A device that asks for the filter, and for its retained messages. */
export interface Ask {
  client: string;
  qos: MqttQos;
  /** Absent: nobody waits for the answer (any more). */
  token?: number | undefined;
}

/** One SUBSCRIBE at the broker and those who asked for it: its retained messages are theirs alone. */
export interface Round {
  readonly route: Route;
  /** Never used for another one; its subscription identifier where the broker knows those. */
  readonly number: number;
  asks: Ask[];
  /** What the broker has said; `unknown`: it may have heard it, or not; `former`: to an earlier run. */
  answer: 'none' | 'granted' | 'refused' | 'unknown' | 'former';
  /** Those of an earlier run, until they come back. */
  former: readonly Ask[];
}

/** A device that waits for SUBACK. */
export interface Early {
  readonly qos: MqttQos;
  /** What was sent for this one or a later one may be for the device. */
  readonly round: Round;
  /** Something has come for it: the broker has what the device has asked for. */
  isProven: boolean;
}

export class Route {
  readonly levels: readonly string[];
  /** Granted QoS by client id. */
  readonly subscribers = new Map<string, MqttQos>();
  /**
   * Who waits for SUBACK, with the QoS that was asked for: a broker may send before SUBACK what comes after SUBSCRIBE (MQTT 3.1.1, 3.8.4).
   * Where messages bear no number, and may have been sent before SUBSCRIBE for somebody else, he is not among these.
   */
  readonly early = new Map<string, Early>();
  /** By client id, its requests that are not answered. */
  private readonly open = new Map<string, number>();
  readonly firstCopies = new FirstCopies();
  /** Those who ask with the next round. */
  waiting: Ask[] = [];
  /** The latest rounds, the newest last: messages under way may still belong to an earlier one. */
  rounds: Round[] = [];
  /** Rounds without SUBACK. */
  unanswered = 0;
  /** MQTT 3.1.1: retained messages of the latest round may still come, so the next one has to wait. */
  settling = false;
  private hasBroker = false;
  /** To be asked for anew, though the broker has it: no record tells its number. */
  isStale = false;
  /** The broker has lost another session, or may have, and with it perhaps this one; its connection is away. */
  isDoubted = false;
  /** Its connection was there, and is not yet back: who knows how it finds its session then. */
  isAway = false;
  /** The broker has sent something for it on this connection, and so has it, whatever became of its session. */
  isProven = false;
  /** The connection that held it for another kind of broker: what waited there still comes on it. */
  formerLane: number | undefined;
  /** The highest QoS that anybody asked for. */
  wantedQos: MqttQos = 0;
  /** What the broker granted last; until it has, what it is asked for. */
  grantedQos: MqttQos = 0;

  /**
   * @param order counts up: tells the older of two routes
   * @param lane index of the connection that holds it
   */
  constructor(
    readonly filter: string,
    readonly order: number,
    public lane: number,
  ) {
    this.levels = levelsOf(filter);
  }

  /** The broker has this subscription in the present session. */
  get atBroker(): boolean {
    return this.hasBroker;
  }

  set atBroker(isThere: boolean) {
    this.hasBroker = isThere;
    if (isThere) this.isDoubted = false;
  }

  /** Whether the broker has to be asked for it, for those who have it. */
  get lacksSubscription(): boolean {
    return (!this.hasBroker || this.isStale) && this.subscribers.size > 0;
  }

  /** Whether the broker has it for sure. */
  private get isSure(): boolean {
    return (this.hasBroker && !this.isDoubted) || this.isProven;
  }

  /** An earlier run had it at the broker. */
  restore(qos: MqttQos): void {
    this.wantedQos = qos;
    this.hasBroker = true;
    this.isAway = true;
  }

  /** Its connection is lost: what had come there proves nothing any more. */
  goesAway(): void {
    this.isAway = true;
    this.isProven = false;
    for (const one of this.early.values()) one.isProven = false;
  }

  /** On a new connection nothing has come yet. */
  beginsAnew(session: SessionKind): void {
    this.isAway = false;
    this.isProven = false;
    this.isDoubted = false;
    this.firstCopies.beginsAnew(session);
  }

  get isUnused(): boolean {
    return this.subscribers.size === 0 && this.waiting.length === 0 && this.unanswered === 0;
  }

  /** To be asked for with the next round. */
  asks(ask: Ask): void {
    if (ask.qos > this.wantedQos) this.wantedQos = ask.qos;
    this.open.set(ask.client, (this.open.get(ask.client) ?? 0) + 1);
    this.waiting.push(ask);
  }

  /** Returns whether the device waits for another answer. */
  isAnswered({ client }: Ask): boolean {
    const others = (this.open.get(client) ?? 1) - 1;
    if (others > 0) this.open.set(client, others);
    else this.open.delete(client);
    return others > 0;
  }

  /** Something has come for it on this connection. */
  prove(round: Round | undefined): void {
    this.isProven = true;
    for (const [client, one] of this.early) one.isProven ||= this.isEarlyFor(client, round);
  }

  /** Whether the broker has it for sure, as far as the device is concerned. */
  isSureFor(client: string): boolean {
    return this.subscribers.has(client) ? this.isSure : this.early.get(client)?.isProven === true;
  }

  /** For whom a copy may be that was sent for this round; undefined: nobody knows for which one. */
  membersFor(round: Round | undefined): string[] {
    const early = [...this.early.keys()].filter((client) => this.isEarlyFor(client, round));
    return [...this.subscribers.keys(), ...early];
  }

  isFor(client: string, round: Round | undefined): boolean {
    return this.subscribers.has(client) || this.isEarlyFor(client, round);
  }

  private isEarlyFor(client: string, round: Round | undefined): boolean {
    const since = this.early.get(client)?.round;
    if (since === undefined) return false;
    return round === undefined || this.rounds.indexOf(since) <= this.rounds.indexOf(round);
  }

  /** With which QoS there may be copies for the device. */
  qosOf(client: string): MqttQos | undefined {
    return this.subscribers.get(client) ?? this.early.get(client)?.qos;
  }
}

/** Of these the ones on one connection that the broker may have, and that nothing has come for there yet. */
export const doubtful = (routes: readonly Route[], lane: number): Route[] =>
  routes.filter((route) => route.lane === lane && !route.isProven);

/** Of each device that has some of these the primary one. */
export function primaries(routes: readonly Route[]): Map<string, Route> {
  const primary = new Map<string, Route>();
  for (const route of routes) {
    for (const client of route.subscribers.keys()) {
      const before = primary.get(client);
      if (before === undefined || outranks(route, before, client)) primary.set(client, route);
    }
  }
  return primary;
}

/** A copy of a message that the broker has sent. */
export interface Copy {
  content: Content & Pick<IPublishPacket, 'qos' | 'dup'>;
  /** The routes that match its topic. */
  matching: readonly Route[];
  named: readonly Named[];
}

/** What a copy was sent for. */
export interface Named {
  readonly route: Route;
  /** undefined: it bears no number. */
  readonly round: Round | undefined;
}

export const isNamed = ({ named }: Copy, route: Route): boolean =>
  named.some((one) => one.route === route);

/** Whose copy the device gets: that for `route`, or for another one; undefined: it has got one already. */
export function keeperOf(client: string, route: Route, copy: Copy): Route | undefined {
  const { content, matching } = copy;
  if (route.qosOf(client) === undefined) return undefined;
  const named = namedFor(client, copy);
  if (named.length > 1) settle(client, named);
  // It is never the second copy of another.
  else if (route.firstCopies.take(client, content, content.qos > 0)) return undefined;
  const primary = primaryOf(client, route, copy);
  if (primary !== route) return primary;
  if (content.qos > 0) route.firstCopies.came(client);
  for (const other of matching) {
    if (other === route || !mayComeToo(client, other, route, copy)) continue;
    if (content.dup && other.firstCopies.expects(client, content)) continue;
    const mayBeReliable = mayComeReliably(client, other, route, copy);
    other.firstCopies.forestall(client, content, route.firstCopies, mayBeReliable);
  }
  return route;
}

/** Those of the device that it was sent for. */
const namedFor = (client: string, { named }: Copy): Route[] =>
  named.flatMap(({ route, round }) => (route.isFor(client, round) ? [route] : []));

/** What comes after a copy for all of them was sent after it. */
function settle(client: string, named: readonly Route[]): void {
  for (const one of named)
    for (const other of named) one.firstCopies.settle(client, other.firstCopies);
}

/** Whether a copy for `other` may come that the device would get, after it has got the one for `route`. */
function mayComeToo(client: string, other: Route, route: Route, copy: Copy): boolean {
  if (other.qosOf(client) === undefined) return false;
  const mayBeReliable = mayComeReliably(client, other, route, copy);
  // Nothing tells whether the device has got what went to it at QoS 0.
  if (mayBeReliable && !isReliable(client, route, copy)) return false;
  // At QoS 0 nothing waits for its connection.
  if (other.isAway) return mayBeReliable;
  if (!isSure(client, other, copy)) return true;
  if (!mayBeReliable) return false;
  if (route.firstCopies.isNewTo(other.firstCopies, client)) return true;
  return other.firstCopies.isNewTo(route.firstCopies, client) && outranks(other, route, client);
}

/** Whether the copy for `other`, if there is one, may come with QoS 1 or 2. */
const mayComeReliably = (client: string, other: Route, route: Route, { content }: Copy): boolean =>
  asksReliably(client, other) && (content.qos > 0 || route.grantedQos === 0);

/**
 * The highest QoS of the filters that the device has, and that are new to it beside this one, if the copy is reliable: it takes the
 * place of theirs, and with what QoS it was published it does not tell.
 */
export function newestQos(client: string, route: Route, copy: Copy): MqttQos {
  if (copy.matching.length < 2 || !isReliable(client, route, copy)) return 0;
  const newer = copy.matching.filter(({ firstCopies }) =>
    firstCopies.isNewTo(route.firstCopies, client),
  );
  return Math.max(0, ...newer.map(({ subscribers }) => subscribers.get(client) ?? 0)) as MqttQos;
}

/** Whether the device gets the copy with QoS 1 or 2. */
const isReliable = (client: string, route: Route, { content }: Copy): boolean =>
  content.qos > 0 && asksReliably(client, route);

export const asksReliably = (client: string, route: Route): boolean =>
  (route.qosOf(client) ?? 0) > 0;

const isSure = (client: string, route: Route, copy: Copy): boolean =>
  route.isSureFor(client) || namedFor(client, copy).includes(route);

/** Of the device's routes that match; `route` is one of them. */
function primaryOf(client: string, route: Route, copy: Copy): Route {
  let primary = route;
  // At QoS 0 nothing is owed of what was sent before.
  const mayBeOlder = isReliable(client, route, copy);
  for (const other of copy.matching) {
    if (other === route || !isSure(client, other, copy)) continue;
    if (mayBeOlder && other.firstCopies.isNewTo(route.firstCopies, client)) continue;
    if (outranks(other, primary, client)) primary = other;
  }
  return primary;
}

/** Whether the device, which has the second one or asks for it, has the first one with a higher QoS, or before it with the same. */
function outranks(one: Route, other: Route, client: string): boolean {
  const [qos, than] = [one.qosOf(client), other.qosOf(client) ?? 0];
  if (qos === undefined) return false;
  return qos > than || (qos === than && one.order < other.order);
}

/** The subscription of an earlier run goes on, and with it the wait for retained messages. */
export function takeBack(route: Route, client: string, qos: MqttQos): void {
  route.subscribers.set(client, qos);
  if (qos > route.wantedQos) route.wantedQos = qos;
  if (qos > route.grantedQos) route.grantedQos = qos;
  for (const { asks, former } of route.rounds) {
    asks.push(...former.filter((ask) => ask.client === client));
  }
}

/** The route's subscribers that are not among those who ask. */
export function subscribersBeside({ subscribers }: Route, asks: readonly Ask[]): Ask[] {
  const asking = new Set(asks.map((ask) => ask.client));
  const others = [...subscribers].filter(([client]) => !asking.has(client));
  return others.map(([client, qos]) => ({ client, qos }));
}
