/** When a device has to speak, and how late it is. */
import type { DeviceRow } from '../../http/api/schema/devices.js';

/** A ping that takes its time is not late yet. */
const LATE_AFTER_MS = 5000;

type Due = Pick<DeviceRow, 'state' | 'dueAtMs'>;

/** Milliseconds beyond the moment it should have spoken; undefined: it is in time, or nothing is expected. */
export function latenessMs({ state, dueAtMs }: Due, now: number): number | undefined {
  if (dueAtMs === null || state === 'LOST' || state === 'DISCONNECTED') return undefined;
  return now - dueAtMs > LATE_AFTER_MS ? now - dueAtMs : undefined;
}
