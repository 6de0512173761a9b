/**
 * Silence (6.13, 7.2): nobody is lost as long as it speaks once in its period, and nobody outlives its deadline. Periods
 * and signs of life are what the gateway has heard and answered, as its core has it: what becomes of an answer on a radio, or
 * on the network, is no business of a deadline.
 */
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import {
  clockIsWrong,
  diskHasForgotten,
  diskHasForgottenSince,
  diskTakesLazilyMs,
  honestOf,
  isTransparent,
  slowestWriteMs,
} from './excuses/index.js';
import { keepsSession } from './support.js';

/** Tolerated, by the length of the period. */
const SHORT_SEC = 60;
const TOLERANCE = { short: 1.5, long: 1.1 };

/** "A restart": silence is tolerated for one more period, and a quarter of the tolerance. */
const RESTART_PERIODS = 1.375;

/** Return code of CONNACK (SN 5.3.10). */
const CONGESTION = 1;

/** T_WAIT: who hears "congestion" is asked to be silent for so long. */
const WAIT_MS = 301_000;

/** What a deadline may be late: the disk is waited for, and a disk may take 40 s. */
const LATE_MS = 45_000;

/** Of a frame and its repeats, where the air has room for one in a minute. */
const WAKE_UP_MAX_MS = 10 * 60_000;

interface Watch {
  /** Link and address; and the one before the latest frame. */
  place: string;
  placeBefore: string;
  /** Where its CONNECTs came from that wait for their answers: it moves there when it is let in. */
  asksAt: ReadonlySet<string>;
  periodSec: number;
  /** CONNECT or DISCONNECT that waits for its answer, and what it makes of the period. */
  wishSec: number | undefined;
  /** Certain signs of life since CONNACK, and whether the gateway waited for the disk with its answer. */
  signs: { at: number; isKept: boolean }[];
  /** A crash may have forgotten later ones. */
  mayBeForgotten: boolean;
  pinged: { at: number; isKept: boolean };
  /** The latest possible one. */
  perhapsHeardAt: number;
  /** The one before it, where the latest is perhaps none: a frame that means nothing in the state of its session. */
  doubtedSince: number | undefined;
  /** The one before the latest frame, should that be such a one. */
  heardBefore: number;
  /** When it was asked to wait; a crash may forget that it has spoken since. */
  askedToWaitAt: number;
  isConnected: boolean;
  /** Its wake-up is not over, which on a radio that is down takes as long as all repeats: its sleep begins with the end. */
  awakeSince: number | undefined;
  /** When it got the answer that made it so, or that sent it to sleep. */
  standsSince: number;
}

/** Of whoever said it its session knows nothing: it was in another state, or is elsewhere since a crash. */
const MEANS_NOTHING: ReadonlySet<string> = new Set(['wrong-state', 'unknown-sender']);

const NEVER = { at: 0, isKept: true };

const UNKNOWN = {
  place: '',
  placeBefore: '',
  asksAt: new Set<string>(),
  periodSec: 0,
  signs: [NEVER],
  mayBeForgotten: false,
  pinged: NEVER,
  askedToWaitAt: Number.NEGATIVE_INFINITY,
  isConnected: false,
  awakeSince: undefined,
  standsSince: 0,
  perhapsHeardAt: 0,
  doubtedSince: undefined,
  heardBefore: 0,
};

const toleranceOf = ({ periodSec }: Watch): number =>
  periodSec > SHORT_SEC ? TOLERANCE.long : TOLERANCE.short;

