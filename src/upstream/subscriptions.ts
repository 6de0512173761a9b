/**
 * The subscriptions of all aggregated devices: which the broker needs, and which device a message
 * belongs to. `route.ts` has the rule that keeps a device from getting a message twice; it needs to
 * know for which filter the broker sent a copy:
 *
 * - MQTT 5: the message carries subscription identifiers, a new one for each SUBSCRIBE.
 * - MQTT 3.1.1, or a broker without identifiers: the filters on one connection never overlap, so the
 *   connection and the topic determine the filter. A filter that overlaps goes to another connection.
 *
 * Every request of a device makes a SUBSCRIBE, also for a filter that the broker has already: this is
 * how the device gets the retained messages, and nobody else does. Under MQTT 3.1.1 the rounds of one
 * filter follow each other, because nothing but time tells their retained messages apart.
 */
import type { IPublishPacket } from 'mqtt';
import type { MqttQos, UpstreamEvent, UpstreamRequest } from '../core/types.js';
import type { SubscribeAnswer } from './answers.js';
import { FilterIndex } from './filter-index.js';
import { logGivenUp } from './given-up.js';
import { Identifiers } from './identifiers.js';
import { freeLane, type Lane, type LaneState, newLaneState } from './lane.js';
import {
  CONNECTIONS_MAX,
  RETAINED_SETTLE_MS,
  ROUNDS_PER_FILTER_MAX,
  SUBSCRIBES_IN_FLIGHT_MAX,
} from './limits.js';
import type { UpstreamLog } from './options.js';
import { AWAY, CLOSED, type Failure, GIVEN_UP } from './reasons.js';
import { type Ask, isPrimary, Route, type Round, subscribersBeside } from './route.js';
import { Suspects } from './suspects.js';
import type { Time, Timer } from './time.js';

type Request<Op> = Extract<UpstreamRequest, { op: Op }>;

export class Subscriptions {
  readonly #lanes: LaneState[] = [];
  readonly #routes = new Map<string, Route>();
  readonly #index = new FilterIndex<Route>();
  readonly #identifiers = new Identifiers();
  /** Routes that a client has or asks for. */
  readonly #byClient = new Map<string, Set<Route>>();
  readonly #settleTimers = new Set<Timer>();
  readonly #suspects: Suspects;
  #order = 0;
  /** How messages are told apart; undefined until the first connection is up. */
  #identified: boolean | undefined;

  /** @param openLane opens one more connection; its `up` and `down` come later */
  constructor(
    private readonly openLane: (index: number) => Lane,
    private readonly emit: (event: UpstreamEvent) => void,
    private readonly log: UpstreamLog,
    private readonly time: Time,
  ) {
    this.#suspects = new Suspects(time);
  }

  addLane(lane: Lane): void {
    this.#lanes.push(newLaneState(lane));
  }

