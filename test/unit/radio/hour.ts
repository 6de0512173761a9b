/** The law, as a judge reads it: what was on the air, in true time, and the worst hour of it. */

export interface OnAir {
  fromMs: number;
  toMs: number;
}

const HOUR_MS = 3_600_000;

/**
 * Air time within the worst hour, wherever it begins; what is partly within counts with that part.
 * Between two moments at which a frame begins or ends at an edge of the hour the air time changes
 * evenly, so one of those hours is the worst.
 */
export function worstHourMs(frames: readonly OnAir[]): number {
  let worst = 0;
  for (const { fromMs, toMs } of frames) {
    for (const begin of [fromMs, toMs, fromMs - HOUR_MS, toMs - HOUR_MS]) {
      worst = Math.max(worst, within(frames, begin, begin + HOUR_MS));
    }
  }
  return worst;
}

function within(frames: readonly OnAir[], begin: number, end: number): number {
  return frames.reduce(
    (sum, { fromMs, toMs }) => sum + Math.max(Math.min(toMs, end) - Math.max(fromMs, begin), 0),
    0,
  );
}
