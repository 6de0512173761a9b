/** The routes of all aggregated devices: by filter, by topic, and by the devices that have or ask for them. */
import type { MqttQos } from '../core/types.js';
import { FilterIndex } from './filter-index.js';
import { type Ask, doubtful, type Round, type Route } from './route.js';

export class RouteTable {
  readonly #routes = new Map<string, Route>();
  readonly #byClient = new Map<string, Set<Route>>();
  /** Finds them by topic. */
  readonly index = new FilterIndex<Route>();

  get(filter: string): Route | undefined {
    return this.#routes.get(filter);
  }

  /** Whether it has not been removed or replaced. */
  has(route: Route): boolean {
    return this.#routes.get(route.filter) === route;
  }

  all(): Iterable<Route> {
    return this.#routes.values();
  }

  /** Those on one connection. */
  on(lane: number): Route[] {
    return [...this.#routes.values()].filter((route) => route.lane === lane);
  }

  /** Those on one connection that match, and for which nothing has come there yet. */
  doubtful(topic: string, lane: number): Route[] {
    return doubtful(this.index.match(topic), lane);
  }

  /** The broker has lost a session, or may have: what it had on connections that are away is not to be relied on. */
  doubt(isUp: (lane: number) => boolean): void {
    for (const route of this.#routes.values()) if (!isUp(route.lane)) route.isDoubted = true;
  }

  add(route: Route): Route {
    this.#routes.set(route.filter, route);
    this.index.set(route.filter, route);
    return route;
  }

  remove({ filter }: Route): void {
    this.#routes.delete(filter);
    this.index.delete(filter);
  }

  // Devices

  hasClient(client: string): boolean {
    return this.#byClient.has(client);
  }

  /** Its client has it, or asks for it. */
  remember(client: string, route: Route): void {
    const routes = this.#byClient.get(client);
    if (routes === undefined) this.#byClient.set(client, new Set([route]));
    else routes.add(route);
  }

  /**
   * Copies for those who ask with this round may come as of now.
   * @param isIdentified they bear its number
   */
  admit(round: Round, isIdentified: boolean): void {
    const { route, asks } = round;
    const isFirst = route.subscribers.size === 0;
    if (isFirst) route.grantedQos = route.wantedQos;
    for (const ask of isFirst || isIdentified ? asks : []) this.#admit(ask, round);
  }

  /** One that had the filter has left: without identifiers those who asked beside it count as of now. */
  admitOthers(route: Route): void {
    for (const round of route.rounds) if (round.answer === 'none') this.admit(round, false);
  }

  #admit({ client, qos }: Ask, round: Round): void {
    const { route } = round;
    if (route.subscribers.has(client) || route.early.has(client)) return;
    route.early.set(client, { qos, round, isProven: false });
    this.#begin(client, route);
    // Of two connections the broker may hear the later one first.
    for (const { early, lane, firstCopies } of this.#beside(client, route))
      if (early.has(client) && lane !== route.lane) firstCopies.begin(client, [route.firstCopies]);
  }

  /**
   * It does not get the filter. What has come for it before has been got, whatever comes for another filter.
   * @param asksOn it has asked once more: what it has asked for meanwhile may be older
   */
  fails(client: string, route: Route, asksOn: boolean): void {
    if (asksOn) return this.#begin(client, route);
    route.early.delete(client);
    route.firstCopies.leave(client);
    for (const { firstCopies } of this.#beside(client, route))
      firstCopies.goesWithout(client, route.firstCopies);
    this.unremember(client, route);
  }

  unremember(client: string, route: Route): void {
    const routes = this.#byClient.get(client);
    routes?.delete(route);
    if (routes?.size === 0) this.#byClient.delete(client);
  }

  /** @param isNew the broker has it as of now */
  join(client: string, route: Route, qos: MqttQos, isNew: boolean): void {
    const had = isNew ? undefined : route.subscribers.get(client);
    const before = route.early.get(client)?.qos ?? had;
    route.early.delete(client);
    route.subscribers.set(client, qos);
    if (qos === before) return;
    if (before === undefined || qos > before) return this.#begin(client, route);
    // What comes through another filter from now on may have come through this one before.
    for (const { firstCopies } of this.#beside(client, route))
      firstCopies.begin(client, [route.firstCopies]);
  }

  leave(client: string, route: Route): void {
    route.subscribers.delete(client);
    route.early.delete(client);
    route.firstCopies.leave(client);
    for (const { firstCopies } of this.#beside(client, route))
      firstCopies.gaveUp(client, route.firstCopies);
  }

  /** Returns the client's routes. */
  forgetClient(client: string): Iterable<Route> {
    const routes = this.#byClient.get(client) ?? [];
    this.#byClient.delete(client);
    return routes;
  }

  /** What comes for its other filters may have been sent before it had this one. */
  #begin(client: string, route: Route): void {
    const others = this.#beside(client, route).map(({ firstCopies }) => firstCopies);
    route.firstCopies.begin(client, others);
  }

  /** Its other filters for which there may be copies. */
  #beside(client: string, route: Route): Route[] {
    const routes = [...(this.#byClient.get(client) ?? [])];
    return routes.filter((one) => one !== route && one.qosOf(client) !== undefined);
  }
}
