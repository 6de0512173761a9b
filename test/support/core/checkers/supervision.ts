/** Silence: no session is lost early, and none outlives its deadline. */
import type { MessageType } from '../../../../src/codec/index.js';
import type { Context } from '../../../../src/core/context.js';
import type { Effect, GatewayCore } from '../../../../src/core/types.js';
import type { Observer } from '../driver.js';
import type { Facts } from '../facts.js';

/** A restart tolerates silence for a period and a quarter of the tolerance more. */
const GRACE_PERIODS = 1.375;

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

interface Watch {
  /** Of the latest CONNECT; counts once it is accepted. */
  wishedSec: number;
  keepAliveSec: number;
  sleepSec: number;
  heardAt: number;
  maybeHeardAt: number;
  /** When an unfinished CONNECT was forgotten and the watch went on. */
  resumedAt: number;
  /** A crash has come since it was heard, and with it the grace of a restart. */
  hasGrace: boolean;
  /** When it was heard in the grace of a restart: its time may have been over by rights. */
  lateAt: number;
}

export class SupervisionChecker implements Observer {
  private readonly watches = new Map<string, Watch>();
  /** What was known of a client before its CONNECT, should that be refused. */
  private recoveredAt = 0;
  private connecting: { before: Watch; client: string } | undefined;

  constructor(private readonly facts: Facts) {}

  onInput(_input: unknown, now: number): void {
    this.connecting = undefined;
    const { client, message } = this.facts.cause;
    if (client === undefined || message === undefined) return;
    const watch = this.of(client);
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
    if (effect.kind !== 'notice' || effect.notice.notice !== 'transition') return;
    const { client, from, to, why } = effect.notice;
    const watch = this.of(client);
    if (from === 'CONNECTING') watch.resumedAt = now;
    if (to === 'ACTIVE' && this.facts.cause.event?.event === 'opened') {
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
      watch.keepAliveSec = session.keepAliveSec;
      if (session.state.name === 'ASLEEP') watch.sleepSec = session.state.durationSec;
    }
  }

  afterStep(_core: unknown, now: number): void {
    for (const [client, watch] of this.watches) {
      const state = this.facts.stateOf(client);
      if (state !== 'ACTIVE' && state !== 'ASLEEP') continue;
      const grace = watch.hasGrace ? 1000 * GRACE_PERIODS * periodOf(watch, state) : 0;
      const deadline = deadlineOf(watch, state, watch.maybeHeardAt) + grace;
      const latest = Math.max(deadline, watch.resumedAt, this.recoveredAt) + LATE_MS_MAX;
      if (now > latest) {
        throw new Error(`${client} is ${state}, ${now - deadline} ms after its deadline`);
      }
    }
  }

  private onLost(client: string, watch: Watch, from: string, now: number): void {
    // The next crash may forget that it was heard then.
    const isForgotten = this.recoveredAt - watch.lateAt <= UNKEPT_MS_MAX;
    if (watch.hasGrace && (isForgotten || this.facts.uncertain.has(client))) return;
    // Who speaks once in a period is never lost.
    const deadline = watch.hasGrace
      ? watch.heardAt + 1000 * periodOf(watch, from)
      : deadlineOf(watch, from, watch.heardAt);
    if (now < deadline)
      throw new Error(`${client} is lost from ${from}, ${deadline - now} ms too early`);
  }

  private of(client: string): Watch {
    let watch = this.watches.get(client);
    if (!watch) {
      watch = {
        wishedSec: 0,
        keepAliveSec: 0,
        sleepSec: 0,
        heardAt: 0,
        maybeHeardAt: 0,
        resumedAt: 0,
        hasGrace: false,
        lateAt: Number.NEGATIVE_INFINITY,
      };
      this.watches.set(client, watch);
    }
    return watch;
  }
}

function hear(watch: Watch, now: number): void {
  if (watch.hasGrace) watch.lateAt = now;
  watch.hasGrace = false;
  watch.heardAt = now;
  watch.maybeHeardAt = now;
}

const periodOf = ({ keepAliveSec, sleepSec }: Watch, state: string): number =>
  state === 'ACTIVE' ? keepAliveSec : sleepSec;

/** SN 7.2: half as much again up to a minute, beyond it a tenth; 0 is no supervision. */
function deadlineOf(watch: Watch, state: string, heardAt: number): number {
  const periodSec = periodOf(watch, state);
  if (periodSec === 0) return Number.POSITIVE_INFINITY;
  return heardAt + periodSec * (periodSec > 60 ? 1100 : 1500);
}
