/** The subscriptions of one transparent device, and whether the broker has them. */
import type { IPublishPacket } from 'mqtt';
import { matchesFilter, unshared } from '../codec/index.js';
import type { MqttQos, UpstreamRequest } from '../core/types.js';
import { type SubscribeAnswer, subscribed } from './answers.js';
import type { Surroundings } from './device-connection.js';
import { logGivenUp } from './given-up.js';
import type { SessionKind } from './known-session.js';
import { AWAY, GIVEN_UP } from './reasons.js';
import type { Receipt } from './receipts.js';
import { RemovedFilters } from './removed-filters.js';
import { Suspects } from './suspects.js';

type Request<Op> = Extract<UpstreamRequest, { op: Op }>;

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
  readonly #removed: RemovedFilters;
  /** SUBSCRIBEs on their way; `isOver`: UNSUBSCRIBE has followed. */
  readonly #asked = new Set<{ filter: string; isOver: boolean }>();
  /** The broker has no subscription that we do not know of. */
  #isComplete = true;

  constructor(
    private readonly client: string,
    private readonly around: Pick<Surroundings, 'log' | 'time' | 'former' | 'emit'>,
  ) {
    this.#suspects = new Suspects(around.time);
    this.#removed = new RemovedFilters(around.time);
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

  deliver({ topic, payload, qos, retain }: IPublishPacket, receipt: Receipt): void {
    const { client } = this;
    const { emit } = this.around;
    if (!this.want(topic)) return emit({ event: 'unclaimed', topic });
    const token = receipt.tokenFor(client);
    emit({ event: 'message', client, token, topic, payload: payload as Buffer, qos, retain });
  }

  /** Whether a message is for the device: what it has given up the broker may send until it has heard so, and from its queue. */
  want(topic: string): boolean {
    const matches = (filter: string): boolean => matchesFilter(unshared(filter), topic);
    const isFormer = this.#former.size > 0 && [...this.#former].some(matches);
    if (!isFormer && !this.#removed.some(matches)) return true;
    const isAsked = [...this.#asked].some(({ filter, isOver }) => !isOver && matches(filter));
    return isAsked || [...this.#filters.keys()].some(matches);
  }

  /** With the broker away the device need not wait; the broker is told when it is there again. */
  unsubscribe(
    carrier: FilterCarrier | undefined,
    { token, filter }: Request<'unsubscribe'>,
    done: () => void,
  ): void {
    const { client } = this;
    const { former, emit } = this.around;
    this.#filters.delete(filter);
    for (const asked of this.#asked) if (asked.filter === filter) asked.isOver = true;
    former.add(client, filter);
    this.#remove(carrier, filter, (isCertain) => {
      if (!isCertain) former.keep(client, filter);
      emit({ event: 'unsubscribed', token, client });
      done();
    });
  }

  /** Of an earlier run. */
  restore(filter: string, qos: MqttQos): void {
    this.#filters.set(filter, { qos, atBroker: true });
  }

  /** `done` comes in any case. */
  subscribe(
    carrier: FilterCarrier | undefined,
    request: Request<'subscribe'>,
    done: () => void,
  ): void {
    const { filter } = request;
    // From now on its messages are the device's: retained ones may come before SUBACK.
    const wasFormer = this.around.former.delete(this.client, filter);
    const asked = { filter, isOver: false };
    this.#asked.add(asked);
    this.#ask(carrier, filter, request.qos, (answer) => {
      this.#asked.delete(asked);
      if (!asked.isOver) this.#settle(request, answer, wasFormer);
      this.around.emit(subscribed(request, answer));
      done();
    });
  }

  #settle(
    { filter, qos }: Request<'subscribe'>,
    answer: SubscribeAnswer,
    wasFormer: boolean,
  ): void {
    const { former } = this.around;
    if ('granted' in answer) {
      former.delete(this.client, filter);
      this.#removed.delete(filter);
      this.#filters.set(filter, { qos, atBroker: true });
    } else if (wasFormer && !this.#filters.has(filter)) {
      // The broker may still have it, and the device is told that it has not.
      former.add(this.client, filter);
      former.keep(this.client, filter);
    }
  }

  /** A connection is up: subscribes anew to what the broker may not have, and removes what is over. */
  up(carrier: FilterCarrier, session: SessionKind): void {
    if (session === 'new') this.#forgetFormer();
    if (session !== 'known') this.#isComplete = session === 'new';
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
      const isRemoved = isCertain && this.around.former.delete(this.client, filter);
      if (isRemoved && this.#isComplete) this.#removed.add(filter);
      done(isCertain);
    });
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
    const judge = this.#suspects.asks(filter);
    carrier.subscribe(filter, qos, undefined, (answer) => {
      const verdict = judge(answer);
      if (verdict === GIVEN_UP) logGivenUp(this.around.log, 'SUBSCRIBE', this.client, filter);
      done(verdict);
    });
  }
}
