import { LONG_PERIOD_SEC, LONG_PERIOD_TOLERANCE, SHORT_PERIOD_TOLERANCE } from './limits.js';

/** SN 7.2: a period and its tolerance, in milliseconds. */
export function toleratedMs(periodSec: number): number {
  const factor = periodSec > LONG_PERIOD_SEC ? LONG_PERIOD_TOLERANCE : SHORT_PERIOD_TOLERANCE;
  return Math.round(periodSec * 1000 * factor);
}
