/** Nothing acknowledged is lost, up: what the gateway has acknowledged to a device, the broker has, unless a notice names the drop. */
import type { SentMessage } from '../../../firmware-sim/devices/ledger.js';
import type { DropReason } from '../../../src/core/types.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { honestOf } from './excuses/index.js';
import { textOf, topicOfSent } from './support.js';

/** Return code of PUBACK for what the broker has refused (SN 5.3.10). */
const NOT_SUPPORTED = 3;

/** Why an acknowledged message may go. What finds no room in the outbox is refused, or it was QoS 0. */
const MAY_BE_OWED: ReadonlySet<DropReason> = new Set(['broker-refused', 'expired']);

export const lossUp: WatcherFactory = (scene): Watcher => {
  const plans = honestOf(scene);
  /** Topic and text of everything that the broker has got from the gateway. */
  const arrived = new Set<string>();
  /** By device, messages that were dropped with a notice. */
  const drops = new Map<string, number>();
  return {
    arrived: (_client, { topic, payload }) => void arrived.add(`${topic} ${textOf(payload)}`),
    notice: (notice) => {
      if (notice.notice !== 'drop' || notice.what !== 'uplink') return;
      const client = notice.client ?? '';
      if (MAY_BE_OWED.has(notice.reason)) drops.set(client, (drops.get(client) ?? 0) + 1);
    },
    finish: () => {
      for (const { id } of plans) {
        const sent = scene.devices.get(id)?.ledger.sent ?? [];
        const lost = sent
          .filter(isAcknowledged)
          .map((one) => `${topicOfSent(id, one)} ${textOf(one.payload)}`)
          .filter((one) => !arrived.has(one));
        // From the outbox, when the broker was back and refused it; others were refused before they were acknowledged.
        const refused = sent.filter(({ refusedWith }) => refusedWith === NOT_SUPPORTED).length;
        if (lost.length > (drops.get(id) ?? 0) - refused) {
          scene.report(`${id}: acknowledged, and the broker has not got it: ${lost.join(', ')}`);
        }
      }
    },
  };
};

const isAcknowledged = ({ acknowledgedAt, qos }: SentMessage): boolean =>
  qos > 0 && acknowledgedAt !== undefined;
