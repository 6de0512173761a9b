/**
 * No will fires twice, and none is missing: one for each time that the gateway gave a device up, whether the gateway
 * publishes it or the broker. What is published is the will as it was then: said at CONNECT (6.3), or changed since (6.4).
 */
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { SnMessage } from '../../../firmware-sim/sn/messages.js';
import type { BrokerMessage } from '../broker/session.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import {
  brokerFiresWills,
  diskForgotDuring,
  diskKeepsWill,
  diskTakesLossMs,
  earlierWillMayRepeat,
  honestOf,
  speakerHasForgotten,
  willComesLate,
  willGoesWithBoth,
  willMayBeCancelled,
  willMayBeDenied,
  willMayBeLost,
  willMayRepeat,
} from './excuses/index.js';
import { textOf } from './support.js';

/** From the end of a deadline to the will at the broker: the disk, and the way. */
const ON_ITS_WAY_MS = 45_000;

/** Why a transparent device is sent away in an outage. */
const BROKER_AWAY = 'the broker was away';
/** Why it is ACTIVE in a new connection; after an attempt in vain it is so in the old one. */
const CONNECTED = 'connected';

interface Loss {
  at: number;
  /** When it had connected. */
  since: number;
  mayBeCancelled: boolean;
}

interface Arrival {
  at: number;
  text: string;
  /** Fired by the broker; else published by the gateway. */
  isOfBroker: boolean;
}

class Account {
  readonly losses: Loss[] = [];
  readonly arrivals: Arrival[] = [];
  readonly words = new WillWords();
  connectedAt = 0;
  /** When it was sent away because the broker was away: for the broker its connection is lost. */
  readonly sentAwayAt: number[] = [];
  /** What might have been its will when it was lost. */
  readonly due = new Set<string>();
}

export const wills: WatcherFactory = (scene): Watcher => {
  const accounts = new Map<string, Account>();
  const plans = honestOf(scene).flatMap(({ id, will }) =>
    will === undefined ? [] : [{ id, qos: (will as { qos?: number }).qos ?? 0 }],
  );
  /** When the gateway's process has ended, in whatever way; and when it had been asked to, though it may have been killed then. */
  const ends: number[] = [];
  const inOrder: number[] = [];
  let isAskedToEnd = false;
  /** When the present process began to serve; its devices' connections begin then. */
  let servesSince = Number.POSITIVE_INFINITY;
  const accountOf = (device: string): Account => {
    const account = accounts.get(device) ?? new Account();
    accounts.set(device, account);
    return account;
  };
  const arrive = ({ topic, payload }: BrokerMessage, isOfBroker: boolean): void => {
    const device = whoseWill(topic);
    if (device === undefined) return;
    const text = `${topic} ${textOf(payload)}`;
    accountOf(device).arrivals.push({ at: scene.now(), text, isOfBroker });
  };
  const firesByItself = (device: string, at: number): boolean =>
    brokerFiresWills(scene, device, at, {
      ends: [...ends, ...accountOf(device).sentAwayAt],
      inOrder,
    });
  /** One more than there are losses. */
  const isExcused = (device: string, qos: number, { at, isOfBroker }: Arrival): boolean => {
    if (isOfBroker) return firesByItself(device, at);
    const { arrivals, losses } = accountOf(device);
    const isGoneForgotten = (one: Arrival): boolean =>
      one.at < at && speakerHasForgotten(scene, one.at);
    if (arrivals.some(isGoneForgotten)) return true;
    const before = arrivals.filter((one) => !one.isOfBroker && one.at < at);
    const cameAt = before.map((one) => one.at);
    if (earlierWillMayRepeat(scene, qos, { cameAt, at }, ends)) return true;
    const loss = losses.findLast((one) => one.at <= at);
    return loss !== undefined && willMayRepeat(scene, qos, { lostAt: loss.at, at }, ends);
  };
  return {
    arrived: (_client, message) => arrive(message, false),
    willFired: (_client, message) => arrive(message, true),
    said: (device, data) => accountOf(device).words.said(decode(data)),
    heard: (device, data) => accountOf(device).words.heard(decode(data)),
    fault: ({ kind }) => {
      if (kind === 'restart') isAskedToEnd = true;
    },
    life: (is) => {
      const now = scene.now();
      const isOver = is === 'killed' || is === 'ended';
      if (isOver) ends.push(now);
      if (isOver && (is === 'ended' || isAskedToEnd)) inOrder.push(now);
      if (is === 'begins') isAskedToEnd = false;
      servesSince = is === 'serves' ? now : Number.POSITIVE_INFINITY;
      if (is !== 'killed') return;
      // The next life finds it out again.
      for (const { id, qos } of plans) {
        const since = now - diskTakesLossMs(scene, id, qos);
        for (const loss of accountOf(id).losses) loss.mayBeCancelled ||= loss.at >= since;
      }
    },
    notice: (notice) => {
      if (notice.notice !== 'transition') return;
      if (notice.to === 'DISCONNECTED' && notice.why.startsWith(BROKER_AWAY))
        accountOf(notice.client).sentAwayAt.push(scene.now());
      // The broker has its will by then, whether or not the device ever hears so.
      if (notice.to === 'ACTIVE' && notice.why === CONNECTED)
        accountOf(notice.client).connectedAt = scene.now();
      if (notice.to !== 'LOST') return;
      // A lost device that tries to connect in vain is lost as before.
      if (notice.from === 'CONNECTING') return;
      const { client } = notice;
      const { losses, words, due, connectedAt } = accountOf(client);
      losses.push({
        at: scene.now(),
        since: connectedAt,
        mayBeCancelled: willMayBeCancelled(scene, client, servesSince),
      });
      for (const text of words.possible()) due.add(text);
    },
    finish: () => {
      const isForgotten = ({ since, at }: Loss): boolean =>
        diskForgotDuring(scene, { at: since, acknowledgedAt: at });
      for (const { id, qos } of plans) {
        const { losses, arrivals, due: said, words } = accountOf(id);
        const story = `${id} was lost ${losses.length} times, and its will came ${arrivals.length} times`;
        for (const { text, at, isOfBroker } of arrivals) {
          const mayBeOld = (isOfBroker && firesByItself(id, at)) || scene.lostMemory.length > 0;
          if (!said.has(text) && !(mayBeOld && words.wasSaid(text)))
            scene.report(`${id} has said goodbye with "${text}", which was not its will`);
        }
        const certain = losses.filter(
          (loss) =>
            // In the last moments it may still be on its way.
            loss.at < scene.now() - ON_ITS_WAY_MS &&
            !loss.mayBeCancelled &&
            !isForgotten(loss) &&
            !willGoesWithBoth(scene, id, loss.since, ends) &&
            !willMayBeDenied(scene, loss.at) &&
            !diskKeepsWill(scene, id, qos, loss.at) &&
            !willMayBeLost(scene, id, qos, loss.at),
        );
        // The broker may publish the will that it holds, too.
        const isTwofold = (loss: Loss): boolean =>
          willComesLate(scene, id, qos, loss.at) || isForgotten(loss);
        const due = arrivals.filter((one) => !isExcused(id, qos, one));
        // One that came before a loss is not its will, unless the broker has found it out before the gateway did.
        const mayBeOf =
          (loss: Loss) =>
          ({ at, isOfBroker }: Arrival): boolean =>
            at >= loss.at || (isOfBroker && at >= loss.since && firesByItself(id, at));
        const isMissing = certain.some(
          (loss) => arrivals.filter(mayBeOf(loss)).length < countOf(certain, since(loss.at)),
        );
        const isSurplus = due.some(({ at }) => {
          const most = countOf(losses, until(at)) + countOf(losses.filter(isTwofold), until(at));
          return countOf(due, until(at)) > most;
        });
        if (isMissing || isSurplus) scene.report(story);
      }
    },
  };
};

