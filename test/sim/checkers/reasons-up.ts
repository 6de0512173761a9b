/**
 * A message to the broker that is dropped has the reason that is told: it is too old, the broker has refused it, or there is no room, or nobody
 * there, as the ledgers have it. (`lossUp` believes reasons.)
 */
import type { SentMessage } from '../../../firmware-sim/devices/ledger.js';
import type { MessageDrop } from '../../../src/core/types.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import {
  clockIsAhead,
  diskLags,
  goesWithEnd,
  honestOf,
  isBesieged,
  isOutOfReach,
  mayBeGivenUp,
  mayWaitOnceMore,
} from './excuses/index.js';
import { isRefusal, outboxRules, textOf, topicOfSent } from './support.js';

interface Drop {
  client: string;
  /** Of QoS 0 that does not wait none is told. */
  topic: string | undefined;
  /** How many of its device were dropped for that reason, with this one. */
  count: number;
}

interface Told {
  reason: MessageDrop;
  client?: string;
  topic?: string;
}

/** Says why it cannot be so; undefined: it can. */
type Judge = (drop: Drop) => string | undefined;

export const reasonsUp: WatcherFactory = (scene): Watcher => {
  const { messages: room, ageMs } = outboxRules(scene);
  const honest = new Set(honestOf(scene).map(({ id }) => id));
  /** By topic and text, when the broker has got it from the gateway. */
  const arrived = new Map<string, number>();
  /** By device and reason, when drops were told. */
  const told = new Map<string, number[]>();
  /** PUBACK and PUBREC of the broker that say no, and drops for that reason. */
  const refusals = { heard: 0, told: 0 };
  let isBrokerThere = false;

  const isWaiting = (client: string, one: SentMessage): boolean => {
    const arrivedAt = arrived.get(`${topicOfSent(client, one)} ${textOf(one.payload)}`);
    return arrivedAt === undefined || mayWaitOnceMore(scene, arrivedAt);
  };
  /** How many of its messages may wait for the broker since then. */
  const waitingSince = (since: number, client: string): number =>
    (scene.devices.get(client)?.ledger.sent ?? []).filter(
      (one) => one.at <= since && isWaiting(client, one),
    ).length;
  const whileThereIsRoom: Judge = () => {
    const waiting = [...scene.devices.keys()].map((id) => waitingSince(scene.now(), id));
    const most = waiting.reduce((sum, count) => sum + count, 0);
    // Of what hostile devices say there are no ledgers.
    if (most >= room || isBesieged(scene)) return undefined;
    return `there is room for ${room}, and ${most} wait`;
  };

  const judges: Partial<Record<MessageDrop, Judge>> = {
    expired: ({ client, count }) => {
      const old = waitingSince(scene.now() - ageMs, client);
      if (count <= old || clockIsAhead(scene)) return undefined;
      return `${old} have waited for ${ageMs} ms`;
    },
    'broker-refused': ({ client }) => {
      refusals.told += 1;
      const isGivenUp = (scene.devices.get(client)?.ledger.sent ?? []).some(
        (one) => isWaiting(client, one) && mayBeGivenUp(scene, one.at),
      );
      if (refusals.told <= refusals.heard || isGivenUp) return undefined;
      return `it has refused ${refusals.heard}`;
    },
    'buffer-full': whileThereIsRoom,
    'broker-unavailable': (drop) => {
      // What would wait is refused where nothing can be kept.
      if (drop.topic !== undefined) return diskLags(scene) ? undefined : whileThereIsRoom(drop);
      return !isBrokerThere || isOutOfReach(scene) ? undefined : 'it is there';
    },
  };
  const judge = ({ reason, client = '', topic }: Told): void => {
    if (!honest.has(client)) return;
    const key = `${client} ${reason}`;
    const times = [...(told.get(key) ?? []), scene.now()];
    told.set(key, times);
    const objection = judges[reason]?.({ client, topic, count: times.length });
    if (objection !== undefined)
      scene.report(`${client}: a message was dropped as ${reason}, and ${objection}`);
  };
  return {
    notice: (notice) => {
      if (notice.notice === 'broker') isBrokerThere = notice.up;
      if (notice.notice === 'drop' && notice.what === 'uplink') judge(notice);
    },
    life: (is) => {
      isBrokerThere = false;
      if (is !== 'killed' && is !== 'ended') return;
      // What was dropped then waits again, and is dropped again.
      const isForgotten = goesWithEnd(scene, is);
      for (const [key, times] of told)
        told.set(
          key,
          times.filter((at) => !isForgotten(at)),
        );
    },
    wireIn: (_connection, what) => {
      if (isRefusal(what)) refusals.heard += 1;
    },
    arrived: (_client, { topic, payload }) =>
      void arrived.set(`${topic} ${textOf(payload)}`, scene.now()),
  };
};
