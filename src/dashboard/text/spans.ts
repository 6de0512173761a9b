/** Durations, sizes and rates in words. */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Two units at most: `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`. */
export function spanText(ms: number): string {
  const span = Math.max(0, ms);
  if (span < MINUTE_MS) return `${Math.floor(span / SECOND_MS)} s`;
  if (span < HOUR_MS) return pair(span, MINUTE_MS, 'min', 0, '');
  if (span < DAY_MS) return pair(span, HOUR_MS, 'h', MINUTE_MS, 'min');
  return pair(span, DAY_MS, 'd', HOUR_MS, 'h');
}

function pair(span: number, large: number, name: string, small: number, smallName: string): string {
  const whole = Math.floor(span / large);
  const rest = small === 0 ? 0 : Math.floor((span - whole * large) / small);
  return rest === 0 ? `${whole} ${name}` : `${whole} ${name} ${rest} ${smallName}`;
}

/** `now`, `12 s ago`. */
export function agoText(atMs: number, nowMs: number): string {
  return nowMs - atMs < 2 * SECOND_MS ? 'now' : `${spanText(nowMs - atMs)} ago`;
}

const KIB = 1024;

/** `17 B`, `1.5 KiB`, `2.0 MiB`. */
export function bytesText(bytes: number): string {
  if (bytes < KIB) return `${bytes} B`;
  if (bytes < KIB * KIB) return `${(bytes / KIB).toFixed(1)} KiB`;
  return `${(bytes / KIB / KIB).toFixed(1)} MiB`;
}

/** With as many digits as say something. */
export function rateText(perSec: number): string {
  return `${perSec >= 10 || perSec === 0 ? Math.round(perSec) : perSec.toFixed(1)}/s`;
}

/** `1 message`, `2 messages`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
