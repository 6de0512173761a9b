/**
 * One topic filter that aggregated devices share: who gets what.
 *
 * The broker may send one message once, or once for each matching filter. Either way a device with
 * several matching filters gets it once: of the device's
 * filters one is *primary* for the topic (the highest granted QoS; of equals the oldest), and only a
 * copy that was sent for this filter goes to the device. Earlier copies are remembered only while nobody knows which of
 * the filters the broker has: then the first copy goes, whatever it was sent for.
 */
import type { IPublishPacket } from 'mqtt';
import type { MqttQos } from '../core/types.js';
import { levelsOf } from './filter.js';
import type { SessionKind } from './known-session.js';
import { FORESTALLED_MAX } from './limits.js';
import { stableHash } from './stable-hash.js';

type Content = Pick<IPublishPacket, 'topic' | 'payload'>;

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
  /** Those of an earlier run, until they come back. */
  former: readonly Ask[];
}

export class Route {
  readonly levels: readonly string[];
  /** Granted QoS by client id. */
  readonly subscribers = new Map<string, MqttQos>();
  /** What devices have got for other filters, the oldest first. */
  private readonly forestalled: { content: number; clients: Set<string> }[] = [];
  /** Those who ask with the next round. */
  waiting: Ask[] = [];
  /** The latest rounds, the newest last: messages under way may still belong to an earlier one. */
  readonly rounds: Round[] = [];
  /** Rounds without SUBACK. */
  unanswered = 0;
  /** MQTT 3.1.1: retained messages of the latest round may still come, so the next one has to wait. */
  settling = false;
  private hasBroker = false;
  /** To be asked for anew, though the broker has it: no record tells its number. */
  isStale = false;
  /** The broker has lost another session, and with it perhaps this one; its connection is away. */
  isDoubted = false;
  /** Its connection was there, and is not yet back: who knows how it finds its session then. */
  isAway = false;
  /** The broker has sent something for it on this connection, and so has it, whatever became of its session. */
  isProven = false;
  /** The connection that held it for another kind of broker: what waited there still comes on it. */
  formerLane: number | undefined;
  /** The highest QoS that anybody asked for. */
  wantedQos: MqttQos = 0;
  /** What the broker granted last. */
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
    if (!isThere) return;
    this.isDoubted = false;
    this.forestalled.length = 0;
  }

  /** Whether the broker has to be asked for it, for those who have it. */
  get lacksSubscription(): boolean {
    return (!this.hasBroker || this.isStale) && this.subscribers.size > 0;
  }

  /** Whether the broker has it for sure. */
  get isSure(): boolean {
    return (this.hasBroker && !this.isDoubted) || this.isProven;
  }

  /** An earlier run had it at the broker. */
  restore(qos: MqttQos): void {
    this.wantedQos = qos;
    this.hasBroker = true;
    this.isAway = true;
  }

  /** On a new connection nothing has come yet; one that is not sure of its session may still bring what was forestalled. */
  beginsAnew(session: SessionKind): void {
    this.isAway = false;
    this.isProven = false;
    this.isDoubted = false;
    if (session !== 'unknown') this.forestalled.length = 0;
  }

  /** The device has got the message for another filter; nobody knows whether the broker sends a copy for this one. */
  forestall(client: string, message: Content): void {
    const { forestalled } = this;
    const content = contentHash(message);
    const known = forestalled.find((one) => one.content === content && !one.clients.has(client));
    if (known !== undefined) {
      known.clients.add(client);
      return;
    }
    forestalled.push({ content, clients: new Set([client]) });
    if (forestalled.length > FORESTALLED_MAX) forestalled.shift();
  }

  /** Whether this is the copy of one that the device has got already: once for each. */
  wasForestalled(client: string, message: Content): boolean {
    if (this.forestalled.length === 0) return false;
    const content = contentHash(message);
    const known = this.forestalled.find(
      (one) => one.content === content && one.clients.has(client),
    );
    return known?.clients.delete(client) === true;
  }

  get isUnused(): boolean {
    return this.subscribers.size === 0 && this.waiting.length === 0 && this.unanswered === 0;
  }
}

/** Of these the ones on one connection that the broker may have, and that nothing has come for there yet. */
export const doubtful = (routes: readonly Route[], lane: number): Route[] =>
  routes.filter((route) => route.lane === lane && !route.isProven);

/** A copy of a message that the broker has sent. */
export interface Copy {
  content: Content;
  /** The routes that match its topic. */
  matching: readonly Route[];
  /** Those that it was sent for. */
  named: readonly Route[];
}

/** Whose copy the device gets: that for `route`, or for another one; undefined: it has got one already. */
export function keeperOf(client: string, route: Route, copy: Copy): Route | undefined {
  const { content, matching, named } = copy;
  if (!route.subscribers.has(client)) return undefined;
  // One that was sent for several filters at once is never the second copy of another.
  if (named.length < 2 && route.wasForestalled(client, content)) return undefined;
  const primary = primaryOf(client, route, copy);
  if (primary !== route) return primary;
  for (const other of matching) {
    const isRival = other !== route && (other.isAway || !isSure(other, copy));
    if (isRival && other.subscribers.has(client)) other.forestall(client, content);
  }
  return route;
}

const isSure = (route: Route, { named }: Copy): boolean => route.isSure || named.includes(route);

/** Of the device's routes that match; `route` is one of them. */
function primaryOf(client: string, route: Route, copy: Copy): Route {
  let primary = route;
  let highest = route.subscribers.get(client) ?? 0;
  for (const other of copy.matching) {
    if (other === route || !isSure(other, copy)) continue;
    const qos = other.subscribers.get(client);
    if (qos === undefined) continue;
    if (qos < highest || (qos === highest && other.order > primary.order)) continue;
    primary = other;
    highest = qos;
  }
  return primary;
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

export const contentHash = ({ topic, payload }: Content): number =>
  stableHash(`${topic}\0${payload.toString('latin1')}`);