  stop(): void {
    for (const timer of this.#settleTimers) timer.cancel();
    this.#settleTimers.clear();
  }

  // Requests

  subscribe({ token, client, filter, qos }: Request<'subscribe'>): void {
    // Without a group Mosquitto closes the connection.
    if (filter === '$share' || filter.startsWith('$share/')) {
      const detail = 'shared subscriptions need a transparent device';
      return this.#answer({ client, qos, token }, filter, { failure: 'refused', detail });
    }
    if (this.#suspects.hasGivenUp(filter)) {
      return this.#answer({ client, qos, token }, filter, GIVEN_UP);
    }
    const route = this.#routes.get(filter) ?? this.#createRoute(filter);
    if (!(route instanceof Route)) return this.#answer({ client, qos, token }, filter, route);
    const state = this.#lane(route.lane);
    if (!state.lane.isUp && !state.fresh) {
      this.#answer({ client, qos, token }, filter, AWAY);
      return this.#dropIfUnused(route);
    }
    this.#remember(client, route);
    this.#ask(route, { client, qos, token });
  }

  unsubscribe({ token, client, filter }: Request<'unsubscribe'>): void {
    const done = () => this.emit({ event: 'unsubscribed', token, client });
    const route = this.#routes.get(filter);
    if (route === undefined) return done();
    this.#leave(route, client);
    this.#unremember(client, route);
    this.#dropIfUnused(route, done);
  }

  has(client: string): boolean {
    return this.#byClient.has(client);
  }

  /** The client's session ended: its subscriptions go. */
  forget(client: string): void {
    const routes = this.#byClient.get(client);
    this.#byClient.delete(client);
    for (const route of routes ?? []) {
      this.#leave(route, client);
      this.#dropIfUnused(route);
    }
  }

  // Connections

  up(index: number, sessionPresent: boolean): void {
    const state = this.#lane(index);
    state.fresh = false;
    if (index === 0 && this.#identified !== state.lane.hasIdentifiers) {
      this.#identified = state.lane.hasIdentifiers;
      this.#placeAnew();
    }
    for (const filter of sessionPresent ? state.orphans : []) state.lane.unsubscribe(filter, noop);
    state.orphans.clear();
    for (const route of this.#routes.values()) {
      if (route.lane !== index) continue;
      if (!sessionPresent) route.atBroker = false;
      this.#schedule(route);
    }
  }

  down(index: number): void {
    const state = this.#lane(index);
    state.fresh = false;
    state.due.clear();
    for (const route of [...this.#routes.values()]) {
      if (route.lane !== index) continue;
      for (const ask of route.waiting.splice(0)) this.#answer(ask, route.filter, AWAY);
      this.#dropIfUnused(route);
    }
  }

  message(index: number, packet: IPublishPacket): void {
    if (this.#identified) return this.#byIdentifier(packet);
    const matching = this.#index.match(packet.topic);
    // One at most: filters on one connection do not overlap.
    const route = matching.find((candidate) => candidate.lane === index);
    const round = route?.rounds.at(-1);
    if (round !== undefined) this.#deliver(round, packet, matching);
  }

  // Delivery

  #byIdentifier(packet: IPublishPacket): void {
    const named = packet.properties?.subscriptionIdentifier;
    if (named === undefined) return;
    const matching = packet.retain ? [] : this.#index.match(packet.topic);
    for (const identifier of Array.isArray(named) ? named : [named]) {
      const round = this.#identifiers.find(identifier);
      if (round !== undefined) this.#deliver(round, packet, matching);
    }
  }

  #deliver(round: Round, packet: IPublishPacket, matching: readonly Route[]): void {
    const { route } = round;
    if (packet.retain) {
      for (const { client, qos } of round.asks) this.#hand(client, qos, packet);
      return;
    }
    for (const [client, qos] of route.subscribers) {
      if (isPrimary(route, client, matching)) this.#hand(client, qos, packet);
    }
  }

  #hand(client: string, qosMax: MqttQos, { topic, payload, qos, retain }: IPublishPacket): void {
    const octets = payload as Buffer;
    const lowered = qos < qosMax ? qos : qosMax;
    this.emit({ event: 'message', client, topic, payload: octets, qos: lowered, retain });
  }

  // Rounds

