/** The time of a message, from its first transmission to the answer. */
import type { SentMessage } from '../../../../firmware-sim/devices/ledger.js';

/** What is acknowledged from the outbox is under way until the broker has it. */
export const untilItArrives = (
  { at, acknowledgedAt }: SentMessage,
  arrivedAt: number | undefined,
): Exchange =>
  acknowledgedAt === undefined
    ? { at }
    : { at, acknowledgedAt: Math.max(acknowledgedAt, arrivedAt ?? 0) };

/** The time of a message, from its first transmission to the answer. */
export type Exchange = Pick<SentMessage, 'at' | 'acknowledgedAt'>;

export const overlaps = (
  { at, acknowledgedAt = Number.POSITIVE_INFINITY }: Exchange,
  { from, to }: { from: number; to: number },
): boolean => at <= to && acknowledgedAt >= from;
