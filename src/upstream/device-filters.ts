/** The subscriptions of one transparent device, and whether the broker has them. */
import { matchesFilter, unshared } from '../codec/index.js';
import type { MqttQos } from '../core/types.js';
import type { SubscribeAnswer } from './answers.js';
import type { Surroundings } from './device-connection.js';
import { logGivenUp } from './given-up.js';
import type { SessionKind } from './known-session.js';
import { FORMER_FILTERS_MAX } from './limits.js';
import { AWAY, GIVEN_UP } from './reasons.js';
import { Suspects } from './suspects.js';

/** A `Connection`, as far as subscriptions need it. */
export interface FilterCarrier {
  subscribe(
    filter: string,
    qos: MqttQos,
    identifier: undefined,
    done: (answer: SubscribeAnswer) => void,
  ): void;
  unsubscribe(filter: string, done: (isCertain: boolean) => void): void;
  trustSession(): void;
}

interface Subscription {
  qos: MqttQos;
  atBroker: boolean;
}

export class DeviceFilters {
  readonly #filters = new Map<string, Subscription>();
  readonly #suspects: Suspects;
  /** Subscriptions that the broker has removed: what it has queued for them it may send still (MQTT 5, 3.10.4). */
  readonly #removed = new Set<string>();
  /** SUBSCRIBE is on its way. */
  readonly #asked: string[] = [];

  constructor(
    private readonly client: string,
    private readonly around: Pick<Surroundings, 'log' | 'time' | 'former'>,
  ) {
    this.#suspects = new Suspects(around.time);
  }

  get isEmpty(): boolean {
    return this.#filters.size === 0 && this.#former.size === 0;
  }

  /** Subscriptions that are over, which the broker may not have heard. */
  get #former(): ReadonlySet<string> {
    return this.around.former.of(this.client);
  }

  clear(): void {
    this.#filters.clear();
    this.#forgetFormer();
  }

  /** Whether a message is for the device: what it has given up the broker may send until it has heard so, and from its queue. */
  want(topic: string): boolean {
    if (this.#former.size === 0 && this.#removed.size === 0) return true;
    const matches = (filter: string): boolean => matchesFilter(unshared(filter), topic);
    const isFormer = [...this.#former].some(matches) || [...this.#removed].some(matches);
    return !isFormer || [...this.#filters.keys()].some(matches) || this.#asked.some(matches);
  }

  /** With the broker away the device need not wait; the broker is told when it is there again. */
  unsubscribe(carrier: FilterCarrier | undefined, filter: string, done: () => void): void {
    const { client } = this;
    const { former } = this.around;
    this.#filters.delete(filter);
    former.add(client, filter);
    this.#remove(carrier, filter, (isCertain) => {
      if (!isCertain) former.keep(client, filter);
      done();
    });
  }

  /** Of an earlier run. */
  restore(filter: string, qos: MqttQos): void {
    this.#filters.set(filter, { qos, atBroker: true });
  }

  subscribe(
    carrier: FilterCarrier | undefined,
    filter: string,
    qos: MqttQos,
    done: (answer: SubscribeAnswer) => void,
  ): void {
    const { former } = this.around;
    // From now on its messages are the device's: retained ones may come before SUBACK.
    const wasFormer = former.delete(this.client, filter);
    this.#asked.push(filter);
    this.#ask(carrier, filter, qos, (answer) => {
      this.#asked.splice(this.#asked.indexOf(filter), 1);
      if ('granted' in answer) {
        former.delete(this.client, filter);
        this.#removed.delete(filter);
        this.#filters.set(filter, { qos, atBroker: true });
      } else if (wasFormer && !this.#filters.has(filter)) {
        // The broker may still have it, and the device is told that it has not.
        former.add(this.client, filter);
        former.keep(this.client, filter);
      }
      done(answer);
    });
  }

  /** A connection is up: subscribes anew to what the broker may not have, and removes what is over. */
  up(carrier: FilterCarrier, session: SessionKind): void {
    if (session === 'new') this.#forgetFormer();
    for (const filter of this.#former) this.#remove(carrier, filter, () => undefined);
    let missing = 1;
    const renewed = () => {
      missing--;
      if (missing === 0) carrier.trustSession();
    };
    for (const [filter, subscription] of this.#filters) {
      if (session !== 'known') subscription.atBroker = false;
      if (subscription.atBroker || this.#suspects.hasGivenUp(filter)) continue;
      missing++;
      this.#renew(carrier, filter, subscription, renewed);
    }
    renewed();
  }

  /** `done` comes in any case; not `isCertain`: the broker may still have the subscription. */
  #remove(
    carrier: FilterCarrier | undefined,
    filter: string,
    done: (isCertain: boolean) => void,
  ): void {
    if (carrier === undefined) return done(false);
    carrier.unsubscribe(filter, (isCertain) => {
      if (isCertain && this.around.former.delete(this.client, filter)) this.#onRemoved(filter);
      done(isCertain);
    });
  }

  #onRemoved(filter: string): void {
    const removed = this.#removed.add(filter);
    const [oldest] = removed;
    if (removed.size > FORMER_FILTERS_MAX && oldest !== undefined) removed.delete(oldest);
  }

  /** The broker's session is over. */
  #forgetFormer(): void {
    this.around.former.clear(this.client);
    this.#removed.clear();
  }

  #renew(
    carrier: FilterCarrier,
    filter: string,
    subscription: Subscription,
    renewed: () => void,
  ): void {
    this.#ask(carrier, filter, subscription.qos, (answer) => {
      if ('granted' in answer) subscription.atBroker = true;
      else if (answer.failure === 'unavailable') return;
      else {
        this.around.log.warn(
          { code: 'SUBSCRIPTION_NOT_RENEWED', client: this.client, filter },
          `${this.client}: ${answer.detail}: ${filter}`,
        );
      }
      renewed();
    });
  }

  #ask(
    carrier: FilterCarrier | undefined,
    filter: string,
    qos: MqttQos,
    done: (answer: SubscribeAnswer) => void,
  ): void {
    if (carrier === undefined) return done(AWAY);
    if (this.#suspects.hasGivenUp(filter)) return done(GIVEN_UP);
    carrier.subscribe(filter, qos, undefined, (answer) => {
      const verdict = this.#suspects.judge(filter, answer);
      if (verdict === GIVEN_UP) logGivenUp(this.around.log, 'SUBSCRIBE', this.client, filter);
      done(verdict);
    });
  }
}
