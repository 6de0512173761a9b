/**
 * Copies that a device did not get because it gets the one for its primary filter (`route.ts`), which may still be on its way. Who
 * gives that filter up meanwhile gets its copy all the same, as long as another filter of the device matches: the broker was
 * told that the gateway has the copy for that one, and would not send it again.
 */
import type { IPublishPacket } from 'mqtt';
import { OWED_COPIES_MAX, PASSED_OVER_MAX, REMOVED_FOR_MS } from './limits.js';
import { contentHash } from './first-copies.js';
import { asksReliably, type Copy, isNamed, type Route } from './route.js';
import type { Time } from './time.js';

/** How many copies for `other` have come before those for `primary`; less than 0: after them. */
interface Balance {
  readonly primary: Route;
  readonly other: Route;
  readonly content: number;
  ahead: number;
}

/** A copy that the broker may still send for a filter that was given up. */
interface Owed {
  readonly client: string;
  readonly lane: number;
  readonly content: number;
  readonly untilMs: number;
}

export class PassedOver {
  /** By client, the oldest first. */
  readonly #balances = new Map<string, Balance[]>();
  /** The oldest first. */
  #owed: Owed[] = [];

  constructor(private readonly time: Pick<Time, 'nowMs'>) {}

  /** The device leaves the copy for `other` to the one for `primary`. */
  left(client: string, other: Route, primary: Route, copy: Copy): void {
    if (!isNamed(copy, primary) && areReliable(client, other, primary, copy))
      this.#count(client, primary, other, copy, 1);
  }

  /** The device has got the copy for `primary`. */
  got(client: string, primary: Route, copy: Copy): void {
    if (copy.matching.length < 2) return;
    for (const other of copy.matching) {
      if (other === primary || isNamed(copy, other) || !other.isSureFor(client)) continue;
      if (!areReliable(client, other, primary, copy)) continue;
      // What is expected there goes by another rule.
      if (other.firstCopies.expects(client, copy.content))
        this.#settle(client, primary, other, copy);
      else this.#count(client, primary, other, copy, -1);
    }
  }

  /** It has given the filter up. */
  leave(client: string, route: Route): void {
    const balances = this.#balances.get(client);
    if (balances === undefined) return;
    const untilMs = this.time.nowMs() + REMOVED_FOR_MS;
    for (const { primary, content, ahead } of balances) {
      if (primary !== route) continue;
      for (let i = 0; i < Math.min(ahead, PASSED_OVER_MAX); i++) {
        this.#owed.push({ client, lane: route.lane, content, untilMs });
      }
    }
    this.#owed = this.#owed.slice(-OWED_COPIES_MAX);
    const isOther = ({ primary, other }: Balance): boolean => primary !== route && other !== route;
    this.#keep(client, balances.filter(isOther));
  }

  /** Who is owed what has come on this connection; it is then no more. */
  take(lane: number, packet: IPublishPacket): string[] {
    if (this.#owed.length === 0) return [];
    const nowMs = this.time.nowMs();
    this.#owed = this.#owed.filter(({ untilMs }) => untilMs > nowMs);
    const content = contentHash(packet);
    const clients = new Set<string>();
    this.#owed = this.#owed.filter((one) => {
      const isIt = one.lane === lane && one.content === content && !clients.has(one.client);
      if (isIt) clients.add(one.client);
      return !isIt;
    });
    return [...clients];
  }

  /** Its session is over. */
  forget(client: string): void {
    this.#balances.delete(client);
    this.#owed = this.#owed.filter((one) => one.client !== client);
  }

  /** One that was left has come after all. */
  #settle(client: string, primary: Route, other: Route, copy: Copy): void {
    const known = this.#find(client, primary, other, contentHash(copy.content));
    if (known !== undefined && known.ahead > 0) this.#count(client, primary, other, copy, -1);
  }

  #find(client: string, primary: Route, other: Route, content: number): Balance | undefined {
    return this.#balances
      .get(client)
      ?.find((one) => one.primary === primary && one.other === other && one.content === content);
  }

  #count(client: string, primary: Route, other: Route, copy: Copy, by: 1 | -1): void {
    const balances = this.#balances.get(client) ?? [];
    const content = contentHash(copy.content);
    const known = this.#find(client, primary, other, content);
    if (known === undefined) balances.push({ primary, other, content, ahead: by });
    else known.ahead += by;
    const open = known?.ahead === 0 ? balances.filter((one) => one !== known) : balances;
    this.#keep(client, open.slice(-PASSED_OVER_MAX));
  }

  #keep(client: string, balances: Balance[]): void {
    if (balances.length === 0) this.#balances.delete(client);
    else this.#balances.set(client, balances);
  }
}

/** Nothing is owed at QoS 0. */
const areReliable = (client: string, one: Route, other: Route, { content }: Copy): boolean =>
  content.qos > 0 && asksReliably(client, one) && asksReliably(client, other);
