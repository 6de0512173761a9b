/** Silence: no session is lost early, and none outlives its deadline. */
import type { MessageType } from '../../../../src/codec/index.js';
import type { Context } from '../../../../src/core/context.js';
import type { Effect, GatewayCore } from '../../../../src/core/types.js';
import { type Observer, placeKey } from '../driver.js';
import type { Facts } from '../facts.js';

/** A restart tolerates the silence of an ACTIVE device for a period and a quarter of the tolerance more. */
const GRACE_PERIODS = 1.375;

/** T_WAIT: who hears "congestion" is silent for so long. */
const WAIT_MS = 301_000;

/** Nothing waits longer for the disk. */
const UNKEPT_MS_MAX = 1000;

/** A deadline found while another step runs is served a millisecond later. */
const LATE_MS_MAX = 1;
/** Frames that only gateways send, or that have no place in a connection. */
const NO_SIGN_OF_LIFE: readonly MessageType[] = [
  'CONNACK',
  'WILLTOPICREQ',
  'WILLTOPIC',
  'WILLMSGREQ',
  'SUBACK',
  'UNSUBACK',
  'WILLTOPICRESP',
  'WILLMSGRESP',
];

/** What tells a device that its sleep time has begun, by the state that it is in when it goes out. */
const GOOD_NIGHT: { readonly [state: string]: MessageType } = {
  ASLEEP: 'DISCONNECT',
  AWAKE: 'PINGRESP',
};

interface Watch {
  /** Of the latest CONNECT; counts once it is accepted. */
  wishedSec: number;
  /** Where it was heard last. */
  place: string | undefined;
  keepAliveSec: number;
  sleepSec: number;
  heardAt: number;
  maybeHeardAt: number;
  /** It was asked to be silent for so long before. */
  waitMs: number;
  /** When that would be over; a crash may forget that it has spoken since. */
  patientUntil: number;
  /** When an unfinished CONNECT was forgotten and the watch went on. */
  resumedAt: number;
  /** When it heard that it may sleep on. */
  toldAt: number;
  /** A crash has come since it was heard, and with it the grace of a restart. */
  hasGrace: boolean;
  /** When it was heard in the grace of a restart: its time may have been over by rights. */
  lateAt: number;
  /** And a crash has forgotten that. */
  isForgotten: boolean;
}

export class SupervisionChecker implements Observer {
  private readonly watches = new Map<string, Watch>();
  /** What was known of a client before its CONNECT, should that be refused. */
  private recoveredAt = 0;
  private connecting: { before: Watch; client: string } | undefined;

  constructor(private readonly facts: Facts) {}

  onInput(_input: unknown, now: number): void {
    this.connecting = undefined;
    const { client, message, place } = this.facts.cause;
    if (client === undefined || message === undefined) return;
    const watch = this.of(client);
    watch.place = place && placeKey(place);
    const state = this.facts.stateOf(client);
    if (message.type === 'CONNECT') {
      this.connecting = { before: { ...watch }, client };
      watch.wishedSec = message.duration;
    }
    if (message.type === 'DISCONNECT' && message.duration && this.facts.isConnected(client)) {
      watch.sleepSec = message.duration;
    }
    if (
      NO_SIGN_OF_LIFE.includes(message.type) ||
      (message.type === 'PUBLISH' && message.qos === -1)
    )
      return;
    if (message.type === 'WILLMSG' && state !== 'ACTIVE') return;
    // A repeated CONNECT changes nothing, another one begins anew.
    if (state === 'CONNECTING' && message.type === 'CONNECT') watch.maybeHeardAt = now;
    else if (this.facts.isConnected(client) || message.type === 'CONNECT') hear(watch, now);
  }

  onEffect(effect: Effect, now: number): void {
    if (this.connecting && this.facts.cause.isRefused) {
      this.watches.set(this.connecting.client, this.connecting.before);
    }
    this.connecting = undefined;
    if (effect.kind === 'send') this.onSent(now);
    if (effect.kind !== 'notice' || effect.notice.notice !== 'transition') return;
    const { client, from, to, why } = effect.notice;
    const watch = this.of(client);
    if (from === 'CONNECTING') watch.resumedAt = now;
    const { event } = this.facts.cause;
    if (event?.event === 'opened' && event.failure === 'unavailable') {
      hear(watch, now);
      watch.waitMs = WAIT_MS;
      watch.patientUntil = deadlineOf(watch, to, now);
    } else if (to === 'ACTIVE' && event?.event === 'opened') {
      watch.keepAliveSec = watch.wishedSec;
      hear(watch, now);
    }
    if (from !== 'CONNECTING' && to === 'ASLEEP') hear(watch, now);
    if (to === 'LOST' && why.endsWith(' over')) this.onLost(client, watch, from, now);
  }