  #ask(route: Route, ask: Ask): void {
    if (ask.qos > route.wantedQos) route.wantedQos = ask.qos;
    const mustWait = !this.#identified && (route.settling || route.unanswered > 0);
    if (mustWait && route.atBroker && route.grantedQos >= ask.qos) {
      // The device need not wait for SUBACK, only for the retained messages.
      route.subscribers.set(ask.client, ask.qos);
      this.#answer(ask, route.filter, { granted: ask.qos });
      route.waiting.push({ client: ask.client, qos: ask.qos });
    } else {
      route.waiting.push(ask);
    }
    this.#schedule(route);
  }

  /** Has the route's next round begun as soon as it may. */
  #schedule(route: Route): void {
    const state = this.#lane(route.lane);
    if (!state.lane.isUp) return;
    state.due.add(route);
    this.#pump(state);
  }

  #pump(state: LaneState): void {
    for (const route of state.due) {
      if (!this.#hasRoom(state, route)) return;
      state.due.delete(route);
      if (this.#mayBegin(route)) this.#begin(route, state);
    }
  }

  /** A suspect is asked for alone, so that a loss of the connection tells for sure. */
  #hasRoom(state: LaneState, { filter }: Route): boolean {
    if (state.inFlight === 0) return true;
    if (state.probing || this.#suspects.has(filter)) return false;
    return state.inFlight < SUBSCRIBES_IN_FLIGHT_MAX;
  }

  #mayBegin(route: Route): boolean {
    if (this.#suspects.hasGivenUp(route.filter)) return false;
    if (!this.#identified && (route.settling || route.unanswered > 0)) return false;
    return route.waiting.length > 0 || (!route.atBroker && route.subscribers.size > 0);
  }

  #begin(route: Route, state: LaneState): void {
    const round: Round = { route, asks: route.waiting.splice(0) };
    // The session is lost: everybody gets the retained messages again, as after any new SUBSCRIBE.
    if (!route.atBroker) round.asks.push(...subscribersBeside(round));
    if (this.#identified) round.identifier = this.#identifiers.assign(round);
    route.rounds.push(round);
    const forgotten =
      route.rounds.length > ROUNDS_PER_FILTER_MAX ? route.rounds.shift() : undefined;
    if (forgotten !== undefined) this.#identifiers.release(forgotten);
    route.unanswered++;
    state.inFlight++;
    state.probing = this.#suspects.has(route.filter);
    state.lane.subscribe(route.filter, route.wantedQos, round.identifier, (answer) => {
      route.unanswered--;
      state.inFlight--;
      this.#answered(round, this.#suspects.judge(route.filter, answer));
      this.#dropIfUnused(route);
      if (route.waiting.length > 0) this.#schedule(route);
      this.#pump(state);
    });
  }

  #answered(round: Round, answer: SubscribeAnswer): void {
    const { route } = round;
    if ('granted' in answer) {
      route.atBroker = true;
      route.grantedQos = answer.granted;
      if (!this.#identified) this.#settle(route);
    }
    for (const ask of round.asks) {
      if (answer === GIVEN_UP) logGivenUp(this.log, 'SUBSCRIBE', ask.client, route.filter);
      if ('granted' in answer) {
        ask.qos = Math.min(ask.qos, answer.granted) as MqttQos;
        route.subscribers.set(ask.client, ask.qos);
      }
      this.#answer(ask, route.filter, answer);
    }
  }

  #settle(route: Route): void {
    route.settling = true;
    const timer = this.time.after(RETAINED_SETTLE_MS, () => {
      this.#settleTimers.delete(timer);
      route.settling = false;
      this.#schedule(route);
    });
    this.#settleTimers.add(timer);
  }

  #answer(ask: Ask, filter: string, answer: SubscribeAnswer): void {
    const { client, token } = ask;
    const route = this.#routes.get(filter);
    if ('failure' in answer && route !== undefined && !route.subscribers.has(client)) {
      this.#unremember(client, route);
    }
    if (token === undefined) {
      if ('failure' in answer && answer.failure === 'refused') {
        this.log.warn(
          { code: 'SUBSCRIPTION_NOT_RENEWED', client, filter },
          `a subscription could not be renewed: ${answer.detail}`,
        );
      }
      return;
    }
    ask.token = undefined;
    if ('granted' in answer) {
      const grantedQos = Math.min(ask.qos, answer.granted) as MqttQos;
      this.emit({ event: 'subscribed', token, client, grantedQos });
    } else {
      this.emit({ event: 'subscribed', token, client, grantedQos: 0, ...answer });
    }
  }

  // Routes

  #createRoute(filter: string): Route | Failure {
    const lane = this.#place(filter);
    if (lane === undefined) {
      const detail = `${filter} overlaps filters on all ${CONNECTIONS_MAX} connections; MQTT 5 needs one only`;
      return { failure: 'unavailable', detail };
    }
    const route = new Route(filter, this.#order++, lane);
    this.#routes.set(filter, route);
    this.#index.set(filter, route);
    return route;
  }

  /** Index of a connection that may hold `filter`, opened if need be. */
  #place(filter: string): number | undefined {
    const index = (this.#identified ?? true) ? 0 : freeLane(filter, this.#routes.values());
    if (index === this.#lanes.length) this.addLane(this.openLane(index));
    return index;
  }

  /** Another kind of broker: the filters have to be spread differently. */
  #placeAnew(): void {
    const routes = [...this.#routes.values()];
    this.#routes.clear();
    for (const route of routes) {
      const lane = this.#place(route.filter);
      if (lane === undefined) {
        this.log.error(
          { code: 'SUBSCRIPTION_NOT_RENEWED', filter: route.filter },
          'no connection is left for a subscription',
        );
        continue;
      }
      route.lane = lane;
      route.atBroker = false;
      this.#routes.set(route.filter, route);
      if (lane !== 0) this.#schedule(route);
    }
  }

  #remember(client: string, route: Route): void {
    const routes = this.#byClient.get(client);
    if (routes === undefined) this.#byClient.set(client, new Set([route]));
    else routes.add(route);
  }

  #unremember(client: string, route: Route): void {
    const routes = this.#byClient.get(client);
    routes?.delete(route);
    if (routes?.size === 0) this.#byClient.delete(client);
  }

  #leave(route: Route, client: string): void {
    route.subscribers.delete(client);
    const left = (ask: Ask) => {
      if (ask.client === client) this.#answer(ask, route.filter, CLOSED);
      return ask.client !== client;
    };
    route.waiting = route.waiting.filter(left);
    for (const round of route.rounds) round.asks = round.asks.filter(left);
  }

  #dropIfUnused(route: Route, done: () => void = noop): void {
    if (!route.isUnused || this.#routes.get(route.filter) !== route) return done();
    this.#routes.delete(route.filter);
    this.#index.delete(route.filter);
    for (const round of route.rounds) this.#identifiers.release(round);
    if (route.rounds.length === 0) return done();
    const { lane, orphans } = this.#lane(route.lane);
    if (lane.isUp) return lane.unsubscribe(route.filter, done);
    if (route.atBroker) orphans.add(route.filter);
    done();
  }

  #lane(index: number): LaneState {
    const state = this.#lanes[index];
    if (state === undefined) throw new Error(`there is no connection ${index}`);
    return state;
  }
}

function noop(): void {}
