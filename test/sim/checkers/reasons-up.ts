/**
 * A message to the broker that is dropped has the reason that is told: it is too old, the broker has refused it, or there is no room, or nobody
 * there, as the ledgers have it. (`lossUp` believes reasons.)
 */
import type { SentMessage } from '../../../firmware-sim/devices/ledger.js';
import type { MessageDrop } from '../../../src/core/types.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { DropReasons, type Judge } from './drop-reasons.js';
import {
  clockIsAhead,
  diskLags,
  isBesieged,
  isOutOfReach,
  mayBeBlamed,
  mayWaitOnceMore,
} from './excuses/index.js';
import { isRefusal, outboxRules, textOf, topicOfSent } from './support.js';
import { WirePackets } from './wire-packets.js';

export const reasonsUp: WatcherFactory = (scene): Watcher => {
  const { messages: room, ageMs } = outboxRules(scene);
  /** By topic and text, when the broker has got it from the gateway. */
  const arrived = new Map<string, number>();
  /** PUBACK and PUBREC of the broker that say no, and drops for that reason. */
  const refusals = { heard: 0, told: 0 };
  let isBrokerThere = false;

  const keyOf = (client: string, one: SentMessage): string =>
    `${topicOfSent(client, one)} ${textOf(one.payload)}`;
  /** By topic and text, when the gateway has repeated it to the broker. */
  const repeated = new Map<string, number[]>();
  const packets = new WirePackets((packet) => {
    if (packet.cmd !== 'publish' || !packet.dup) return;
    const key = `${packet.topic} ${textOf(Buffer.from(packet.payload))}`;
    repeated.set(key, [...(repeated.get(key) ?? []), scene.now()]);
  });

  const isWaiting = (client: string, one: SentMessage): boolean => {
    const arrivedAt = arrived.get(keyOf(client, one));
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
      const isBlamed = (scene.devices.get(client)?.ledger.sent ?? []).some((one) =>
        mayBeBlamed(scene, repeated.get(keyOf(client, one)) ?? []),
      );
      if (refusals.told <= refusals.heard || isBlamed) return undefined;
      return `it has refused ${refusals.heard}`;
    },
    'buffer-full': whileThereIsRoom,
    'broker-unavailable': (drop) => {
      // What would wait is refused where nothing can be kept.
      if (drop.topic !== undefined) return diskLags(scene) ? undefined : whileThereIsRoom(drop);
      return !isBrokerThere || isOutOfReach(scene) ? undefined : 'it is there';
    },
  };
  const drops = new DropReasons(scene, judges, 'device');
  return {
    notice: (notice) => {
      if (notice.notice === 'broker') isBrokerThere = notice.up;
      if (notice.notice === 'drop' && notice.what === 'uplink') drops.told(notice);
    },
    life: (is) => {
      isBrokerThere = false;
      drops.life(is);
    },
    wireOut: (connection, what) => packets.wireOut(connection, what),
    wireIn: (_connection, what) => {
      if (isRefusal(what)) refusals.heard += 1;
    },
    arrived: (_client, { topic, payload }) =>
      void arrived.set(`${topic} ${textOf(payload)}`, scene.now()),
  };
};
