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
import { isRefusal, type SubscribeAnswer, subscribed } from './answers.js';
import { Delivery } from './delivery.js';
import { logGivenUp } from './given-up.js';
import type { SessionKind } from './known-session.js';
import { freeLane, type Lane, type LaneState, newLaneState } from './lane.js';
import { CONNECTIONS_MAX, SUBSCRIBES_IN_FLIGHT_MAX } from './limits.js';
import type { UpstreamLog } from './options.js';
import { Orphans } from './orphans.js';
import { logNotRenewed } from './not-renewed.js';
import { AWAY, CLOSED, type Failure, GIVEN_UP } from './reasons.js';
import type { Receipt } from './receipts.js';
import type { Rounds } from './rounds.js';
import { type Ask, Route, type Round, subscribersBeside, takeBack } from './route.js';
import { RouteTable } from './route-table.js';
import { Settling } from './settling.js';
import { Suspects } from './suspects.js';
import type { Time } from './time.js';

type Request<Op> = Extract<UpstreamRequest, { op: Op }>;

export class Subscriptions {
  readonly #lanes: LaneState[] = [];
  readonly #routes = new RouteTable();
  readonly #delivery: Delivery;
  readonly #settling: Settling;
  readonly #suspects: Suspects;
  #order = 0;
  /** How messages are told apart; undefined until the first connection is up. */
  #identified: boolean | undefined;

