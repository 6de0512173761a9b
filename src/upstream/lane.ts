/** A connection as a carrier of subscriptions. */
import type { MqttQos } from '../core/types.js';
import type { SubscribeAnswer } from './answers.js';
import { filtersOverlap, levelsOf } from './filter.js';
import { CONNECTIONS_MAX } from './limits.js';
import type { Orphans } from './orphans.js';
import type { Route } from './route.js';

/** One connection as subscriptions see it. */
export interface Lane {
  readonly isUp: boolean;
  readonly hasIdentifiers: boolean;
  subscribe(
    filter: string,
    qos: MqttQos,
    identifier: number | undefined,
    done: (answer: SubscribeAnswer) => void,
  ): void;
  unsubscribe(filter: string, done: (isCertain: boolean) => void): void;
  /** The broker's session has all subscriptions. */
  trustSession(): void;
}

export interface LaneState {
  readonly lane: Lane;
  /** The first attempt to connect is still under way. */
  fresh: boolean;
  /** Routes that need a SUBSCRIBE as soon as fewer are in flight. */
  readonly due: Set<Route>;
  inFlight: number;
  /** The one in flight is a suspect: it has to be alone. */
  probing: boolean;
  /** Routes that the broker's session may not have; until all are renewed it cannot be relied on. */
  readonly renewing: Set<Route>;
  readonly orphans: Orphans;
}

export function newLaneState(lane: Lane, orphans: Orphans): LaneState {
  const sets = { due: new Set<Route>(), renewing: new Set<Route>() };
  return { lane, fresh: true, ...sets, inFlight: 0, probing: false, orphans };
}

/** MQTT 3.1.1: the first lane without a filter that overlaps `filter`; undefined when there can be none. */
export function freeLane(filter: string, routes: Iterable<Route>): number | undefined {
  const levels = levelsOf(filter);
  const taken = new Set<number>();
  for (const route of routes) {
    if (!taken.has(route.lane) && filtersOverlap(levels, route.levels)) taken.add(route.lane);
  }
  for (let index = 0; index < CONNECTIONS_MAX; index++) {
    if (!taken.has(index)) return index;
  }
  return undefined;
}
