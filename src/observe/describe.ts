/** What a notice says, in words, with a stable code and a weight: the one place where notices become sentences. */
import type { DropReason, Notice } from '../core/types.js';

export interface Description {
  /** Stable: operators write alerts on it. */
  code: string;
  level: 'debug' | 'info' | 'warn' | 'error';
  message: string;
}

const DROP_REASONS: Record<DropReason, string> = {
  malformed: 'it is not a valid MQTT-SN message',
  'too-big-for-link': 'it is larger than links[].max_message',
  'rate-limited': 'its sender sends more than limits.datagrams_per_second_per_device allows',
  'too-many-requests': 'too many requests of the device wait for the broker',
  'wrong-direction': 'only gateways send it',
  'wrong-state': 'it makes no sense in the state of the session',
  'unknown-sender': 'its sender has no connection',
  'unexpected-answer': 'it answers nothing that was asked',
  'zero-message-id': 'QoS 1 and 2 need a message id other than 0',
  'unknown-topic-id': 'its topic id is not known',
  'invalid-topic': 'its topic is not valid',
  'qos-minus-one-not-allowed': 'links[].qos_minus_one does not allow it',
  'broker-unavailable': 'the broker is away or too slow',
  'broker-refused': 'the broker refused it',
  'too-big-for-device': 'it is larger than the device or its link can take (max_message)',
  'topic-ids-exhausted': 'the device has used up its topic ids',
  'topic-refused-by-device': 'the device refused the topic',
  'message-refused-by-device': 'the device refused the message',
  'buffer-full': 'the buffer of the device is full (sleep.messages, sleep.bytes)',
  'replaced-by-newer': 'a newer message on the topic came (sleep.policy)',
  expired: 'it waited longer than sleep.age',
  'device-offline': 'the device is not connected and QoS 0 does not wait',
  'not-subscribed': 'no device has a subscription for it any more',
  'session-ended': 'the session it was for has ended',
  'removed-by-operator': 'the operator has removed it',
  'air-time-used-up': 'the law allows no more air time in this hour',
  'waited-too-long': 'it waited for the air longer than it is of use',
  'link-queue-full': 'too much waits for the air of its link',
  'link-down': 'its link is down',
  'modem-refused': 'the modem refused it',
  'device-unreachable': 'the radio of the device does not answer',
  superseded: 'a later one to the same node took its place',
};

const PAUSES: Record<Extract<Notice, { notice: 'delivery-paused' }>['why'], string> = {
  'no-answer': 'does not answer; its messages wait until it speaks again',
  congestion: 'asked to be left alone for a while; its messages wait',
  'told-to-wait': 'was told to come back later; its messages wait until it speaks again',
};

/** `link-down: its link is down`: the stable code, and what it means. */
export const dropText = (reason: DropReason): string => `${reason}: ${DROP_REASONS[reason]}`;

const WHAT = {
  frame: 'a frame',
  uplink: 'a message to the broker',
  downlink: 'a message to the device',
  transmission: 'a transmission to the device',
  acknowledgement: 'an acknowledgement of the link to the device',
};

const screaming = (text: string): string => text.toUpperCase().replaceAll('-', '_');

export function describe(notice: Notice): Description {
  switch (notice.notice) {
    case 'transition': {
      const quiet = notice.to === 'ASLEEP' || notice.to === 'AWAKE' || notice.to === 'CONNECTING';
      return {
        code: `SESSION_${notice.to}`,
        level: notice.to === 'LOST' ? 'warn' : quiet ? 'debug' : 'info',
        message: `${notice.client} is ${notice.to} (${notice.why})`,
      };
    }
    case 'drop': {
      const { what, reason, client, topic, messageType, detail } = notice;
      const subject = messageType ? `a ${messageType}` : WHAT[what];
      const from = client === undefined ? '' : ` (${client})`;
      const on = topic === undefined ? '' : ` on "${topic}"`;
      return {
        code: `DROP_${screaming(reason)}`,
        level: what === 'frame' ? 'debug' : 'warn',
        message: `dropped ${subject}${on}${from}: ${DROP_REASONS[reason]}${detail ? ` (${detail})` : ''}`,
      };
    }
    case 'refusal':
      return {
        code: `REFUSED_${notice.request}`,
        level: 'warn',
        message: `refused a ${notice.request} of ${notice.client ?? notice.address} with code ${notice.returnCode}: ${notice.why}`,
      };
    case 'roamed':
      return {
        code: 'SESSION_ROAMED',
        level: 'info',
        message: `${notice.client} has moved from ${notice.fromLink} ${notice.fromAddress} to ${notice.link} ${notice.address}`,
      };
    case 'delivery-paused':
      return {
        code: `DELIVERY_PAUSED_${screaming(notice.why)}`,
        level: 'warn',
        message: `${notice.client} ${PAUSES[notice.why]}`,
      };
    case 'forgotten':
      return {
        code: 'SESSION_FORGOTTEN',
        level: 'info',
        message: `the data kept for ${notice.client} are gone: ${notice.why}`,
      };
    case 'approval':
      return notice.isGiven
        ? {
            code: 'DEVICE_APPROVED',
            level: 'info',
            message: `${notice.client} may connect: the operator has approved it`,
          }
        : {
            code: 'DEVICE_APPROVAL_WITHDRAWN',
            level: 'info',
            message: `${notice.client} may not connect any more: the operator has taken the approval back`,
          };
    case 'will-fired':
      return {
        code: 'WILL_FIRED',
        level: 'info',
        message: `the will of ${notice.client} goes to "${notice.topic}"`,
      };
    case 'broker':
      return {
        code: notice.up ? 'BROKER_UP' : 'BROKER_DOWN',
        level: notice.up ? 'info' : 'warn',
        message: `${notice.up ? 'connected to the broker' : 'the broker is away'}${notice.detail ? `: ${notice.detail}` : ''}`,
      };
    case 'outbox-delivered':
      return {
        code: 'OUTBOX_DELIVERED',
        level: 'info',
        message: `the broker has the ${notice.messages} messages that waited for it`,
      };
    case 'store':
      return notice.up
        ? {
            code: 'STORE_WORKING',
            level: 'info',
            message: 'the store works again, and makes up for what waited in memory',
          }
        : {
            code: 'STORE_FAILING',
            level: 'error',
            message: `the store fails, the gateway runs on in memory: ${notice.detail ?? ''}`,
          };
    case 'record-skipped':
      return {
        code: 'STORE_RECORD_SKIPPED',
        level: 'error',
        message: `a record of the store made no sense and was left out: ${notice.key}`,
      };
    case 'link-congestion':
      return notice.isOver
        ? {
            code: 'LINK_CONGESTION_OVER',
            level: 'info',
            message: `the air of link ${notice.link} has room again`,
          }
        : {
            code: 'LINK_CONGESTED',
            level: 'warn',
            message: `the air of link ${notice.link} has room for answers only: new connections and subscriptions are answered with "congestion"`,
          };
    case 'gateway-heard':
      return {
        code: 'GATEWAY_HEARD',
        level: 'debug',
        message: `another gateway, id ${notice.gwId}, is on link ${notice.link} (${notice.address})`,
      };
    case 'reloaded':
      return {
        code: 'CONFIG_RELOADED',
        level: 'info',
        message: 'the configuration has been reloaded',
      };
    default:
      return notice satisfies never;
  }
}
