/** A device in a few words, and whether somebody should look at it. */
import type { DeviceRow } from '../../http/api/schema/devices.js';
import { spanText } from '../text/spans.js';
import { latenessMs } from './lateness.js';

/** A warning that is older is history. */
const WARNING_COUNTS_MS = 60 * 60_000;

export interface Remark {
  tone: 'bad' | 'warn' | 'none';
  text: string;
}

/** What is to be said of it first. */
export function remarkOf(row: DeviceRow, now: number): Remark {
  if (row.state === 'REFUSED') return refused(row);
  if (row.state === 'LOST') return { tone: 'bad', text: row.why ?? 'in an earlier run' };
  const lateMs = latenessMs(row, now);
  if (lateMs !== undefined) return { tone: 'warn', text: `late by ${spanText(lateMs)}` };
  if (row.paused === 'no-answer') return { tone: 'warn', text: 'does not answer' };
  if (row.paused === 'congestion') return { tone: 'warn', text: 'asked to be left alone' };
  if (row.warning !== null && now - row.warning.atMs < WARNING_COUNTS_MS) {
    return { tone: 'warn', text: row.warning.message };
  }
  const isWorthSaying = row.state === 'DISCONNECTED' && row.why !== null;
  return { tone: 'none', text: isWorthSaying ? (row.why ?? '') : '' };
}

function refused({ isApprovable, why }: DeviceRow): Remark {
  if (why === 'approved') return { tone: 'none', text: 'approved since; has to connect again' };
  return { tone: 'bad', text: isApprovable ? 'approve it, or add a rule' : (why ?? '') };
}

const RANKS = { bad: 0, warn: 1, none: 2 } as const;

/** For sorting: who needs somebody comes first. */
export const attentionRank = (row: DeviceRow, now: number): number =>
  RANKS[remarkOf(row, now).tone];