  /** @param openLane opens one more connection; its `up` and `down` come later */
  constructor(
    private readonly openLane: (index: number) => Lane,
    private readonly emit: (event: UpstreamEvent) => void,
    private readonly log: UpstreamLog,
    time: Time,
    private readonly rounds: Rounds,
  ) {
    this.#suspects = new Suspects(time);
    this.#settling = new Settling(time);
    this.#delivery = new Delivery(this.#routes.index, this.rounds, time, emit, (lane, topic) =>
      this.#lane(lane).orphans.unclaimed(topic),
    );
  }

  /** The next connection; its `up` and `down` come later. */
  addLane(lane: Lane): void {
    const index = this.#lanes.length;
    const orphans = new Orphans({
      isWanted: (filter) => this.#routes.get(filter)?.lane === index,
      renew: (topic) => this.#renew(this.#routes.doubtful(topic, index)),
      unsubscribe: (filter, done) => this.rounds.whenKept(() => lane.unsubscribe(filter, done)),
      forget: (rounds) => this.rounds.forget(rounds),
    });
    this.#lanes.push(newLaneState(lane, orphans));
  }

  /** Takes up the subscriptions of an earlier run; `resume` tells whose they are. */
  restore(): void {
    const { former: rounds, left } = this.rounds.recover();
    for (const { filter, lane, number } of left) {
      if (lane < CONNECTIONS_MAX) this.#restoredLane(lane).orphans.add(filter, [number]);
    }
    for (const former of rounds) {
      const { filter, lane, order, qos, isIdentified } = former;
      if (lane >= CONNECTIONS_MAX) continue;
      this.#restoredLane(lane);
      const route = this.#routes.get(filter) ?? new Route(filter, order, lane);
      this.#routes.add(route);
      route.lane = lane;
      route.restore(qos);
      route.rounds.push(this.rounds.restore(route, former));
      this.#order = Math.max(this.#order, order + 1);
      this.#identified = isIdentified;
    }
  }

  #restoredLane(index: number): LaneState {
    while (index >= this.#lanes.length) this.addLane(this.openLane(this.#lanes.length));
    return this.#lane(index);
  }

  stop(): void {
    this.#settling.stop();
  }

  // Requests

  subscribe({ token, client, filter, qos }: Request<'subscribe'>): void {
    const ask: Ask = { client, qos, token };
    // Without a group Mosquitto closes the connection.
    if (filter === '$share' || filter.startsWith('$share/')) {
      const detail = 'shared subscriptions need a transparent device';
      return this.#tell(ask, { failure: 'refused', detail });
    }
    if (this.#suspects.hasGivenUp(filter)) return this.#tell(ask, GIVEN_UP);
    const route = this.#routes.get(filter) ?? this.#createRoute(filter);
    if (!(route instanceof Route)) return this.#tell(ask, route);
    const state = this.#lane(route.lane);
    if (!state.lane.isUp && !state.fresh) {
      this.#tell(ask, AWAY);
      return this.#dropIfUnused(route);
    }
    this.#routes.remember(client, route);
    route.asks(ask);
    this.#schedule(route);
  }

  unsubscribe({ token, client, filter }: Request<'unsubscribe'>): void {
    const done = () => this.emit({ event: 'unsubscribed', token, client });
    const route = this.#routes.get(filter);
    if (route === undefined) return done();
    this.#delivery.leave(client, route);
    this.#leave(route, client);
    this.#routes.unremember(client, route);
    this.#dropIfUnused(route, done);
  }

  resume({ client, subscriptions }: Request<'resume'>): void {
    for (const { filter, qos } of subscriptions) {
      const route = this.#routes.get(filter) ?? this.#createRoute(filter);
      if (!(route instanceof Route)) {
        logNotRenewed(this.log, client, filter, route.detail);
        continue;
      }
      takeBack(route, client, qos);
      this.#routes.remember(client, route);
    }
  }

  has(client: string): boolean {
    return this.#routes.hasClient(client);
  }

  /** The client's session ended: its subscriptions go. */
  forget(client: string): void {
    this.#delivery.forget(client);
    for (const route of this.#routes.forgetClient(client)) {
      this.#leave(route, client);
      this.#dropIfUnused(route);
    }
  }

  // Connections

  up(index: number, session: SessionKind): void {
    const state = this.#lane(index);
    state.fresh = false;
    if (index === 0 && this.#identified !== state.lane.hasIdentifiers) {
      this.#identified = state.lane.hasIdentifiers;
      this.#placeAnew();
    }
    if (session !== 'known') this.#routes.doubt((lane) => this.#lane(lane).lane.isUp);
    const routes = this.#routes.on(index);
    for (const route of routes) if (route.isUnused) this.#remove(route); // Of an earlier run.
    state.orphans.up(session);
    state.renewing.clear();
    for (const route of routes) {
      if (session !== 'known') route.atBroker = false;
      route.beginsAnew(session);
      if (this.#needsRenewal(route)) state.renewing.add(route);
    }
    this.#trustWhenRenewed(state);
    for (const route of routes) this.#schedule(route);
  }

  down(index: number): void {
    const state = this.#lane(index);
    state.fresh = false;
    state.due.clear();
    for (const route of this.#routes.on(index)) {
      route.goesAway();
      for (const ask of route.waiting.splice(0)) this.#answer(ask, route, AWAY);
      this.#dropIfUnused(route);
    }
  }

  message(index: number, packet: IPublishPacket, receipt: Receipt): void {
    this.#delivery.message(index, packet, receipt);
  }

  // Rounds

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
    return route.waiting.length > 0 || this.#needsRenewal(route);
  }

  #renew(routes: readonly Route[]): boolean {
    for (const route of routes.filter(({ unanswered }) => unanswered === 0)) {
      route.isStale = true;
      this.#schedule(route);
    }
    return routes.length > 0;
  }

  #needsRenewal(route: Route): boolean {
    if (!route.lacksSubscription || this.#suspects.hasGivenUp(route.filter)) return false;
    return this.#routes.has(route);
  }

  #begin(route: Route, state: LaneState): void {
    const asks = route.waiting.splice(0);
    // The session is lost: everybody gets the retained messages again, as after any new SUBSCRIBE.
    if (!route.atBroker) asks.push(...subscribersBeside(route, asks));
    route.isStale = false;
    route.unanswered++;
    state.inFlight++;
    state.probing = this.#suspects.has(route.filter);
    const isIdentified = this.#identified === true;
    const round = this.rounds.begin(route, asks, isIdentified);
    route.rounds.push(round);
    this.#routes.admit(round, isIdentified);
    this.rounds.forgetPast(route);
    this.rounds.whenKept(() => this.#send(round, state, isIdentified));
  }

  #send(round: Round, state: LaneState, isIdentified: boolean): void {
    const { route, number } = round;
    const judge = this.#suspects.asks(route.filter);
    const done = (answer: SubscribeAnswer) => {
      route.unanswered--;
      state.inFlight--;
      const heard = judge(answer);
      // The route may have gone to another connection meanwhile.
      this.#answered(round, state, this.#lane(route.lane) === state ? heard : AWAY);
      this.#dropIfUnused(route);
      if (route.waiting.length > 0) this.#schedule(route);
      this.#pump(state);
    };
    // The broker may have become another kind of broker meanwhile.
    if (this.#lane(route.lane) !== state) return done(AWAY);
    const identifier = isIdentified ? number : undefined;
    state.lane.subscribe(route.filter, route.wantedQos, identifier, done);
  }

  #answered(round: Round, state: LaneState, answer: SubscribeAnswer): void {
    const { route } = round;
    const isNew = !route.atBroker;
    round.answer = 'granted' in answer ? 'granted' : isRefusal(answer) ? 'refused' : 'unknown';
    this.rounds.forgetPast(route);
    if ('granted' in answer) {
      route.atBroker = true;
      route.formerLane = undefined;
      route.grantedQos = answer.granted;
      if (!this.#identified) this.#settling.begin(route, () => this.#schedule(route));
    }
    if (round.answer !== 'unknown' && state.renewing.delete(route)) this.#trustWhenRenewed(state);
    for (const ask of round.asks) {
      if (answer === GIVEN_UP) logGivenUp(this.log, 'SUBSCRIBE', ask.client, route.filter);
      if ('granted' in answer) {
        ask.qos = Math.min(ask.qos, answer.granted) as MqttQos;
        this.#routes.join(ask.client, route, ask.qos, isNew);
      }
      this.#answer(ask, route, answer);
    }
  }

  #trustWhenRenewed({ lane, renewing }: LaneState): void {
    if (renewing.size === 0) lane.trustSession();
  }

  #answer(ask: Ask, route: Route, answer: SubscribeAnswer): void {
    const { client, token } = ask;
    if (token === undefined) {
      if (isRefusal(answer)) logNotRenewed(this.log, client, route.filter, answer.detail);
      return;
    }
    const asksOn = route.isAnswered(ask);
    if ('failure' in answer && !route.subscribers.has(client)) {
      if (!asksOn) this.#delivery.leave(client, route);
      this.#routes.fails(client, route, asksOn);
    }
    this.#tell(ask, answer);
  }

  #tell(ask: Ask, answer: SubscribeAnswer): void {
    const { client, token, qos } = ask;
    ask.token = undefined;
    if (token !== undefined) this.emit(subscribed({ token, client, qos }, answer));
  }

  // Routes

  #createRoute(filter: string): Route | Failure {
    const lane = this.#place(filter);
    if (lane === undefined) {
      const detail = `${filter} overlaps filters on all ${CONNECTIONS_MAX} connections; MQTT 5 needs one only`;
      return { failure: 'unavailable', detail };
    }
    return this.#routes.add(new Route(filter, this.#order++, lane));
  }

  /** Index of a connection that may hold `filter`, opened if need be. */
  #place(filter: string): number | undefined {
    const index = (this.#identified ?? true) ? 0 : freeLane(filter, this.#routes.all());
    if (index === this.#lanes.length) this.addLane(this.openLane(index));
    return index;
  }

  /** Another kind of broker: the filters have to be spread differently. */
  #placeAnew(): void {
    const routes = [...this.#routes.all()];
    for (const route of routes) this.#routes.remove(route);
    for (const route of routes) {
      const before = this.#lane(route.lane);
      const lane = this.#place(route.filter);
      if (lane === undefined) {
        this.log.error(
          { code: 'SUBSCRIPTION_NOT_RENEWED', filter: route.filter },
          'no connection is left for a subscription',
        );
        continue;
      }
      if (lane !== route.lane) before.orphans.add(route.filter, []);
      route.formerLane = route.lane;
      route.lane = lane;
      route.atBroker = false;
      route.beginsAnew('new');
      this.#routes.add(route);
      if (lane !== 0) this.#schedule(route);
    }
    for (const { lane, orphans } of this.#lanes.slice(1)) if (lane.isUp) orphans.up('unknown');
  }

  #leave(route: Route, client: string): void {
    this.#routes.leave(client, route);
    const left = (ask: Ask) => {
      if (ask.client === client) this.#answer(ask, route, CLOSED);
      return ask.client !== client;
    };
    route.waiting = route.waiting.filter(left);
    for (const round of route.rounds) round.asks = round.asks.filter(left);
    this.#routes.admitOthers(route);
  }

  #dropIfUnused(route: Route, done = (): void => {}): void {
    if (!route.isUnused || !this.#routes.has(route)) return done();
    const { lane, orphans } = this.#lane(route.lane);
    if (this.#remove(route) && lane.isUp) return orphans.unsubscribe(route.filter, done);
    done();
  }

  /** Returns whether the broker may have it, and has to be told. */
  #remove(route: Route): boolean {
    const state = this.#lane(route.lane);
    const numbers = route.rounds.map((round) => this.rounds.leave(round));
    // A SUBSCRIBE under way may reach the broker though its connection is lost.
    const isOrphan = route.atBroker || numbers.length > 0;
    if (isOrphan) state.orphans.add(route.filter, numbers);
    this.#routes.remove(route);
    if (state.renewing.delete(route)) this.#trustWhenRenewed(state);
    return isOrphan;
  }

  #lane(index: number): LaneState {
    const state = this.#lanes[index];
    if (state === undefined) throw new Error(`there is no connection ${index}`);
    return state;
  }
}