export const supervision: WatcherFactory = (scene): Watcher => {
  const plans = honestOf(scene);
  const honest = new Set(plans.map(({ id }) => id));
  const watches = new Map<string, Watch>();
  /** Times at which the gateway began again, and for how long it had been away. */
  const restarts: { at: number; offMs: number }[] = [];
  let goneAt: number | undefined;
  /** Who is CONNECTING: what becomes meanwhile of the connection that it had is not told. */
  const attempts = new Set<string>();

  const at = (place: string): Watch | undefined =>
    [...watches.values()].find((watch) => watch.place === place) ??
    [...watches.values()].find(({ asksAt }) => asksAt.has(place));

  const onHeard = (link: string, address: string, data: Uint8Array): void => {
    const [message, now, place] = [decode(data), scene.now(), `${link} ${address}`];
    if (message === undefined) return;
    const client = 'clientId' in message ? message.clientId : '';
    const watch = watches.get(client) ?? at(place);
    // Who comes back too late has to have been given up by then.
    if (watch !== undefined) demandInTime(client === '' ? address : client, watch);
    if (message.type === 'CONNECT' && honest.has(client)) {
      watches.set(client, {
        ...(watches.get(client) ?? UNKNOWN),
        asksAt: new Set(watch?.asksAt).add(place),
        wishSec: message.durationSec,
        perhapsHeardAt: now,
        doubtedSince: undefined,
      });
      return;
    }
    if (watch === undefined) return;
    watch.placeBefore = watch.place;
    watch.place = place;
    watch.heardBefore = watch.doubtedSince ?? watch.perhapsHeardAt;
    watch.doubtedSince = undefined;
    watch.perhapsHeardAt = now;
    if (message.type === 'DISCONNECT') watch.wishSec = message.durationSec ?? 0;
    // PINGRESP of a sleeper waits for the disk.
    else if (message.type === 'PINGREQ') watch.pinged = { at: now, isKept: client !== '' };
  };

  const onTold = (link: string, address: string | null, data: Uint8Array): void => {
    const [message, now, place] = [decode(data), scene.now(), `${link} ${address}`];
    const watch = at(place);
    // What a dongle still sends for a dead process is no word of it.
    if (watch === undefined || message === undefined || goneAt !== undefined) return;
    if (message.type === 'CONNACK' && message.code === 0 && watch.wishSec !== undefined) {
      Object.assign(watch, {
        periodSec: watch.wishSec,
        wishSec: undefined,
        place,
        asksAt: new Set<string>(),
        isConnected: true,
        standsSince: now,
        signs: [{ at: now, isKept: true }],
        mayBeForgotten: false,
        // The answer to a CONNECT from before it was asked to wait may come behind that: it waited for the disk.
        askedToWaitAt:
          watch.perhapsHeardAt > watch.askedToWaitAt
            ? Number.NEGATIVE_INFINITY
            : watch.askedToWaitAt,
      });
      watch.perhapsHeardAt = now;
    } else if (message.type === 'CONNACK' && message.code === CONGESTION) {
      watch.asksAt = new Set([...watch.asksAt].filter((asks) => asks !== place));
      watch.perhapsHeardAt = now;
      watch.askedToWaitAt = now;
    } else if (message.type === 'DISCONNECT') {
      watch.isConnected = (watch.wishSec ?? 0) > 0 && watch.isConnected;
      if (watch.isConnected) watch.periodSec = watch.wishSec ?? 0;
      watch.standsSince = now;
      watch.wishSec = undefined;
      watch.perhapsHeardAt = now;
    } else if (message.type === 'PINGRESP') {
      watch.perhapsHeardAt = now;
      watch.signs.push(watch.pinged);
      watch.mayBeForgotten = false;
    }
  };

  /** The end of its patience, with what restarts have added to it since. */
  const deadlineOf = (watch: Watch, heardAt: number): number =>
    restarts
      .filter(({ at }) => at >= heardAt)
      .reduce(
        (sum, { offMs }) => sum + offMs + watch.periodSec * 1000 * RESTART_PERIODS,
        Math.max(heardAt, watch.askedToWaitAt + WAIT_MS) +
          watch.periodSec * 1000 * toleranceOf(watch),
      );

  /** "A restart": what was to be written may be missing. */
  const forget = (watch: Watch): void => {
    const since = scene.now() - diskTakesLazilyMs(scene);
    const kept = watch.signs.filter(({ at, isKept }) => isKept || at < since);
    watch.mayBeForgotten ||= kept.length < watch.signs.length;
    watch.signs = kept;
  };

  const isExcused = (heardAt: number): boolean =>
    diskHasForgottenSince(scene, heardAt) || clockIsWrong(scene);

  const demandInTime = (device: string, watch: Watch): void => {
    const { perhapsHeardAt, doubtedSince = perhapsHeardAt } = watch;
    const { awakeSince = Number.NEGATIVE_INFINITY } = watch;
    if (!watch.isConnected || scene.now() < awakeSince + WAKE_UP_MAX_MS) return;
    if (watch.periodSec === 0 || isExcused(perhapsHeardAt)) return;
    const deadlines = [perhapsHeardAt, doubtedSince].map((at) => deadlineOf(watch, at));
    const lateMs = scene.now() - Math.max(...deadlines);
    if (lateMs > LATE_MS) scene.report(`${device} was given up ${lateMs} ms after its deadline`);
  };

  return {
    life: (is) => {
      if (is === 'killed' || is === 'ended') {
        goneAt = scene.now();
        for (const watch of watches.values()) watch.awakeSince = undefined;
      }
      if (is === 'killed') for (const watch of watches.values()) forget(watch);
      if (is !== 'begins' || goneAt === undefined) return;
      restarts.push({ at: scene.now(), offMs: scene.now() - goneAt });
      goneAt = undefined;
      // A session with CleanSession=1 has ended with its process, and a failing disk has what was before.
      for (const plan of plans) {
        const watch = watches.get(plan.id);
        if (watch === undefined) continue;
        const mayBeGivenUp = isTransparent(scene, plan.id) && attempts.has(plan.id);
        if (!keepsSession(plan) || mayBeGivenUp || diskHasForgotten(scene, watch.standsSince))
          watch.isConnected = false;
      }
      attempts.clear();
    },
    frameIn: onHeard,
    radioIn: onHeard,
    frameOut: onTold,
    radioOut: onTold,
    notice: (notice) => {
      if (notice.notice === 'drop' && notice.what === 'frame' && MEANS_NOTHING.has(notice.reason)) {
        const watch = watches.get(notice.client ?? '') ?? at(`${notice.link} ${notice.address}`);
        if (watch !== undefined) {
          watch.doubtedSince = watch.heardBefore;
          watch.place = watch.placeBefore;
        }
      }
      if (notice.notice !== 'transition') return;
      if (notice.to === 'CONNECTING') attempts.add(notice.client);
      else attempts.delete(notice.client);
      const watch = watches.get(notice.client);
      if (watch === undefined) return;
      watch.awakeSince = notice.to === 'AWAKE' ? scene.now() : undefined;
      if (notice.from === 'AWAKE' && notice.to === 'ASLEEP') watch.perhapsHeardAt = scene.now();
      const isOver = notice.to === 'LOST' || notice.to === 'DISCONNECTED';
      if (notice.to === 'LOST' && notice.from !== 'CONNECTING' && watch.isConnected) {
        const heardAt = watch.signs.at(-1)?.at ?? 0;
        const silentMs = scene.now() - heardAt;
        // Unless it has been heard since, by a process that has gone on.
        const isForgotten =
          watch.mayBeForgotten && watch.perhapsHeardAt < (restarts.at(-1)?.at ?? 0);
        const periods = isForgotten ? 1 + toleranceOf(watch) : 1;
        // "A restart": what it repeats of PINGREQ while the disk takes its time need not be there.
        const isOfEarlierRun = notice.from === 'ASLEEP' && heardAt < (restarts.at(-1)?.at ?? 0);
        const lagMs = isOfEarlierRun ? slowestWriteMs(scene) : 0;
        if (
          silentMs + lagMs < watch.periodSec * 1000 * periods &&
          notice.why.endsWith(' over') &&
          !isExcused(heardAt)
        ) {
          scene.report(
            `${notice.client} was given up after ${silentMs} ms, its period is ${watch.periodSec} s`,
          );
        }
        demandInTime(notice.client, watch);
      }
      if (isOver) watch.isConnected = false;
    },
    finish: () => {
      for (const [device, watch] of watches) demandInTime(device, watch);
    },
  };
};
