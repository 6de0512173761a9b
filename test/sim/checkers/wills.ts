/**
 * No will fires twice, and none is missing: one for each time that the gateway gave a device up, whether the gateway
 * publishes it or the broker.
 */
import type { Watcher, WatcherFactory } from '../watcher.js';
import {
  brokerFiresWills,
  brokerForgot,
  diskMayForget,
  willMayBeLost,
  willMayRepeat,
} from './excuses.js';
import { isHonest } from './support.js';

export const wills: WatcherFactory = (scene): Watcher => {
  const published = new Map<string, number>();
  const losses = new Map<string, number>();
  const count = (map: Map<string, number>, device: string | undefined): void => {
    if (device !== undefined) map.set(device, (map.get(device) ?? 0) + 1);
  };
  return {
    arrived: (_client, { topic }) => count(published, whoseWill(topic)),
    willFired: (_client, { topic }) => count(published, whoseWill(topic)),
    notice: (notice) => {
      if (notice.notice !== 'transition' || notice.to !== 'LOST') return;
      // A lost device that tries to connect in vain is lost as before.
      if (notice.from !== 'CONNECTING') count(losses, notice.client);
    },
    finish: () => {
      if (diskMayForget(scene) || brokerForgot(scene)) return;
      for (const plan of scene.story.scene.devices.filter(isHonest)) {
        const will = plan['will'] as { qos: number } | undefined;
        if (will === undefined) continue;
        const [lost, fired] = [losses.get(plan.id) ?? 0, published.get(plan.id) ?? 0];
        const story = `${plan.id} was lost ${lost} times, and its will came ${fired} times`;
        if (fired < lost && !willMayBeLost(scene, will.qos)) scene.report(story);
        if (fired > lost && !brokerFiresWills(scene) && !willMayRepeat(scene, will.qos)) {
          scene.report(story);
        }
      }
    },
  };
};

const whoseWill = (topic: string): string | undefined => /^wills\/(.+)$/.exec(topic)?.[1];
