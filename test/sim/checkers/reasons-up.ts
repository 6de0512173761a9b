/**
 * A message to the broker that is dropped has the reason that is told: it is too old, the broker has refused it, or there is no room, or nobody
 * there, as the ledgers have it. (`lossUp` believes reasons.)
 */
import type { SentMessage } from '../../../firmware-sim/devices/ledger.js';
import { decode } from '../../../firmware-sim/sn/decode.js';
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
import { ToldStates } from './told-states.js';
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

  const told = new ToldStates();
  /** By device and text, when it has come to the gateway: a copy that the network has kept back until after PUBACK is a message of its own. */
  const came = new Map<string, number[]>();
  const comes = (link: string, address: string, data: Uint8Array): void => {
    const message = decode(data);
    if (message?.type !== 'PUBLISH') return;
    for (const client of told.holdersOf(link, address)) {
      const key = `${client} ${textOf(message.payload)}`;
      came.set(key, [...(came.get(key) ?? []), scene.now()]);
    }
  };

  /** How many copies of a message may wait for the broker since then. */
  const copiesSince = (since: number, client: string, one: SentMessage): number => {
    if (one.at > since) return 0;
    const times = came.get(`${client} ${textOf(one.payload)}`) ?? [];
    const copies = Math.max(1, times.filter((at) => at <= since).length);
    const arrivedAt = arrived.get(keyOf(client, one));
    return arrivedAt === undefined || mayWaitOnceMore(scene, arrivedAt) ? copies : copies - 1;
  };
  /** The same for all its messages. */
  const waitingSince = (since: number, client: string): number =>
    (scene.devices.get(client)?.ledger.sent ?? [])
      .map((one) => copiesSince(since, client, one))
      .reduce((sum, copies) => sum + copies, 0);
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
    frameIn: comes,
    radioIn: comes,
    notice: (notice) => {
      told.notice(notice, scene.now());
      if (notice.notice === 'broker') isBrokerThere = notice.up;
      if (notice.notice === 'drop' && notice.what === 'uplink') drops.told(notice);
    },
    life: (is) => {
      isBrokerThere = false;
      told.life(is);
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
