/**
 * When faults are over a world comes to rest: everybody is connected and has been answered, and nothing waits anywhere. Then
 * a run need not go on. Seen from outside, and apart from the checkers: the same story ends at the same moment whoever judges it.
 */
import { decode } from '../../firmware-sim/sn/decode.js';
import { rebootsByItself } from './checkers/excuses/index.js';
import { UNDER_WAY, type DevicePlan, isHonest, unsettled } from './checkers/support.js';
import { ToldStates } from './checkers/told-states.js';
import type { Scene, Watcher } from './watcher.js';

/** Devices that were given up on, or told to wait, come back within this time (congestion: 5 min, 12 connect attempts). */
export const SETTLE_MS = 15 * 60_000;

/** A sleeper needs so many wake-ups: to find out, to connect, to report. */
export const WAKE_UPS = 3;

export const GATEWAY = 'the gateway';

export interface Rest extends Watcher {
  /** Client ids of the devices that rest is waited for. */
  readonly names: ReadonlySet<string>;
  /** What is not at rest: devices by their names, and the gateway. */
  restless(): string[];
}

export function restOf(scene: Scene): Rest {
  const plans = scene.story.scene.devices.filter(isHonest);
  /** Who has heard something since the faults are over that was meant for it. */
  const answered = new Set<string>();
  const told = new ToldStates();
  const names = new Set(plans.map(({ id }) => id));
  let isServing = false;
  /** Before that the broker may have something for the gateway that nobody sees. */
  let isBrokerThere = false;
  /** Who is not at rest with a record. What waits for somebody who means no good need not be fetched. */
  const awaitedBy = (key: string): string[] => {
    const [kind = '', client = ''] = key.split('\0', 2);
    if (kind !== 'd' && !UNDER_WAY.has(kind)) return [];
    // A transparent device has a connection of its name.
    if (names.has(client)) return [client];
    return kind === 'd' ? [] : [GATEWAY];
  };
  const isInOrder = (plan: DevicePlan): boolean => {
    const { id } = plan;
    if (unsettled(scene, id).length > 0) return false;
    const isConnected =
      scene.devices.get(id)?.state !== 'disconnected' && told.goneSince(id) === undefined;
    return rebootsByItself(plan) || (isConnected && answered.has(id));
  };
  return {
    names,
    life: (is) => {
      isServing = is === 'serves';
      if (is === 'begins') isBrokerThere = false;
      told.life(is);
    },
    notice: (notice) => {
      told.notice(notice, scene.now());
      if (notice.notice === 'broker') isBrokerThere = notice.up;
    },
    heard: (device, data) => {
      if (decode(data)?.type !== 'ADVERTISE') answered.add(device);
    },
    calm: () => answered.clear(),
    restless: () => [
      ...new Set([
        ...(isServing && isBrokerThere ? [] : [GATEWAY]),
        ...plans.filter((plan) => !isInOrder(plan)).map(({ id }) => id),
        ...scene.records().flatMap(awaitedBy),
      ]),
    ],
  };
}