type When = (one: { at: number }) => boolean;

const since =
  (at: number): When =>
  (one) =>
    one.at >= at;
const until =
  (at: number): When =>
  (one) =>
    one.at <= at;
const countOf = (all: readonly { at: number }[], when: When): number => all.filter(when).length;

const whoseWill = (topic: string): string | undefined => /^wills\/([^/]+)/.exec(topic)?.[1];

/** What a device has said of its will: each part as it was confirmed last, and as it may be since. */
class WillWords {
  private topics: string[] = [];
  private payloads: string[] = [];
  /** Topics and payloads of all times. */
  private readonly ever = { topics: new Set<string>(), payloads: new Set<string>() };
  /** What confirms its latest words; any other answer is a late one. */
  private awaited: SnMessage['type'] | undefined;

  said(message: SnMessage | undefined): void {
    if (message === undefined) return;
    const answer = ANSWERS[message.type];
    if (answer === undefined) return;
    this.awaited = answer;
    if ('will' in message && typeof message.will === 'object') {
      this.topics.push(message.will.topic);
      this.ever.topics.add(message.will.topic);
    } else if ('payload' in message) {
      this.payloads.push(textOf(message.payload));
      this.ever.payloads.add(textOf(message.payload));
    }
  }

  heard(message: SnMessage | undefined): void {
    if (message === undefined || message.type !== this.awaited) return;
    if (!('code' in message) || message.code !== 0) return;
    this.awaited = undefined;
    this.topics = this.topics.slice(-1);
    this.payloads = this.payloads.slice(-1);
  }

  /** At any time. */
  wasSaid(will: string): boolean {
    const { topics, payloads } = this.ever;
    return [...topics].some((topic) => [...payloads].some((one) => will === `${topic} ${one}`));
  }

  possible(): string[] {
    return this.topics.flatMap((topic) => this.payloads.map((payload) => `${topic} ${payload}`));
  }
}

const ANSWERS: Partial<Record<SnMessage['type'], SnMessage['type']>> = {
  WILLTOPIC: 'CONNACK',
  WILLMSG: 'CONNACK',
  WILLTOPICUPD: 'WILLTOPICRESP',
  WILLMSGUPD: 'WILLMSGRESP',
};
