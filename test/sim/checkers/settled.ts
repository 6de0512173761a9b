/** Once faults stop, everything settles: honest devices are connected, and nothing of theirs waits. */
import type { StateName } from '../../../src/core/types.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { AirLedger } from './air.js';
import { rebootsByItself } from './excuses.js';
import { isHonest, textOf, unsettled } from './support.js';

/** A device that has sent something this long ago knows what became of it: N_retry times T_retry, and a sleep. */
const PATIENCE_MS = 20 * 60_000;

export const settled: WatcherFactory = (scene): Watcher => {
  const air = new AirLedger(scene);
  /** Of each device, as the gateway has last told. */
  const states = new Map<string, StateName>();
  return {
    notice: (notice) => {
      air.notice(notice);
      if (notice.notice === 'transition') states.set(notice.client, notice.to);
    },
    settled: () => {
      for (const plan of scene.story.scene.devices.filter(isHonest)) {
        const { id } = plan;
        if (air.silences(plan) || rebootsByItself(plan)) continue;
        const [own, gateways] = [scene.devices.get(id)?.state, states.get(id)];
        if (own === 'disconnected' || gateways === 'LOST' || gateways === 'DISCONNECTED') {
          scene.report(`${id} is not connected again: it is ${own}, for the gateway ${gateways}`);
        }
        for (const { payload, at } of unsettled(scene, id)) {
          if (at > scene.now() - PATIENCE_MS) continue;
          scene.report(`${id} has never heard what became of "${textOf(payload)}"`);
        }
      }
    },
  };
};
