/** What becomes of frames and octets: in the words of drivers and of the scheduler, and of who hears of it. */
import type { DropReason, Outcome } from '../radio/frames.js';
import type { ChannelDrop } from './channel-events.js';
import type { DiscardReason, SendOutcome } from './modem.js';

export const OUTCOMES: Readonly<Record<SendOutcome, Outcome>> = {
  delivered: 'sent',
  transmitted: 'sent',
  assumed: 'sent',
  // It was on the air, in vain.
  unreachable: 'sent',
  busy: 'busy',
  refused: 'refused',
  timeout: 'unknown',
  interrupted: 'unknown',
};

export const DROP_REASONS: Readonly<Record<DropReason, ChannelDrop>> = {
  expired: 'waited-too-long',
  displaced: 'link-queue-full',
  busy: 'modem-refused',
};

export const nothingDiscarded = (): Record<DiscardReason, number> => ({
  noise: 0,
  checksum: 0,
  'too-long': 0,
  truncated: 0,
  'bad-escape': 0,
  'bad-length': 0,
  malformed: 0,
  'not-for-us': 0,
});
