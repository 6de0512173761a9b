/**
 * Order per device and topic: messages at QoS 1 and 2 come first in the order in which they were sent. (A datagram at
 * QoS 0 may be overtaken on any network, and a repeat at QoS 1 comes when it comes.)
 */
import type { SentMessage } from '../../../firmware-sim/devices/ledger.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import {
  comesByTwoWays,
  diskBringsBack,
  diskForgotDuring,
  hasRebooted,
  honestOf,
  mayComeLater,
  untilItArrives,
} from './excuses/index.js';
import { RepeatLedger } from './repeats.js';
import { commandIn, keepsSession, serialOf, textOf, topicOfSent } from './support.js';

/** Return code of PUBACK (SN 5.3.10). */
const CONGESTION = 1;

export const order: WatcherFactory = (scene): Watcher => {
  const plans = honestOf(scene).filter(keepsSession);
  const arrivals: string[] = [];
  const arrivedAt = new Map<string, number>();
  const repeats = new RepeatLedger(scene);
  /** When the gateway first got a command, by text. */
  const cameAt = new Map<string, number>();
  /** Devices of which the broker has refused something. */
  const dropped = new Set<string>();
  /** Retained messages come again with every SUBSCRIBE. */
  const retained = new Set(
    scene.story.messages.filter(({ retain }) => retain).map(({ text }) => text),
  );
  return {
    wireIn: (_connection, what) => {
      repeats.wireIn(what);
      const text = commandIn(what)?.text;
      if (text !== undefined && !cameAt.has(text)) cameAt.set(text, scene.now());
    },
    notice: (notice) => {
      repeats.notice(notice);
      if (notice.notice === 'drop' && notice.what === 'uplink' && notice.client)
        dropped.add(notice.client);
    },
    life: (is) => {
      if (is === 'killed') repeats.killed();
    },
    arrived: (_client, { topic, payload, qos }) => {
      const key = `${topic} ${textOf(payload)}`;
      if (qos > 0) arrivals.push(key);
      if (!arrivedAt.has(key)) arrivedAt.set(key, scene.now());
    },
    finish: () => {
      for (const plan of plans) {
        const { id, kind } = plan;
        const { sent = [], received = [] } = scene.devices.get(id)?.ledger ?? {};
        // After a reboot an actuator does and says again what it has done before.
        const isSteady = kind === 'sensor' || !hasRebooted(scene, id);
        if (isSteady) {
          const accepted = sent.filter(
            ({ qos, acknowledgedAt }) => qos > 0 && acknowledgedAt !== undefined,
          );
          const keyOf = (one: SentMessage): string =>
            `${topicOfSent(id, one)} ${textOf(one.payload)}`;
          const keys = accepted.map(keyOf);
          const said = sent.filter(({ qos }) => qos > 0).map(keyOf);
          const countOf = (key: string): number => said.filter((one) => one === key).length;
          // Whose text may come later, whenever it is said again, or has come before: a broker may have what it never answered.
          // Of two that say the same the broker may have refused the first.
          const late = new Set(
            sent
              .filter(
                (one) =>
                  one.refusedWith === CONGESTION ||
                  mayComeLater(scene, untilItArrives(one, arrivedAt.get(keyOf(one)))) ||
                  (dropped.has(id) && countOf(keyOf(one)) > 1) ||
                  diskForgotDuring(scene, one),
              )
              .map(keyOf),
          );
          /** From 1, by topic and text. */
          const places = new Map<string, number>();
          for (const key of keys) {
            if (!late.has(key) && !places.has(key)) places.set(key, places.size + 1);
          }
          const found = disorder(arrivals.flatMap((key) => places.get(key) ?? []));
          if (found !== undefined) scene.report(`${id}: message ${found} to the broker`);
        }
        if (comesByTwoWays(scene, plan)) continue;
        const commands = received
          .filter(({ qos }) => qos > 0)
          .map(({ payload, at }) => ({ text: textOf(payload), at }))
          .filter(({ text, at }) => !diskBringsBack(scene, cameAt.get(text) ?? at, at))
          .map(({ text }) => text)
          .filter((text) => !retained.has(text) && !repeats.mayComeLater(text));
        // Of a team each gets what is meant for all of them.
        const topics = new Set(commands.map(addresseeOf));
        for (const topic of topics) {
          const own = commands.filter((text) => addresseeOf(text) === topic);
          const found = disorder(own.map(serialOf));
          if (found !== undefined) scene.report(`${id}: message ${found} to the device`);
        }
      }
    },
  };
};

const addresseeOf = (command: string): string | undefined => command.split(' ')[0];

/** The first that comes, for the first time, after a later one. */
function disorder(serials: readonly number[]): string | undefined {
  const seen = new Set<number>();
  let latest = 0;
  for (const serial of serials) {
    if (serial < latest && !seen.has(serial)) return `${serial} came after ${latest}`;
    seen.add(serial);
    latest = Math.max(latest, serial);
  }
  return undefined;
}
