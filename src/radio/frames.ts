/** What the transmit scheduler takes, and what it tells. Plain data, milliseconds, the caller's clock. */
import type { WindowRecord } from './window.js';

/**
 * 1: answers that stop a retransmission (CONNACK, REGACK, PUBACK, PUBREC, PUBCOMP, SUBACK and the like).
 * 2: PINGRESP, and what a device that has just woken up waits for.
 * 3: messages at QoS 1 and 2. 4: messages at QoS 0. 5: ADVERTISE and GWINFO.
 */
export type Priority = 1 | 2 | 3 | 4 | 5;

export interface RadioFrame {
  /** Chosen by the caller; no two that wait have the same. */
  id: number;
  /** null: everybody. */
  address: string | null;
  priority: Priority;
  /** What the radio sends for it: `airBytes` of the modem's driver. */
  bytes: number;
  /** Once it could not have been sent by then it is dropped, and costs no air time. */
  expiresAt: number;
  /** For what no device has asked for: a random number from 0 to 1, by which it waits a little. */
  backoff?: number;
  answer?: ExpectedAnswer;
  /** Its recipient hears nothing before: it goes ahead of what waits with the same priority. */
  isFirst?: true;
}

/** The frame is answered at once, by a node that then has to be heard. */
export interface ExpectedAnswer {
  /** After the frame the modem stays silent for so long, or until its recipient has been heard. */
  withinMs: number;
}

/**
 * `congested`: no room, or the wait would be too long: the sender may try again later.
 * `expired-before-sent`: it could not be sent in time.
 * `too-big`: longer than its share of any hour, it could never be sent.
 */
export type Refusal = 'congested' | 'expired-before-sent' | 'too-big';

/** `waitMs`: how long it is expected to wait; Infinity: for ever. */
export type Offer =
  | { accepted: true; waitMs: number }
  | { accepted: false; reason: Refusal; waitMs: number };

/** `displaced`: something more important needed its room. `busy`: the modem was, again and again. */
export type DropReason = 'expired' | 'displaced' | 'busy';

export interface DroppedFrame {
  frame: RadioFrame;
  reason: DropReason;
  waitedMs: number;
}

export interface Transmission {
  frame: RadioFrame;
  airMs: number;
  /** Have to be on disk before the frame goes to the modem, unless the disk fails. */
  records: readonly WindowRecord[];
}

/** What is to be done now. */
export interface Turn {
  /** For the modem; what becomes of it is told with `sent`. */
  send?: Transmission;
  dropped: readonly DroppedFrame[];
}

/**
 * What a modem makes of a frame. `sent`: it has been on the air, whoever has heard it. `busy`: not
 * sent, trying again makes sense. `refused`: not sent, it does not. `unknown`: the modem has not
 * said, or was reset meanwhile; it counts as sent.
 */
export type Outcome = 'sent' | 'busy' | 'refused' | 'unknown';

/** For metrics and the page. Counters run since the start, times are of this moment. */
export interface AirUsage {
  /** Air time that counts in the hour of this moment. */
  usedMs: number;
  /** Of that what nobody knows, and an earlier run may have sent. */
  assumedMs: number;
  /** Of any hour; null: no limit. */
  limitMs: number | null;
  /** The journal fails, and only a part of the limit may be used. */
  isReduced: boolean;
  queuedFrames: number;
  queuedBytes: number;
  queuedAirMs: number;
  /** The longest that a frame has waited for its turn, of the latest hour or two. */
  worstWaitMs: number;
  sentFrames: number;
  sentAirMs: number;
  /** Frames that had to wait for the allowance. */
  deferred: number;
  /** Frames that were wanted again while they waited, and went out once. */
  renewed: number;
  refused: Readonly<Record<Refusal, number>>;
  dropped: Readonly<Record<DropReason, number>>;
}
