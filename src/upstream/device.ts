/**
 * One transparent device: its own MQTT connection, with its client id, will and credentials.
 *
 *   closed -> opening -> up <-> away        opening, up, away, renewing -> leaving -> closed
 *                        up -> renewing -> up, away                up -> firing -> leaving
 *
 * - The broker holds the will and fires it when the socket closes without DISCONNECT. So an old
 *   connection is always ended politely and its socket closed before the next one begins: a take-over
 *   would fire the old will.
 * - away: the connection is lost and tried again for a grace time. The session lives on; publishing
 *   and subscribing fail meanwhile.
 * - renewing: MQTT cannot change a will during a connection, so a new will means DISCONNECT and
 *   CONNECT. That takes a moment, and requests wait for the end of it.
 * - up, away: `open`, and what comes behind it, waits until the disk knows that nobody will have the will.
 * - firing: the broker waits with the will of a session that survives a restart of the gateway (MQTT 5),
 *   so that the restart fires none. When the device is lost indeed, we publish the will ourselves and
 *   then say DISCONNECT.
 * - A clean session (CleanSession=1) ends at the latest when the grace time is over. MQTT 5 can say so;
 *   with MQTT 3.1.1 it ends with each connection, also with one that comes back at once.
 */
import type { IPublishPacket } from 'mqtt';
import type { UpstreamRequest, Will } from '../core/types.js';
import { Connection, type Owner } from './connection.js';
import { objectionTo } from './device-access.js';
import {
  deviceConnectionOptions,
  type DevicePublish,
  type DeviceSession,
  purge,
  type Surroundings,
} from './device-connection.js';
import { DeviceFilters } from './device-filters.js';
import { DeviceWill } from './device-will.js';
import { type Farewell, farewellOf } from './farewell.js';
import { logGivenUp } from './given-up.js';
import { HeldRequests } from './held-requests.js';
import type { SessionKind } from './known-session.js';
import { LastAnswers } from './last-answers.js';
import { GRACE_MS, OPEN_TIMEOUT_MS, WILL_TIMEOUT_MS } from './limits.js';
import { isOverOnceSent } from './publish-window.js';
import { AWAY, type Failure, GIVEN_UP, REPLACED, TIMEOUT } from './reasons.js';
import type { Receipt } from './receipts.js';
import { sameWill } from './same-will.js';
import type { Timer } from './time.js';
import { Waiting } from './waiting.js';

type Request<Op> = Extract<UpstreamRequest, { op: Op }>;

type State = 'closed' | 'opening' | 'up' | 'renewing' | 'firing' | 'away' | 'leaving';

export class Device implements Owner {
  #state: State = 'closed';
  #connection: Connection<DevicePublish> | undefined;
  /** false also before the first `open`: the broker may hold a session of an earlier run. */
  #cleanSession = false;
  readonly #will: DeviceWill;
  readonly #filters: DeviceFilters;
  readonly #lastAnswers: LastAnswers;
  readonly #waiting: Waiting;
  /** Requests that came while the connection is being renewed. */
  readonly #held = new HeldRequests();
  /** What comes when the old socket is closed. */
  #afterLeaving: (() => void) | undefined;
  /** The broker has to forget the session, and could not be told with DISCONNECT. */
  #mustPurge = false;
  #timer: Timer | undefined;

