/** Why something was dropped: what logs and captures say, and what to do about it. */
import type { DropReason } from '../../core/types.js';

interface DropRow {
  /** What the log says. */
  because: string;
  remedy: string;
}

const NONE = 'nothing';
const FIRMWARE = 'mend the firmware of the device; `capture` and `decode` show the frame';
const LESS_AIR =
  'send less or shorter: predefined topics, QoS 0, longer sleep, a smaller spreading factor; or take a second modem';

export const DROPS: Readonly<Record<DropReason, DropRow>> = {
  malformed: {
    because: 'it is not a valid MQTT-SN message',
    remedy: `${FIRMWARE}. On a radio it may be noise, or another protocol on the same channel`,
  },
  'too-big-for-link': {
    because: 'it is larger than links[].max_message',
    remedy: 'have the device send shorter messages, or raise `max_message` of the link',
  },
  'rate-limited': {
    because: 'its sender sends more than limits.datagrams_per_second_per_device allows',
    remedy: 'look why it sends so much; if it should, raise the limit',
  },
  'too-many-requests': {
    because: 'too many requests of the device wait for the broker',
    remedy: 'have the device wait for answers; if it does, the broker is slow',
  },
  'wrong-direction': {
    because: 'only gateways send it',
    remedy: 'another gateway on the link, or its own echo: separate them, or turn the echo off',
  },
  'wrong-state': {
    because: 'it makes no sense in the state of the session',
    remedy: FIRMWARE,
  },
  'unknown-sender': {
    because: 'its sender has no connection',
    remedy: 'nothing, if the device then connects: it has been told so with DISCONNECT',
  },
  'unexpected-answer': {
    because: 'it answers nothing that was asked',
    remedy:
      'nothing, if it is rare: a late answer. Else the retry interval is shorter than the link is slow (`retry.interval`)',
  },
  'zero-message-id': {
    because: 'QoS 1 and 2 need a message id other than 0',
    remedy: FIRMWARE,
  },
  'unknown-topic-id': {
    because: 'its topic id is not known',
    remedy:
      'have the device register its topics after each CONNECT with CleanSession; compare `topics.predefined` with its firmware (`topics export`)',
  },
  'invalid-topic': {
    because: 'its topic is not valid',
    remedy: FIRMWARE,
  },
  'qos-minus-one-not-allowed': {
    because: 'links[].qos_minus_one does not allow it',
    remedy: 'add the topic to `qos_minus_one.topics` of the link, if it should be allowed',
  },
  'broker-unavailable': {
    because: 'the broker is away or too slow',
    remedy:
      'look at the broker; `mqtt.offline` says how much is kept meanwhile, QoS 0 only with `qos0: queue`',
  },
  'broker-refused': {
    because: 'the broker refused it',
    remedy: "look at the broker's log and its rights for the gateway or the device",
  },
  'too-big-for-device': {
    because: 'it is larger than the device or its link can take (max_message)',
    remedy:
      'publish shorter messages; `max_message` of `defaults` or a device rule can only follow what device and modem can do',
  },
  'topic-ids-exhausted': {
    because: 'the device has used up its topic ids',
    remedy: 'use fewer topics: a wildcard with ever new names needs an id for each',
  },
  'topic-refused-by-device': {
    because: 'the device refused the topic',
    remedy:
      'it has no room for more topics, or is not made for them: narrow its subscriptions, or use predefined topics',
  },
  'message-refused-by-device': {
    because: 'the device refused the message',
    remedy: FIRMWARE,
  },
  'buffer-full': {
    because: 'the buffer of the device is full (sleep.messages, sleep.bytes)',
    remedy:
      'enlarge the buffer, have the device wake up more often, or take `policy: newest-per-topic`',
  },
  'replaced-by-newer': {
    because: 'a newer message on the topic came (sleep.policy)',
    remedy: NONE,
  },
  expired: {
    because: 'it waited longer than sleep.age',
    remedy:
      'look why the device does not wake up; or raise `sleep.age`, for uplinks `mqtt.offline.age`',
  },
  'device-offline': {
    because: 'the device is not connected and QoS 0 does not wait',
    remedy: 'nothing; who must not miss it publishes and subscribes at QoS 1',
  },
  'not-subscribed': {
    because: 'no device has a subscription for it any more',
    remedy: NONE,
  },
  'session-ended': {
    because: 'the session it was for has ended',
    remedy: 'nothing; devices that should get it later connect with CleanSession=0',
  },
  'removed-by-operator': {
    because: 'the operator has removed it',
    remedy: NONE,
  },
  'air-time-used-up': {
    because: 'the law allows no more air time in this hour',
    remedy: LESS_AIR,
  },
  'waited-too-long': {
    because: 'it waited for the air longer than it is of use',
    remedy: LESS_AIR,
  },
  'link-queue-full': {
    because: 'too much waits for the air of its link',
    remedy: LESS_AIR,
  },
  'link-down': {
    because: 'its link is down',
    remedy: 'look at cable and power of the modem; `doctor` says what is wrong with the port',
  },
  'modem-refused': {
    because: 'the modem refused it',
    remedy: 'look at the settings of the modem; `modem probe` asks it',
  },
  'device-unreachable': {
    because: 'the radio of the device does not answer',
    remedy: 'nothing, if it comes back: sleeping or out of reach. Else move it, or the antenna',
  },
  superseded: {
    because: 'a later one to the same node took its place',
    remedy: NONE,
  },
};
