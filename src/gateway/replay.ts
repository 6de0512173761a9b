import { readFileSync } from 'node:fs';
import { type ReplayResult, type ReplayStep, replay } from '../core/trace.js';

/** Replays a trace that `Recorder` wrote. Throws what reading the file throws. */
export function replayFile(path: string, onStep: (step: ReplayStep) => void): ReplayResult {
  return replay(readFileSync(path, 'utf8').split('\n'), onStep);
}
