import type { Random } from '../random.js';
import type { Timeline } from '../timeline.js';
import type { Device } from './firmware.js';

export interface PowerCutOptions {
  /** From one to the next: half of it to one and a half, by chance. */
  everySec: number;
  /** How long the current is off, at most. Default: 5 s. */
  offSec?: number;
}

const OFF_SEC = 5;
const OFF_MS_MIN = 100;

/** Lets a device reboot again and again, whatever it is doing. Returns what ends that. */
export function cutPower(
  device: Device,
  timeline: Timeline,
  random: Random,
  { everySec, offSec = OFF_SEC }: PowerCutOptions,
): () => void {
  let cancel: () => void = () => {};
  const next = (): void => {
    const pauseMs = everySec * 1000 * random.between(0.5, 1.5);
    cancel = timeline.at(timeline.now() + pauseMs, () => {
      device.reboot(random.between(OFF_MS_MIN, offSec * 1000));
      next();
    });
  };
  next();
  return () => cancel();
}
