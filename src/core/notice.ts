/** What the core tells an operator, beside what it does. */
import type { MessageType } from '../codec/index.js';
import type { Signal } from './types.js';

export type StateName = 'DISCONNECTED' | 'CONNECTING' | 'ACTIVE' | 'ASLEEP' | 'AWAKE' | 'LOST';

/** Why a paced link did not send a frame. */
export type TransmissionDrop =
  | 'air-time-used-up'
  | 'waited-too-long'
  | 'link-queue-full'
  | 'link-down'
  | 'modem-refused'
  | 'too-big-for-device'
  | 'device-unreachable'
  | 'superseded';

/** Why a frame of the radio side was dropped. */
export type FrameDrop =
  | 'malformed'
  | 'too-big-for-link'
  | 'rate-limited'
  | 'too-many-requests'
  | 'wrong-direction'
  | 'wrong-state'
  | 'unknown-sender'
  | 'unexpected-answer'
  | 'zero-message-id'
  | 'unknown-topic-id'
  | 'invalid-topic'
  | 'qos-minus-one-not-allowed'
  | 'broker-unavailable';

/** Why a message was dropped, on its way up or down. */
export type MessageDrop =
  | 'broker-unavailable'
  | 'broker-refused'
  | 'too-big-for-device'
  | 'topic-ids-exhausted'
  | 'topic-refused-by-device'
  | 'message-refused-by-device'
  | 'buffer-full'
  | 'replaced-by-newer'
  | 'expired'
  | 'device-offline'
  | 'not-subscribed'
  | 'session-ended'
  | 'removed-by-operator';

/** Why something was dropped: stable codes that logs and counters use. */
export type DropReason = FrameDrop | MessageDrop | TransmissionDrop;

/** Requests whose answer has a return code (SN 1.2, 5.4.5, 5.4.11, 5.4.13, 5.4.16, 5.4.24, 5.4.25). */
export type RefusableRequest =
  | 'CONNECT'
  | 'REGISTER'
  | 'PUBLISH'
  | 'SUBSCRIBE'
  | 'WILLTOPICUPD'
  | 'WILLMSGUPD';

/** Something an operator may want to know: logs, counters and pages are made of these alone. */
export type Notice =
  | {
      notice: 'transition';
      client: string;
      from: StateName;
      to: StateName;
      why: string;
      link: string;
      address: string;
      /** How its latest frame was received. */
      signal?: Signal;
      /** Of one that is lost: the longest silence that it had announced, as keep alive or sleep; 0: any. */
      announcedSec?: number;
    }
  | ({
      notice: 'drop';
      client?: string;
      address?: string;
      messageType?: MessageType;
      topic?: string;
      detail?: string;
    } & (
      | { what: 'frame'; reason: FrameDrop; link: string }
      /** A frame to the radio side; an acknowledgement of the link itself. */
      | { what: 'transmission' | 'acknowledgement'; reason: TransmissionDrop; link: string }
      | { what: 'uplink' | 'downlink'; reason: MessageDrop }
    ))
  | {
      notice: 'refusal';
      /** The request that was answered with a code other than 0. */
      request: RefusableRequest;
      returnCode: number;
      why: string;
      client?: string;
      link: string;
      address: string;
    }
  | {
      notice: 'roamed';
      client: string;
      link: string;
      address: string;
      fromLink: string;
      fromAddress: string;
    }
  | {
      notice: 'delivery-paused';
      client: string;
      why: 'no-answer' | 'congestion' | 'told-to-wait';
    }
  /** The data kept for a device without a connection are gone. */
  | { notice: 'forgotten'; client: string; why: string }
  /** The operator has let in a device that no rule matches, or has taken that back. */
  | { notice: 'approval'; client: string; isGiven: boolean }
  | { notice: 'will-fired'; client: string; topic: string }
  /** The broker has what devices sent while it was away. */
  | { notice: 'outbox-delivered'; messages: number }
  /** The journal's disk fails, or works again. */
  | { notice: 'store'; up: boolean; detail?: string }
  /** A record of an earlier run made no sense and was left out. */
  | { notice: 'record-skipped'; key: string }
  | { notice: 'broker'; up: boolean; detail?: string }
  /** The air of a link has room for answers, and no more; or for everything again. */
  | { notice: 'link-congestion'; link: string; isOver: boolean }
  | { notice: 'gateway-heard'; gwId: number; link: string; address: string }
  | { notice: 'reloaded' };
