/** What goes into a channel, and what comes out of it: plain data. */
import type { AirUsage, Priority } from '../radio/frames.js';
import type { AirRecords } from './journal-gate.js';
import type { DiscardReason, ModemEffect, ModemInput, Signal } from './modem.js';

export type ChannelInput =
  | { kind: 'opened' }
  | { kind: 'closed' }
  | Extract<ModemInput, { kind: 'received' }>
  | {
      kind: 'send';
      address: string | null;
      data: Uint8Array;
      urgency: Priority;
      /** Its device has to answer: `transmitted` with this number is wanted. */
      ref?: number;
      /** From 0 to 1, random: how long it lets neighbours go before it. */
      chance: number;
    }
  /** The records of that `journal` effect survive a crash. */
  | { kind: 'committed'; number: number }
  /** The disk takes nothing any more, and `committed` says nothing; or it works, and has all `records`. */
  | { kind: 'store'; works: boolean }
  | { kind: 'deadline' };

export type ChannelDrop =
  | 'air-time-used-up'
  | 'waited-too-long'
  | 'link-queue-full'
  | 'link-down'
  | 'modem-refused'
  | 'too-big-for-device'
  | 'device-unreachable'
  | 'superseded';

export type ChannelEffect =
  | Extract<ModemEffect, { kind: 'write' | 'discarded' | 'problem' | 'reopen' }>
  /** `maxMessageBytes`: what may go back to that address, in octets; 0: nothing can. */
  | {
      kind: 'datagram';
      address: string;
      data: Uint8Array;
      reception: { maxMessageBytes: number; signal?: Signal };
    }
  | { kind: 'state'; state: 'starting' | 'ready' | 'down' }
  | { kind: 'transmitted'; ref: number; answerMs: number; failed: boolean }
  /** `data` absent: it was no message, but an acknowledgement of the link. */
  | { kind: 'dropped'; address: string | null; data?: Uint8Array; reason: ChannelDrop }
  | { kind: 'congestion'; isCongested: boolean }
  /** With a number `committed` is expected, and nothing is sent before. */
  | ({ kind: 'journal' } & AirRecords)
  /** So much of the hour may be used for now; less than the law allows while the disk fails. */
  | { kind: 'allowance'; usableMs: number; limitMs: number };

/** For metrics and the page. */
export interface ChannelUsage extends AirUsage {
  /** Octets of the line that made no sense, since the start. */
  discardedBytes: Readonly<Record<DiscardReason, number>>;
}
