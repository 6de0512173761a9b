/** Once faults stop, everything settles: honest devices are connected, nothing of theirs waits, and the world comes to rest. */
import { GATEWAY, SETTLE_MS, WAKE_UPS } from '../rest.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { AirLedger } from './air.js';
import {
  hasImpostor,
  isBesieged,
  mayStillWait,
  placeIsTaken,
  rebootsByItself,
  waitsForWill,
} from './excuses/index.js';
import {
  type DevicePlan,
  commandIn,
  isHonest,
  periodMs,
  retriesMs,
  textOf,
  unsettled,
  waitingFor,
} from './support.js';
import { ToldStates } from './told-states.js';

/**
 * A device that has sent something this long ago knows what became of it: as long as the world waits for who was told to come
 * later, a sleep, and all repeats.
 */
const patienceMs = (plan: DevicePlan): number => SETTLE_MS + periodMs(plan) + retriesMs(plan);

export const settled: WatcherFactory = (scene): Watcher => {
  const air = new AirLedger(scene);
  const told = new ToldStates();
  /** Who was told that others, hostile ones among them, have taken all places, and when. */
  const crowdedOut = new Map<string, number>();
  /** When the broker has sent each something last: who asks for its filter at each connection gets what is retained, again and again. */
  const cameAt = new Map<string, number>();
  const hasJustGot = (plan: DevicePlan): boolean =>
    scene.now() < (cameAt.get(plan.id) ?? Number.NEGATIVE_INFINITY) + WAKE_UPS * periodMs(plan);
  return {
    notice: (notice) => {
      air.notice(notice);
      told.notice(notice, scene.now());
      if (notice.notice === 'refusal' && notice.why.startsWith('limits.devices '))
        crowdedOut.set(notice.client ?? '', scene.now());
    },
    wireIn: (_connection, what) => {
      const { device } = commandIn(what) ?? {};
      if (device !== undefined) cameAt.set(device, scene.now());
    },
    life: (is) => {
      air.life(is);
      told.life(is);
    },
    settled: (restless) => {
      const plans = scene.story.scene.devices.filter(isHonest);
      const mayBeLate = (plan: DevicePlan): boolean =>
        air.silences(plan) || mayStillWait(scene, plan) || hasJustGot(plan);
      const late = plans.filter(mayBeLate).map(({ id }) => id);
      const isKeptBack = (plan: DevicePlan): boolean =>
        air.silences(plan) && waitsForWill(scene, plan);
      if (plans.some(isKeptBack)) late.push(GATEWAY);
      for (const who of restless)
        if (!late.includes(who) && !isBesieged(scene))
          scene.report(`the world does not come to rest: ${who}`);
      for (const plan of plans) {
        const { id } = plan;
        const waiting = waitingFor(scene, id).length;
        if (waiting > 0 && !mayBeLate(plan) && !hasImpostor(scene, id))
          scene.report(
            `${waiting} messages wait still for ${id}, which has had time to fetch them`,
          );
        if (air.silences(plan) || rebootsByItself(plan)) continue;
        if ((crowdedOut.get(id) ?? Number.NEGATIVE_INFINITY) > scene.now() - patienceMs(plan))
          continue;
        const own = scene.devices.get(id)?.state;
        // It finds out when it has something to say.
        const hadTimeAt = scene.now() - periodMs(plan) - retriesMs(plan);
        const isGone =
          (told.goneSince(id) ?? Number.POSITIVE_INFINITY) < hadTimeAt &&
          !placeIsTaken(scene, plan, (...place) => told.holdersOf(...place));
        const isAway = own === 'disconnected' && (told.leftSince(id) ?? 0) < hadTimeAt;
        if (isAway || isGone) {
          scene.report(
            `${id} is not connected again: it is ${own}, for the gateway ${told.of(id)}`,
          );
        }
        // An impostor asks from its place under its message ids, and it takes the answers for its own.
        if (hasImpostor(scene, id)) continue;
        for (const { payload, at } of unsettled(scene, id)) {
          if (at > scene.now() - patienceMs(plan)) continue;
          scene.report(`${id} has never heard what became of "${textOf(payload)}"`);
        }
      }
    },
  };
};
