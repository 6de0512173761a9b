/**
 * One transparent device: its own MQTT connection, with its client id, will and credentials.
 *
 *   closed -> opening -> up <-> away        opening, up, away, renewing -> leaving -> closed
 *                        up -> renewing -> up, away
 *
 * - The broker holds the will and fires it when the socket closes without DISCONNECT. So an old
 *   connection is always ended politely and its socket closed before the next one begins: a take-over
 *   would fire the old will.
 * - away: the connection is lost and tried again for a grace time. The session lives on; publishing
 *   and subscribing fail meanwhile.
 * - renewing: MQTT cannot change a will during a connection, so a new will means DISCONNECT and
 *   CONNECT. That takes a moment, and requests wait for the end of it.
 * - A clean session (CleanSession=1) ends at the latest when the grace time is over. MQTT 5 can say so;
 *   with MQTT 3.1.1 it ends with each connection, also with one that comes back at once.
 */
import type { IPublishPacket } from 'mqtt';
import type { MqttQos, UpstreamEvent, UpstreamRequest, Will } from '../core/types.js';
import type { SubscribeAnswer } from './answers.js';
import type { Brokers } from './brokers.js';
import { Connection, type ConnectionOptions, type Owner } from './connection.js';
import { loginOf, objectionTo } from './device-access.js';
import type { DialGate } from './dial-gate.js';
import type { Farewell } from './farewell.js';
import { logGivenUp } from './given-up.js';
import { LastAnswers } from './last-answers.js';
import {
  GRACE_MS,
  HELD_REQUESTS_MAX,
  OPEN_TIMEOUT_MS,
  QUIET_TIMEOUT_MS,
  SESSION_EXPIRY_SEC,
} from './limits.js';
import type { UpstreamLog, UpstreamOptions } from './options.js';
import { AWAY, type Failure, GIVEN_UP, REPLACED, TIMEOUT } from './reasons.js';
import { sameWill } from './same-will.js';
import { Suspects } from './suspects.js';
import type { Time, Timer } from './time.js';

type Request<Op> = Extract<UpstreamRequest, { op: Op }>;
type Publish = Request<'publish'>;
type Opening = Request<'open'> | Request<'set-will'>;

/** What all transparent devices share. */
export interface Surroundings {
  options: UpstreamOptions;
  brokers: Brokers;
  gate: DialGate;
  emit: (event: UpstreamEvent) => void;
  log: UpstreamLog;
  time: Time;
}

type State = 'closed' | 'opening' | 'up' | 'renewing' | 'away' | 'leaving';

export class Device implements Owner<Publish> {
  #state: State = 'closed';
  #connection: Connection<Publish> | undefined;
  /** false also before the first `open`: the broker may hold a session of an earlier run. */
  #cleanSession = false;
  #will: Will | undefined;
  /** Subscriptions of the session, and whether the broker has them. */
  readonly #filters = new Map<string, { qos: MqttQos; atBroker: boolean }>();
  readonly #suspects: Suspects;
  readonly #lastAnswers: LastAnswers;
  /** Who waits for the connection being opened. */
  #pending: Opening | undefined;
  /** A new will that waits for open exchanges to end. */
  #newWill: Request<'set-will'> | undefined;
  /** Requests that came while the connection is being renewed. */
  #held: (() => void)[] = [];
  /** What comes when the old socket is closed. */
  #afterLeaving: (() => void) | undefined;
  /** The broker has to forget the session, and could not be told with DISCONNECT. */
  #mustPurge = false;
  #timer: Timer | undefined;

  constructor(
    private readonly client: string,
    private readonly around: Surroundings,
    /** Called when the device is closed and there is nothing to remember. */
    private readonly idle: () => void,
  ) {
    this.#suspects = new Suspects(around.time);
    this.#lastAnswers = new LastAnswers(around.time);
  }

  // Requests

