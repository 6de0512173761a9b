/** What a notice says, in words, with a stable code and a weight: the one place where notices become sentences. */
import type { DropReason, Notice } from '../core/types.js';
import { DROPS } from './codes/drops.js';
import type { Code } from './codes/index.js';
import { screaming } from './codes/row.js';

export interface Description {
  code: Code;
  level: 'debug' | 'info' | 'warn' | 'error';
  message: string;
}

const PAUSES: Record<Extract<Notice, { notice: 'delivery-paused' }>['why'], string> = {
  'no-answer': 'does not answer; its messages wait until it speaks again',
  congestion: 'asked to be left alone for a while; its messages wait',
  'told-to-wait': 'was told to come back later; its messages wait until it speaks again',
};

/** `link-down: its link is down`: the stable code, and what it means. */
export const dropText = (reason: DropReason): string => `${reason}: ${DROPS[reason].because}`;

const WHAT = {
  frame: 'a frame',
  uplink: 'a message to the broker',
  downlink: 'a message to the device',
  transmission: 'a transmission to the device',
  acknowledgement: 'an acknowledgement of the link to the device',
};

export function describe(notice: Notice): Description {
  switch (notice.notice) {
    case 'transition': {
      const quiet = notice.to === 'ASLEEP' || notice.to === 'AWAKE' || notice.to === 'CONNECTING';
      return {
        code: `SESSION_${notice.to}`,
        level: notice.to === 'LOST' ? 'warn' : quiet ? 'debug' : 'info',
        message: `${notice.client} is ${notice.to} (${notice.why}${announcedText(notice)})`,
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
        message: `dropped ${subject}${on}${from}: ${DROPS[reason].because}${detail ? ` (${detail})` : ''}`,
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

const announcedText = ({ announcedSec }: Extract<Notice, { notice: 'transition' }>): string =>
  announcedSec ? `, it had announced ${announcedSec} s` : '';
