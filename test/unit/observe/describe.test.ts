import { describe, expect, it } from 'vitest';
import type { DropReason, FrameDrop, Notice } from '../../../src/core/types.js';
import { describe as describeNotice } from '../../../src/observe/describe.js';

const PEER = { link: 'lan', address: '192.0.2.1:1' };
const transition = {
  notice: 'transition',
  client: 'a',
  from: 'ACTIVE',
  why: 'DISCONNECT',
} as const;

/** One of each kind: the compiler asks for the new ones. */
const EXAMPLES: { [K in Notice['notice']]: Extract<Notice, { notice: K }> } = {
  transition: { ...transition, to: 'DISCONNECTED', ...PEER },
  drop: { notice: 'drop', what: 'downlink', reason: 'expired', client: 'a', topic: 'a/b' },
  refusal: {
    notice: 'refusal',
    request: 'SUBSCRIBE',
    returnCode: 1,
    why: 'the broker is away',
    ...PEER,
  },
  roamed: {
    notice: 'roamed',
    client: 'a',
    ...PEER,
    fromLink: 'field',
    fromAddress: '192.0.2.2:2',
  },
  'delivery-paused': { notice: 'delivery-paused', client: 'a', why: 'no-answer' },
  forgotten: { notice: 'forgotten', client: 'a', why: 'it made room for others' },
  approval: { notice: 'approval', client: 'a', isGiven: true },
  'will-fired': { notice: 'will-fired', client: 'a', topic: 'a/will' },
  'outbox-delivered': { notice: 'outbox-delivered', messages: 3 },
  store: { notice: 'store', up: false, detail: 'no space left in /data' },
  'record-skipped': { notice: 'record-skipped', key: 's a' },
  broker: { notice: 'broker', up: false, detail: 'connection refused' },
  'link-congestion': { notice: 'link-congestion', link: 'field', isOver: false },
  'gateway-heard': { notice: 'gateway-heard', gwId: 9, ...PEER },
  reloaded: { notice: 'reloaded' },
};

const SENTENCES: Record<Notice['notice'], string> = {
  transition: 'info SESSION_DISCONNECTED: a is DISCONNECTED (DISCONNECT)',
  drop: 'warn DROP_EXPIRED: dropped a message to the device on "a/b" (a): it waited longer than sleep.age',
  refusal:
    'warn REFUSED_SUBSCRIBE: refused a SUBSCRIBE of 192.0.2.1:1 with code 1: the broker is away',
  roamed: 'info SESSION_ROAMED: a has moved from field 192.0.2.2:2 to lan 192.0.2.1:1',
  'delivery-paused':
    'warn DELIVERY_PAUSED_NO_ANSWER: a does not answer; its messages wait until it speaks again',
  forgotten: 'info SESSION_FORGOTTEN: the data kept for a are gone: it made room for others',
  approval: 'info DEVICE_APPROVED: a may connect: the operator has approved it',
  'will-fired': 'info WILL_FIRED: the will of a goes to "a/will"',
  'outbox-delivered': 'info OUTBOX_DELIVERED: the broker has the 3 messages that waited for it',
  store:
    'error STORE_FAILING: the store fails, the gateway runs on in memory: no space left in /data',
  'record-skipped':
    'error STORE_RECORD_SKIPPED: a record of the store made no sense and was left out: s a',
  broker: 'warn BROKER_DOWN: the broker is away: connection refused',
  'link-congestion':
    'warn LINK_CONGESTED: the air of link field has room for answers only: new connections and subscriptions are answered with "congestion"',
  'gateway-heard': 'debug GATEWAY_HEARD: another gateway, id 9, is on link lan (192.0.2.1:1)',
  reloaded: 'info CONFIG_RELOADED: the configuration has been reloaded',
};

const REASONS: Record<DropReason, true> = {
  'air-time-used-up': true,
  'waited-too-long': true,
  'link-queue-full': true,
  'link-down': true,
  'modem-refused': true,
  'device-unreachable': true,
  superseded: true,
  malformed: true,
  'too-big-for-link': true,
  'rate-limited': true,
  'too-many-requests': true,
  'wrong-direction': true,
  'wrong-state': true,
  'unknown-sender': true,
  'unexpected-answer': true,
  'zero-message-id': true,
  'unknown-topic-id': true,
  'invalid-topic': true,
  'qos-minus-one-not-allowed': true,
  'broker-unavailable': true,
  'broker-refused': true,
  'too-big-for-device': true,
  'topic-ids-exhausted': true,
  'topic-refused-by-device': true,
  'message-refused-by-device': true,
  'buffer-full': true,
  'replaced-by-newer': true,
  expired: true,
  'device-offline': true,
  'not-subscribed': true,
  'session-ended': true,
  'removed-by-operator': true,
};

function sentence(notice: Notice): string {
  const { level, code, message } = describeNotice(notice);
  return `${level} ${code}: ${message}`;
}

describe('a notice in words', () => {
  it.each(Object.values(EXAMPLES))('$notice has a code, a weight and a sentence', (notice) => {
    expect(sentence(notice)).toBe(SENTENCES[notice.notice]);
  });

  it('every reason of a drop has a sentence and a code of its own', () => {
    const all = Object.keys(REASONS).map((reason) =>
      describeNotice({
        notice: 'drop',
        what: 'frame',
        reason: reason as FrameDrop,
        link: 'lan',
      }),
    );
    expect(new Set(all.map(({ code }) => code)).size).toBe(all.length);
    expect(new Set(all.map(({ message }) => message)).size).toBe(all.length);
    for (const { code, message } of all) {
      expect(code).toMatch(/^DROP_[A-Z_]+$/);
      expect(message).not.toContain('undefined');
    }
  });

  it('a frame that is dropped names its type, its sender and what is wrong with it', () => {
    const notice: Notice = {
      notice: 'drop',
      what: 'frame',
      reason: 'malformed',
      link: 'lan',
      messageType: 'CONNECT',
      client: 'a',
      detail: 'truncated',
    };
    expect(sentence(notice)).toBe(
      'debug DROP_MALFORMED: dropped a CONNECT (a): it is not a valid MQTT-SN message (truncated)',
    );
  });

  it('a lost device is told with what it had announced, unless that was any silence', () => {
    const lost = { ...transition, to: 'LOST', why: 'sleep time over', ...PEER } as const;
    const told = (announcedSec: number) => describeNotice({ ...lost, announcedSec }).message;
    expect(told(600)).toBe('a is LOST (sleep time over, it had announced 600 s)');
    expect(told(0)).toBe('a is LOST (sleep time over)');
  });

  it('a lost device is a warning; wake-ups are for those who debug', () => {
    const level = (to: 'LOST' | 'ASLEEP' | 'AWAKE' | 'CONNECTING' | 'ACTIVE'): string =>
      describeNotice({ ...transition, to, ...PEER }).level;
    expect(level('LOST')).toBe('warn');
    expect(level('ACTIVE')).toBe('info');
    for (const state of ['ASLEEP', 'AWAKE', 'CONNECTING'] as const)
      expect(level(state)).toBe('debug');
  });

  it('a device that asks for a pause is told from one that does not answer', () => {
    const notice: Notice = { notice: 'delivery-paused', client: 'a', why: 'congestion' };
    expect(sentence(notice)).toBe(
      'warn DELIVERY_PAUSED_CONGESTION: a asked to be left alone for a while; its messages wait',
    );
  });
});
