/** What a clock that somebody has set makes of deadlines. */
import type { Scene } from '../../watcher.js';
import { slowestWriteMs } from './disk.js';

/** After a reboot only the wall clock tells how long the machine was off, and somebody has set it meanwhile or before. */
export const clockIsWrong = (scene: Scene): boolean => wrongClocks(scene).length > 0;

/** Set forward: what was sent before the reboot seems to be older than an hour. */
export const clockIsAhead = (scene: Scene): boolean => wrongClocks(scene).some((byMs) => byMs > 0);

/** By how much clocks were set before a reboot that is over. */
const wrongClocks = (scene: Scene): number[] => {
  const comesUpMs = KILL_WAITS_MS + slowestWriteMs(scene);
  return scene.faults.flatMap(({ fault, from }) => {
    if (fault.kind !== 'wall-clock') return [];
    const isBefore = (one: (typeof scene.faults)[number]): boolean =>
      one.fault.kind === 'kill' && one.fault.reboots && from <= one.to + comesUpMs;
    return scene.faults.some(isBefore) ? [fault.byMs] : [];
  });
};

/** A kill may wait so long for the gateway to say something. Then comes a start, which looks at the clock when it has its disk. */
const KILL_WAITS_MS = 10_000;
