/** Silence: no session is lost early, and none outlives its deadline. */
import type { MessageType } from '../../../../src/codec/index.js';
import type { Effect } from '../../../../src/core/types.js';
import type { Observer } from '../driver.js';
import type { Facts } from '../facts.js';

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
}

export class SupervisionChecker implements Observer {
  private readonly watches = new Map<string, Watch>();
  /** What was known of a client before its CONNECT, should that be refused. */
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

  afterStep(_core: unknown, now: number): void {
    for (const [client, watch] of this.watches) {
      const state = this.facts.stateOf(client);
      if (state !== 'ACTIVE' && state !== 'ASLEEP') continue;
      const deadline = deadlineOf(watch, state, watch.maybeHeardAt);
      if (now > Math.max(deadline, watch.resumedAt) + LATE_MS_MAX) {
        throw new Error(`${client} is ${state}, ${now - deadline} ms after its deadline`);
      }
    }
  }

  private onLost(client: string, watch: Watch, from: string, now: number): void {
    const deadline = deadlineOf(watch, from, watch.heardAt);
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
      };
      this.watches.set(client, watch);
    }
    return watch;
  }
}

function hear(watch: Watch, now: number): void {
  watch.heardAt = now;
  watch.maybeHeardAt = now;
}

/** SN 7.2: half as much again up to a minute, beyond it a tenth; 0 is no supervision. */
function deadlineOf({ keepAliveSec, sleepSec }: Watch, state: string, heardAt: number): number {
  const periodSec = state === 'ACTIVE' ? keepAliveSec : sleepSec;
  if (periodSec === 0) return Number.POSITIVE_INFINITY;
  return heardAt + periodSec * (periodSec > 60 ? 1100 : 1500);
}