  onRecovered(core: GatewayCore, now: number): void {
    const { sessions } = (core as unknown as { ctx: Context }).ctx;
    this.recoveredAt = now;
    for (const [client, watch] of this.watches) {
      const session = sessions.get(client);
      if (session === undefined) continue;
      watch.hasGrace = true;
      watch.isForgotten ||= now - watch.lateAt <= UNKEPT_MS_MAX;
      watch.keepAliveSec = session.keepAliveSec;
      if (session.state.name === 'ASLEEP') watch.sleepSec = session.state.durationSec;
    }
  }

  afterStep(_core: unknown, now: number): void {
    for (const [client, watch] of this.watches) {
      const state = this.facts.stateOf(client);
      if (state !== 'ACTIVE' && state !== 'ASLEEP') continue;
      const grace = watch.hasGrace ? graceOf(watch, state) : 0;
      const deadline = deadlineOf(watch, state, watch.maybeHeardAt) + grace;
      const patient = watch.hasGrace ? watch.patientUntil + grace : Number.NEGATIVE_INFINITY;
      const latest = Math.max(deadline, patient, watch.resumedAt, this.recoveredAt) + LATE_MS_MAX;
      if (now > latest) {
        throw new Error(`${client} is ${state}, ${now - deadline} ms after its deadline`);
      }
    }
  }

  /** A sleeper is told that its deadline is known; and who gets what waited for the disk counts from there. */
  private onSent(now: number): void {
    const { cause, sent } = this.facts;
    const client = this.facts.receiver();
    const type = sent?.message.type;
    if (client === undefined || sent === undefined || type === undefined) return;
    if (cause.kind === 'store') {
      // Another device may have taken its place meanwhile.
      for (const watch of this.watches.values())
        if (watch.place === placeKey(sent.to)) watch.maybeHeardAt = now;
    }
    if (type !== GOOD_NIGHT[this.facts.stateOf(client)]) return;
    // Or it is for somebody else who speaks from there.
    if (cause.client === undefined || cause.client === client) this.of(client).toldAt = now;
  }

  private onLost(client: string, watch: Watch, from: string, now: number): void {
    if (watch.hasGrace && this.facts.uncertain.has(client)) return;
    // The next crash may forget that it was heard late.
    if (watch.isForgotten && from === 'ACTIVE') return;
    const deadline = watch.hasGrace
      ? keptDeadlineOf(watch, from)
      : deadlineOf(watch, from, watch.heardAt);
    if (now < deadline)
      throw new Error(`${client} is lost from ${from}, ${deadline - now} ms too early`);
  }

  private of(client: string): Watch {
    let watch = this.watches.get(client);
    if (!watch) {
      watch = {
        wishedSec: 0,
        place: undefined,
        keepAliveSec: 0,
        sleepSec: 0,
        heardAt: 0,
        maybeHeardAt: 0,
        waitMs: 0,
        patientUntil: Number.NEGATIVE_INFINITY,
        resumedAt: 0,
        toldAt: Number.NEGATIVE_INFINITY,
        hasGrace: false,
        lateAt: Number.NEGATIVE_INFINITY,
        isForgotten: false,
      };
      this.watches.set(client, watch);
    }
    return watch;
  }
}

function hear(watch: Watch, now: number): void {
  if (watch.hasGrace) watch.lateAt = now;
  watch.hasGrace = false;
  watch.isForgotten = false;
  watch.waitMs = 0;
  watch.heardAt = now;
  watch.maybeHeardAt = now;
}

const periodOf = ({ keepAliveSec, sleepSec }: Watch, state: string): number =>
  state === 'ACTIVE' ? keepAliveSec : sleepSec;

const graceOf = (watch: Watch, state: string): number =>
  state === 'ASLEEP' ? UNKEPT_MS_MAX : 1000 * GRACE_PERIODS * periodOf(watch, state);

/** After a crash: who speaks once in a period is never lost, and a sleeper never before the time it was told. */
const keptDeadlineOf = (watch: Watch, state: string): number =>
  state === 'ASLEEP'
    ? deadlineOf(watch, state, watch.toldAt, 0) - UNKEPT_MS_MAX
    : watch.heardAt + 1000 * periodOf(watch, state);

/** SN 7.2: half as much again up to a minute, beyond it a tenth; 0 is no supervision. */
function deadlineOf(watch: Watch, state: string, heardAt: number, waitMs = watch.waitMs): number {
  const periodSec = periodOf(watch, state);
  if (periodSec === 0) return Number.POSITIVE_INFINITY;
  return heardAt + waitMs + periodSec * (periodSec > 60 ? 1100 : 1500);
}
