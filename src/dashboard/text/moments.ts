/** Moments by the clock on the wall of whoever reads. */

const two = (value: number): string => String(value).padStart(2, '0');

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `14:03:22`. */
export function timeText(atMs: number): string {
  const at = new Date(atMs);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
}

/** `14:03:22`; on another day than `nowMs`: `27 Nov 14:03`. */
export function momentText(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const time = timeText(atMs);
  if (at.toDateString() === new Date(nowMs).toDateString()) return time;
  return `${at.getDate()} ${MONTHS[at.getMonth()] ?? ''} ${time.slice(0, 5)}`;
}