  open(request: Request<'open'>): void {
    if (this.#holds(() => this.open(request))) return;
    const { token, cleanSession, will } = request;
    const objection = objectionTo(this.client, this.around.options);
    if (objection !== undefined) {
      this.#leave(this.#goodBye, () => this.#closed());
      return this.#answer(request, { failure: 'refused', detail: objection });
    }
    const resumes = !cleanSession && !this.#cleanSession;
    if (this.#state === 'up' && resumes && sameWill(will, this.#will)) {
      return this.#emit({ event: 'opened', token, client: this.client });
    }
    this.#reconnect(request, () => {
      if (cleanSession) this.#filters.clear();
      this.#cleanSession = cleanSession;
      this.#will = will;
    });
  }

  close(request: Request<'close'>): void {
    const { will, forget } = request;
    // Between two connections there is no will that could fire.
    if (will === 'fire' && this.#holds(() => this.close(request))) return;
    const connection = this.#connection;
    if (forget) {
      this.#filters.clear();
      const tells = connection?.isUp === true && connection.broker.version === 5;
      if (!this.#cleanSession && !tells) this.#mustPurge = true;
      this.#cleanSession = true;
    }
    this.#leave(farewellOf(will, this.#cleanSession), () => this.#closed());
  }

  setWill(request: Request<'set-will'>): void {
    if (this.#holds(() => this.setWill(request))) return;
    if (this.#state !== 'up') return this.#answer(request, AWAY);
    if (sameWill(request.will, this.#will)) return this.#answer(request);
    if (this.#newWill !== undefined) this.#answer(this.#newWill, REPLACED);
    this.#newWill = request;
    if (this.#connection?.isQuiet) return this.#changeWill();
    this.#wait(QUIET_TIMEOUT_MS, () => this.#changeWill());
  }

  publish(request: Publish): void {
    if (this.#holds(() => this.publish(request))) return;
    const failure = this.#connection === undefined ? AWAY : this.#connection.publish(request);
    if (failure !== undefined) this.published(request, failure);
  }

  subscribe(request: Request<'subscribe'>): void {
    if (this.#holds(() => this.subscribe(request))) return;
    const { token, client, filter, qos } = request;
    const done = (answer: SubscribeAnswer) => {
      if ('granted' in answer) {
        this.#filters.set(filter, { qos, atBroker: true });
        this.#emit({ event: 'subscribed', token, client, grantedQos: answer.granted });
      } else {
        this.#emit({ event: 'subscribed', token, client, grantedQos: 0, ...answer });
      }
      this.#whenQuiet();
    };
    this.#ask(filter, qos, done);
  }

  unsubscribe(request: Request<'unsubscribe'>): void {
    if (this.#holds(() => this.unsubscribe(request))) return;
    const { token, client, filter } = request;
    const done = () => {
      this.#emit({ event: 'unsubscribed', token, client });
      this.#whenQuiet();
    };
    this.#filters.delete(filter);
    if (this.#connection === undefined) return done();
    this.#connection.unsubscribe(filter, done);
  }

  /** Disconnects without firing the will; the session stays at the broker. */
  async stop(): Promise<void> {
    await this.#lastAnswers.wait(() => this.#connection?.isPublishing ?? false);
    await new Promise<void>((resolve) => this.#leave(this.#goodBye, resolve));
  }

  // The connection's owner

  up(sessionPresent: boolean): void {
    this.#timer?.cancel();
    this.#state = 'up';
    for (const [filter, subscription] of this.#filters) {
      if (!sessionPresent) subscription.atBroker = false;
      if (!subscription.atBroker) this.#renew(filter, subscription);
    }
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined) this.#answer(pending);
    this.#release();
  }

  down(failure: Failure, wasUp: boolean): void {
    const final = failure.failure === 'refused';
    if (this.#pending?.op === 'open') return this.#giveUp(failure);
    if (final) return this.#gone(failure.detail);
    if (!wasUp && this.#state === 'away') return;
    this.#stayAway(failure);
  }

  published(message: Publish, failure?: Failure): void {
    const { token, client, topic } = message;
    if (failure === GIVEN_UP) logGivenUp(this.around.log, 'PUBLISH', client, topic);
    this.#emit({ event: 'published', token, client, ...failure });
    this.#whenQuiet();
    this.#lastAnswers.look();
  }

  message({ topic, payload, qos, retain }: IPublishPacket): void {
    const octets = payload as Buffer;
    this.#emit({ event: 'message', client: this.client, topic, payload: octets, qos, retain });
  }

  // Connecting and leaving

  /** Ends the old connection, if there is one, and begins a new one for `request`. */
  #reconnect(request: Request<'open'>, prepare: () => void): void {
    this.#leave(this.#goodBye, () => {
      prepare();
      this.#state = 'opening';
      this.#connection = new Connection<Publish>(this.#connectionOptions(), this, this.around.time);
      this.#connection.start();
    });
    this.#pending = request;
    this.#wait(OPEN_TIMEOUT_MS, () => this.#timedOut());
  }

  #connectionOptions(): ConnectionOptions {
    const { options, brokers, gate } = this.around;
    const identity = {
      ...loginOf(this.client, options),
      will: this.#will,
      cleanStart: this.#cleanSession,
      persistent: !this.#cleanSession,
      sessionExpirySec: this.#cleanSession ? GRACE_MS / 1000 : SESSION_EXPIRY_SEC,
    };
    return { identity, transport: options, brokers, refusalMovesOn: false, gate };
  }

  /** Without the will. */
  get #goodBye(): Farewell {
    return farewellOf('discard', this.#cleanSession);
  }

  /** Ends whatever is open; `next` runs when its socket is closed, unless something newer takes over. */
  #leave(farewell: Farewell, next: () => void): void {
    this.#timer?.cancel();
    this.#failWaiting(REPLACED);
    const wasLeaving = this.#state === 'leaving';
    const connection = this.#connection;
    this.#connection = undefined;
    this.#state = 'leaving';
    this.#release();
    this.#afterLeaving = next;
    if (wasLeaving) return;
    if (connection === undefined) return this.#left();
    connection.end(farewell, () => this.#left());
  }

  #left(): void {
    if (this.#mustPurge) return this.#purge();
    this.#state = 'closed';
    const next = this.#afterLeaving;
    this.#afterLeaving = undefined;
    next?.();
  }

  /** MQTT 3.1.1 forgets a session only when a clean one takes its place. */
  #purge(): void {
    this.#mustPurge = false;
    this.#will = undefined;
    const purge = new Connection<Publish>(
      this.#connectionOptions(),
      {
        up: () => purge.end('disconnect-forget', () => this.#left()),
        down: () => purge.end('drop', () => this.#left()),
        published: () => undefined,
        message: () => undefined,
      },
      this.around.time,
    );
    purge.start();
  }

  /** A new will waits for the answers that are under way: a clean session of MQTT 3.1.1 would lose them. */
  #whenQuiet(): void {
    if (this.#newWill !== undefined && this.#connection?.isQuiet) this.#changeWill();
  }

  #changeWill(): void {
    const request = this.#newWill;
    if (request === undefined) return;
    this.#newWill = undefined;
    this.#pending = request;
    this.#will = request.will;
    this.#state = 'renewing';
    this.#wait(OPEN_TIMEOUT_MS, () => this.#timedOut());
    this.#connection?.changeWill(request.will);
  }

  /** Whether the request waits for the renewed connection; `again` makes it once more, however that ends. */
  #holds(again: () => void): boolean {
    if (this.#state !== 'renewing' || this.#held.length >= HELD_REQUESTS_MAX) return false;
    this.#held.push(again);
    return true;
  }

  #release(): void {
    for (const again of this.#held.splice(0)) again();
  }

  #ask(filter: string, qos: MqttQos, done: (answer: SubscribeAnswer) => void): void {
    if (this.#connection === undefined) return done(AWAY);
    if (this.#suspects.hasGivenUp(filter)) return done(GIVEN_UP);
    this.#connection.subscribe(filter, qos, undefined, (answer) => {
      const verdict = this.#suspects.judge(filter, answer);
      if (verdict === GIVEN_UP) {
        logGivenUp(this.around.log, 'SUBSCRIBE', this.client, filter);
      }
      done(verdict);
    });
  }

  #renew(filter: string, subscription: { qos: MqttQos; atBroker: boolean }): void {
    this.#ask(filter, subscription.qos, (answer) => {
      if ('granted' in answer) subscription.atBroker = true;
      else if (answer.failure === 'refused') {
        const { client } = this;
        this.around.log.warn(
          { code: 'SUBSCRIPTION_NOT_RENEWED', client, filter },
          `${client}: ${answer.detail}: ${filter}`,
        );
      }
    });
  }

  // When things go wrong

  #timedOut(): void {
    if (this.#pending?.op === 'open') this.#giveUp(TIMEOUT);
    else this.#stayAway(TIMEOUT);
  }

  /** The device could not be connected; it is told so, and will come again by itself. */
  #giveUp(failure: Failure): void {
    this.#failWaiting(failure);
    this.#leave(this.#goodBye, () => this.#closed());
  }

  #stayAway(failure: Failure): void {
    this.#failWaiting(failure);
    this.#lastAnswers.look();
    this.#state = 'away';
    this.#wait(GRACE_MS, () => this.#gone(`the broker was away for ${GRACE_MS / 1000} s`));
    this.#release();
  }

  #gone(detail: string): void {
    this.#failWaiting({ failure: 'unavailable', detail });
    this.#leave('drop', () => this.#closed());
    this.#emit({ event: 'closed', client: this.client, detail });
  }

  #closed(): void {
    // The subscriptions of a persistent session may have to be renewed one day.
    if (this.#cleanSession || this.#filters.size === 0) this.idle();
  }

  #failWaiting(failure: Failure): void {
    const waiting = [this.#pending, this.#newWill];
    this.#pending = undefined;
    this.#newWill = undefined;
    for (const request of waiting) if (request !== undefined) this.#answer(request, failure);
  }

  #answer(request: Opening, failure?: Failure): void {
    const { token, client } = request;
    if (request.op === 'open') this.#emit({ event: 'opened', token, client, ...failure });
    else if (failure === undefined) this.#emit({ event: 'will-set', token, client });
    else this.#emit({ event: 'will-set', token, client, failure: failure.failure });
  }

  #wait(delayMs: number, run: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.around.time.after(delayMs, run);
  }

  #emit(event: UpstreamEvent): void {
    this.around.emit(event);
  }
}

function farewellOf(will: 'fire' | 'discard', forget: boolean): Farewell {
  if (will === 'fire') return forget ? 'fire-forget' : 'drop';
  return forget ? 'disconnect-forget' : 'disconnect';
}
