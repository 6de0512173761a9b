/**
 * No will fires twice, and none is missing: one for each time that the gateway gave a device up, whether the gateway
 * publishes it or the broker.
 */
import type { Watcher, WatcherFactory } from '../watcher.js';
import {
  brokerFiresWills,
  brokerForgot,
  diskMayForget,
  honestOf,
  willComesLate,
  willMayBeDenied,
  willMayBeLost,
  willMayRepeat,
} from './excuses.js';

/** From the end of a deadline to the will at the broker: the disk, and the way. */
const ON_ITS_WAY_MS = 45_000;

export const wills: WatcherFactory = (scene): Watcher => {
  const published = new Map<string, number>();
  const losses = new Map<string, number>();
  /** Of these, those after which the broker may publish the will that it holds, too. */
  const late = new Map<string, number>();
  /** Those before the last moments, in which a will may still be on its way. */
  const earlier = new Map<string, number>();
  const found: { at: number; device: string }[] = [];
  const count = (map: Map<string, number>, device: string | undefined): void => {
    if (device !== undefined) map.set(device, (map.get(device) ?? 0) + 1);
  };
  return {
    arrived: (_client, { topic }) => count(published, whoseWill(topic)),
    willFired: (_client, { topic }) => count(published, whoseWill(topic)),
    notice: (notice) => {
      if (notice.notice !== 'transition' || notice.to !== 'LOST') return;
      // A lost device that tries to connect in vain is lost as before.
      if (notice.from === 'CONNECTING') return;
      count(losses, notice.client);
      if (willComesLate(scene, notice.client)) count(late, notice.client);
      found.push({ at: scene.now(), device: notice.client });
    },
    finish: () => {
      if (diskMayForget(scene) || brokerForgot(scene)) return;
      for (const { at, device } of found) {
        if (at < scene.now() - ON_ITS_WAY_MS && !willMayBeDenied(scene, at)) count(earlier, device);
      }
      for (const plan of honestOf(scene)) {
        const will = plan['will'] as { qos?: number } | undefined;
        if (will === undefined) continue;
        const { qos = 0 } = will;
        const [lost, fired] = [losses.get(plan.id) ?? 0, published.get(plan.id) ?? 0];
        const story = `${plan.id} was lost ${lost} times, and its will came ${fired} times`;
        if (fired < (earlier.get(plan.id) ?? 0) && !willMayBeLost(scene, plan.id, qos))
          scene.report(story);
        if (
          fired > lost + (late.get(plan.id) ?? 0) &&
          !brokerFiresWills(scene, plan.id) &&
          !willMayRepeat(scene, qos)
        ) {
          scene.report(story);
        }
      }
    },
  };
};

const whoseWill = (topic: string): string | undefined => /^wills\/(.+)$/.exec(topic)?.[1];
