/** Once faults stop, everything settles: honest devices are connected, and nothing of theirs waits. */
import type { SentMessage } from '../../../firmware-sim/devices/ledger.js';
import type { StateName } from '../../../src/core/types.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { hasRebooted, rebootsByItself, silencesLink } from './excuses.js';
import { isHonest, textOf } from './support.js';

/** A device that has sent something this long ago knows what became of it: N_retry times T_retry, and a sleep. */
const PATIENCE_MS = 20 * 60_000;

export const settled: WatcherFactory = (scene): Watcher => {
  let isAirUsedUp = false;
  /** Of each device, as the gateway has last told. */
  const states = new Map<string, StateName>();
  return {
    notice: (notice) => {
      isAirUsedUp ||= silencesLink(notice);
      if (notice.notice === 'transition') states.set(notice.client, notice.to);
    },
    settled: () => {
      for (const plan of scene.story.scene.devices.filter(isHonest)) {
        const { id, radio } = plan;
        if ((radio !== undefined && isAirUsedUp) || rebootsByItself(plan)) continue;
        const [own, gateways] = [scene.devices.get(id)?.state, states.get(id)];
        if (own === 'disconnected' || gateways === 'LOST' || gateways === 'DISCONNECTED') {
          scene.report(`${id} is not connected again: it is ${own}, for the gateway ${gateways}`);
        }
      }
    },
    finish: () => {
      for (const { id, radio } of scene.story.scene.devices.filter(isHonest)) {
        if (radio !== undefined && isAirUsedUp) continue;
        const { sent = [] } = scene.devices.get(id)?.ledger ?? {};
        // What it could not bring to an end it says again, as a message of its own.
        const isOver = ({ acknowledgedAt, refusedWith }: SentMessage): boolean =>
          acknowledgedAt !== undefined || refusedWith !== undefined;
        const over = new Set(sent.filter(isOver).map(({ payload }) => textOf(payload)));
        for (const { payload, qos, at } of sent) {
          const text = textOf(payload);
          if (qos === 0 || over.has(text) || at > scene.now() - PATIENCE_MS) continue;
          // What it had in memory is gone with its current.
          if (hasRebooted(scene, id)) continue;
          scene.report(`${id} has never heard what became of "${text}"`);
        }
      }
    },
  };
};
