/** The subscriptions of one transparent device, and whether the broker has them. */
import type { MqttQos } from '../core/types.js';
import type { SubscribeAnswer } from './answers.js';
import { logGivenUp } from './given-up.js';
import type { SessionKind } from './known-session.js';
import type { UpstreamLog } from './options.js';
import { AWAY, GIVEN_UP } from './reasons.js';
import { Suspects } from './suspects.js';
import type { Time } from './time.js';

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
  /** Subscriptions that are over, which the broker may not have heard. */
  readonly #orphans = new Set<string>();
  readonly #suspects: Suspects;

  constructor(
    private readonly client: string,
    private readonly log: UpstreamLog,
    time: Time,
  ) {
    this.#suspects = new Suspects(time);
  }

  get isEmpty(): boolean {
    return this.#filters.size === 0 && this.#orphans.size === 0;
  }

  clear(): void {
    this.#filters.clear();
    this.#orphans.clear();
  }

  /** With the broker away the device need not wait; the broker is told when it is there again. */
  unsubscribe(carrier: FilterCarrier | undefined, filter: string, done: () => void): void {
    this.#filters.delete(filter);
    this.#orphans.add(filter);
    if (carrier === undefined) return done();
    this.#removeOrphan(carrier, filter, done);
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
    this.#orphans.delete(filter);
    this.#ask(carrier, filter, qos, (answer) => {
      if ('granted' in answer) this.#filters.set(filter, { qos, atBroker: true });
      done(answer);
    });
  }

  /** A connection is up: subscribes anew to what the broker may not have, and removes what is over. */
  up(carrier: FilterCarrier, session: SessionKind): void {
    if (session === 'new') this.#orphans.clear();
    for (const filter of this.#orphans) this.#removeOrphan(carrier, filter, () => undefined);
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

  #removeOrphan(carrier: FilterCarrier, filter: string, done: () => void): void {
    carrier.unsubscribe(filter, (isCertain) => {
      if (isCertain) this.#orphans.delete(filter);
      done();
    });
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
        this.log.warn(
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
      if (verdict === GIVEN_UP) logGivenUp(this.log, 'SUBSCRIBE', this.client, filter);
      done(verdict);
    });
  }
}
