/**
 * Nothing acknowledged is lost. Up: what the gateway has acknowledged to a device, the broker has. Down: what the
 * gateway has acknowledged to the broker, the device gets, unless a notice names the drop.
 */
import type { SentMessage } from '../../../firmware-sim/devices/ledger.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { isHonest, textOf, topicOfSent } from './support.js';

export const loss: WatcherFactory = (scene): Watcher => {
  /** Topic and text of everything that the broker has got from the gateway. */
  const arrived = new Set<string>();
  return {
    arrived: (_client, { topic, payload }) => void arrived.add(`${topic} ${textOf(payload)}`),
    finish: () => {
      for (const plan of scene.story.scene.devices.filter(isHonest)) {
        for (const sent of scene.devices.get(plan.id)?.ledger.sent ?? []) {
          if (
            isAcknowledged(sent) &&
            !arrived.has(`${topicOfSent(plan.id, sent)} ${textOf(sent.payload)}`)
          ) {
            scene.report(
              `${plan.id}: "${textOf(sent.payload)}" was acknowledged, and the broker has not got it`,
            );
          }
        }
      }
    },
  };
};

const isAcknowledged = ({ acknowledgedAt, qos }: SentMessage): boolean =>
  qos > 0 && acknowledgedAt !== undefined;