  constructor(
    private readonly client: string,
    private readonly around: Surroundings,
    private readonly session: DeviceSession,
    /** Called when the device is closed and there is nothing to remember. */
    private readonly idle: () => void,
  ) {
    this.#filters = new DeviceFilters(client, around);
    this.#lastAnswers = new LastAnswers(around.time);
    this.#will = new DeviceWill(client, around, session, {
      noted: () => this.#noted(),
      out: () => {
        if (this.#state === 'closed') this.#closed();
      },
    });
    this.#waiting = new Waiting(around, this.#will, {
      isQuiet: () => this.#connection?.isUp === true && this.#connection.isQuiet,
      changeWill: (changed) => this.#changeWill(changed),
    });
  }

  // Requests

  open(request: Request<'open'>): void {
    if (this.#isBusy) return this.#putOff(request);
    const { cleanSession, will } = request;
    if (request.isCourier && this.#will.isDue) return this.#waiting.answer(request, AWAY);
    const objection = objectionTo(this.client, this.around.options);
    if (objection !== undefined) {
      this.#leave(this.#goodBye, () => this.#over());
      return this.#waiting.answer(request, { failure: 'refused', detail: objection });
    }
    const resumes = !cleanSession && !this.#cleanSession;
    if (this.#state === 'up' && resumes && sameWill(will, this.#will.current)) {
      return this.#waiting.keepWill(request);
    }
    if (this.#mustNote()) return this.#putOff(request);
    this.#reconnect(request, () => {
      // Also of a clean session whose connection is only just being closed nothing goes on.
      if (cleanSession || this.#cleanSession) this.#forget();
      this.#cleanSession = cleanSession;
      this.session.isKept = !cleanSession;
      this.#will.current = will;
    });
  }

  /** The session of an earlier run goes on, if the broker comes in time. */
  resume({ connected, will, subscriptions }: Request<'resume'>): void {
    for (const { filter, qos } of subscriptions) this.#filters.restore(filter, qos);
    if (!connected) return;
    const objection = objectionTo(this.client, this.around.options);
    if (objection !== undefined) return this.#gone(objection);
    this.#will.current = will;
    this.#connect();
    this.#stayAway(AWAY);
  }

  close(request: Request<'close'>): void {
    const { forget } = request;
    let { will } = request;
    // Between two connections there is no will that could fire. What has come before has its turn before.
    const waits = will === 'fire' || this.#state === 'firing' || !this.#held.isEmpty;
    if (waits && this.#isBusy) return this.#held.add(() => this.close(request));
    // A connection that is just beginning may have told the broker the same will.
    if (will === 'fire' && this.around.owed.fire(this.client)) will = 'discard';
    if (will === 'fire' && !forget && this.#fireDelayed()) return;
    if (forget) {
      const tells = this.#connection?.isUp && this.#connection.broker.version === 5;
      if (!this.#cleanSession && !tells) this.#mustPurge = true;
      this.#cleanSession = true;
      this.session.isKept = false;
    }
    this.#leave(farewellOf(will, this.#cleanSession), () => this.#over());
    if (forget) this.#forget();
  }

  setWill(request: Request<'set-will'>): void {
    if (this.#holds(() => this.setWill(request))) return;
    if (this.#state !== 'up') return this.#waiting.answer(request, AWAY);
    if (sameWill(request.will, this.#will.current)) return this.#waiting.keepWill(request);
    this.#waiting.changeWill(request);
  }

  publish(request: Request<'publish'>): void {
    if (request.ref !== undefined && this.session.window.adopt(request.ref, request)) {
      return this.strand();
    }
    if (this.#holds(() => this.publish(request))) return;
    const failure = this.#connection === undefined ? AWAY : this.#connection.publish(request);
    if (failure !== undefined || isOverOnceSent(request)) this.published(request, failure);
  }

  subscribe(request: Request<'subscribe'>): void {
    if (this.#holds(() => this.subscribe(request))) return;
    this.#filters.subscribe(this.#connection, request, () => this.#waiting.look());
  }

  unsubscribe(request: Request<'unsubscribe'>): void {
    if (this.#holds(() => this.unsubscribe(request))) return;
    this.#filters.unsubscribe(this.#connection, request, () => this.#waiting.look());
  }

  /** Disconnects without firing the will; the session stays at the broker. */
  async stop(): Promise<void> {
    this.#will.beginEnd();
    if (this.#state === 'up' || this.#state === 'away') this.#will.owe();
    await this.#lastAnswers.wait(
      () => this.#will.isNoting || this.#connection?.isPublishing === true,
    );
    // Who waits for a connection after this one would begin it.
    this.#held.forget();
    // What the next run would not know of is left to the broker: rather a will too many than none.
    const farewell = this.#will.isNoting ? 'drop' : this.#goodBye;
    if (this.#state === 'up' && farewell !== 'drop') this.#will.takeAway();
    await new Promise<void>((resolve) => this.#leave(farewell, resolve));
    this.#will.end();
  }

  // The connection's owner

  up(session: SessionKind): void {
    this.#timer?.cancel();
    const wasAway = this.#state === 'away';
    this.#state = 'up';
    if (this.#connection !== undefined) this.#filters.up(this.#connection, session);
    this.#waiting.opened();
    this.#will.registered();
    this.#held.release();
    if (wasAway) this.around.emit({ event: 'reachable', client: this.client });
  }

  down(failure: Failure, wasUp: boolean): void {
    if (this.#state === 'firing') return this.#leave('drop', () => this.#over());
    if (this.#waiting.opening?.op === 'open') return this.#giveUp(failure);
    if (failure.failure === 'refused') return this.#gone(failure.detail);
    if (!wasUp && this.#state === 'away') return;
    this.#will.owe();
    this.#stayAway(failure);
  }

  message(packet: IPublishPacket, receipt: Receipt): void {
    this.#filters.deliver(packet, receipt);
  }

  /** The end of a QoS 1 or 2 message. */
  published(message: DevicePublish, failure?: Failure): void {
    if (message.op === 'will') return this.#fired(failure);
    const { token, client, topic } = message;
    if (failure === GIVEN_UP) logGivenUp(this.around.log, 'PUBLISH', client, topic);
    this.around.emit({ event: 'published', token, client, ...failure });
    this.#waiting.look();
    this.#lastAnswers.look();
  }

  // Connecting and leaving

  /** Ends the old connection, if there is one, and begins a new one for `request`. */
  #reconnect(request: Request<'open'>, prepare: () => void): void {
    if (this.#state === 'up') this.#will.takeAway();
    this.#leave(this.#goodBye, () => {
      prepare();
      this.#state = 'opening';
      this.#connect();
    });
    this.#waiting.opening = request;
    this.#wait(OPEN_TIMEOUT_MS, () => this.#timedOut());
  }

  #connect(): void {
    const identity = { will: this.#will.current, cleanSession: this.#cleanSession };
    this.#connection = new Connection<DevicePublish>(
      deviceConnectionOptions(this.client, this.around, this.session, identity),
      this,
      this.around.time,
    );
    this.#connection.start();
  }

  #forget(): void {
    this.#filters.clear();
    this.session.forget();
  }

  /** Without the will; one that we publish, and the broker has not confirmed, is left to the broker. */
  get #goodBye(): Farewell {
    if (this.#state === 'firing') return 'drop';
    return farewellOf('discard', this.#cleanSession);
  }

  /** Ends whatever is open; `next` runs when its socket is closed, unless something newer takes over. */
  #leave(farewell: Farewell, next: () => void): void {
    this.#timer?.cancel();
    this.#waiting.fail(REPLACED);
    const wasLeaving = this.#state === 'leaving';
    const connection = this.#connection;
    this.#connection = undefined;
    this.#lastAnswers.look();
    this.#state = 'leaving';
    this.#afterLeaving = next;
    // May put something newer in the place of `next`.
    this.#held.release();
    if (wasLeaving) return;
    if (connection === undefined) return this.#left();
    this.#will.left(farewell, connection.broker.version);
    connection.end(farewell, () => this.#left());
  }

  #left(): void {
    if (this.#mustPurge) {
      this.#mustPurge = false;
      return purge(this.client, this.around, () => this.#left());
    }
    this.#state = 'closed';
    const next = this.#afterLeaving;
    this.#afterLeaving = undefined;
    next?.();
  }

  /** Whether the good-bye, which takes the will away, has to wait until the disk knows. */
  #mustNote(): boolean {
    if (this.#state !== 'up' && this.#state !== 'away') return false;
    this.#will.owe();
    return this.#will.isNoting;
  }

  #noted(): void {
    this.#held.release();
    this.#waiting.look();
    this.#lastAnswers.look();
  }

  #changeWill(will: Will | undefined): void {
    this.#will.current = will;
    this.#will.takeAway();
    this.#state = 'renewing';
    this.#wait(OPEN_TIMEOUT_MS, () => this.#timedOut());
    this.#connection?.changeWill(will);
  }

  /**
   * Its connection is being renewed, or comes to its end: who hears that a message of his failed is told of the end in a moment.
   * Or somebody waits for a note, and others have their turn behind him.
   */
  get #isBusy(): boolean {
    if (this.#will.isNoting && !this.#held.isEmpty) return true;
    if (this.#state !== 'up') return this.#state === 'renewing' || this.#state === 'firing';
    return this.#connection?.isUp !== true;
  }

  /** Whether the request waits for that; `again` makes it once more, however it ends. */
  #holds(again: () => void): boolean {
    return this.#isBusy && this.#held.hold(again);
  }

  #putOff(request: Request<'open'>): void {
    if (!this.#held.hold(() => this.open(request))) this.#waiting.answer(request, AWAY);
  }

  /**
   * The broker waits with a will that covers a restart of the gateway. When a device is lost, we tell
   * the world ourselves and at once. Returns whether it is so.
   */
  #fireDelayed(): boolean {
    const connection = this.#state === 'up' ? this.#connection : undefined;
    const will = connection && this.#will.delayedAt(connection.broker.version);
    if (connection === undefined || will === undefined) return false;
    this.#waiting.fail(REPLACED);
    this.#state = 'firing';
    this.#wait(WILL_TIMEOUT_MS, () => this.#fired(TIMEOUT));
    const failure = connection.publish({ op: 'will', isOfConnection: true, ...will });
    if (failure !== undefined || will.qos === 0) this.#fired(failure);
    return true;
  }

  /** The broker has the will. If not, it shall publish the one that it holds. */
  #fired(failure?: Failure): void {
    if (this.#state !== 'firing') return;
    this.#leave(failure === undefined ? 'disconnect' : 'drop', () => this.#over());
  }

  // When things go wrong

  #timedOut(): void {
    if (this.#waiting.opening?.op === 'open') return this.#giveUp(TIMEOUT);
    this.#will.owe();
    this.#stayAway(TIMEOUT);
  }

  /** The device could not be connected; it is told so, and will come again by itself. What was open before is not any more. */
  #giveUp(failure: Failure): void {
    const before = this.#afterLeaving;
    this.around.emit({ event: 'closed', client: this.client, detail: failure.detail });
    this.#waiting.fail(failure);
    // Who hears of it may close it at once.
    if (this.#afterLeaving === before) this.#leave(this.#goodBye, () => this.#closed());
  }

  #stayAway(failure: Failure): void {
    this.#waiting.fail(failure);
    this.#lastAnswers.look();
    this.#state = 'away';
    this.#wait(GRACE_MS, () => this.#gone(`the broker was away for ${GRACE_MS / 1000} s`));
    this.#held.release();
  }

  #gone(detail: string): void {
    this.#waiting.fail({ failure: 'unavailable', detail });
    this.#leave('drop', () => this.#over());
    this.around.emit({ event: 'closed', client: this.client, detail });
  }

  /** Nobody is there whose will it would be. */
  #over(): void {
    this.#will.settle();
    this.#closed();
  }

  #closed(): void {
    // The subscriptions of a persistent session may have to be renewed one day.
    if (this.#cleanSession || (this.#filters.isEmpty && !this.#will.isDue)) this.idle();
    this.strand();
  }

  /** What the outbox keeps it may send with a connection of its own, unless that would cost a will. */
  strand(): void {
    if (this.#state === 'closed' && !this.#will.isDue) this.session.window.strand();
  }

  #wait(delayMs: number, run: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.around.time.after(delayMs, run);
  }
}
