/** Codes of what happens to devices, beside what is dropped. */
import type { Notice, RefusableRequest, StateName } from '../../core/types.js';
import type { Row, Screaming } from './row.js';

type PauseReason = Extract<Notice, { notice: 'delivery-paused' }>['why'];

type DeviceCode =
  | `SESSION_${StateName | 'ROAMED' | 'FORGOTTEN'}`
  | `REFUSED_${RefusableRequest}`
  | `DELIVERY_PAUSED_${Screaming<PauseReason>}`
  | 'WILL_FIRED'
  | 'DEVICES_NOT_TOLD'
  | 'DEVICE_APPROVED'
  | 'DEVICE_APPROVAL_WITHDRAWN';

const WILL_UPDATE: Row = {
  cause: 'A device cannot change its will: `will_update: reject`, an invalid topic, or the broker.',
  remedy: 'The line says which of them.',
};

export const DEVICES = {
  SESSION_CONNECTING: { cause: 'A device has sent CONNECT.', remedy: 'Nothing.' },
  SESSION_ACTIVE: { cause: 'A device is connected.', remedy: 'Nothing.' },
  SESSION_ASLEEP: {
    cause: 'A device sleeps; its messages wait for it.',
    remedy: 'Nothing.',
  },
  SESSION_AWAKE: {
    cause: 'A sleeping device has woken up and gets its messages.',
    remedy: 'Nothing.',
  },
  SESSION_DISCONNECTED: {
    cause: 'A device said good-bye, its CONNECT failed, or the broker ended its session.',
    remedy: 'The line says why; nothing, if the device wanted it.',
  },
  SESSION_LOST: {
    cause:
      'A device was silent longer than its keep alive or its sleep time tolerates, or another client id speaks from its address. Its will is published.',
    remedy:
      'Look at its battery and its signal; with a slow radio take a longer keep alive. Two devices must not share an address (`addressing` of the link).',
  },
  SESSION_ROAMED: {
    cause: 'A device speaks from another address or link.',
    remedy:
      'Nothing, if it moves or its network gives it new addresses. Else two devices have one client id.',
  },
  SESSION_FORGOTTEN: {
    cause:
      'The data kept for a device without a connection are gone: a day has passed, others needed the room (`limits.devices`), or no rule allows it any more.',
    remedy: 'Nothing; it begins anew when it connects.',
  },
  REFUSED_CONNECT: {
    cause:
      'A device may not connect: no rule allows it, the broker refuses it or is away, or there is no room in the air or in `limits.devices`.',
    remedy:
      'The line says which. Code 1 (congestion): the device tries again by itself; code 3: add a rule in `devices`, or its login at the broker.',
  },
  REFUSED_REGISTER: {
    cause: 'A device wants an id for what is no topic name, or has used up its ids.',
    remedy:
      'Mend its firmware: wildcards cannot be registered, and ids are for names that are few.',
  },
  REFUSED_PUBLISH: {
    cause:
      'A message was not taken: its topic id is unknown, `allow.publish` forbids it, or the broker is away or refuses it.',
    remedy:
      'The line says which. Code 2 (invalid topic id): the device has to register again; compare predefined topics with `topics export`.',
  },
  REFUSED_SUBSCRIBE: {
    cause:
      'A subscription was not taken: an invalid filter, `allow.subscribe` forbids it, or the broker is away or refuses it.',
    remedy:
      'The line says which. Look at `allow` of the device rule and at the rights at the broker.',
  },
  REFUSED_WILLTOPICUPD: WILL_UPDATE,
  REFUSED_WILLMSGUPD: WILL_UPDATE,
  DELIVERY_PAUSED_NO_ANSWER: {
    cause:
      'A device does not acknowledge a message, after all repeats. Its messages wait until it speaks.',
    remedy:
      'Nothing, if it comes back. Else look at its signal, and at `retry.interval` beside how slow the link is.',
  },
  DELIVERY_PAUSED_CONGESTION: {
    cause: 'A device answered with "congestion" and is left alone for a while; its messages wait.',
    remedy: 'Send it less, or more slowly (`sleep.gap`).',
  },
  DELIVERY_PAUSED_TOLD_TO_WAIT: {
    cause: 'A device was told to come back later; its messages wait until it does.',
    remedy: 'Look why it was refused: `REFUSED_CONNECT`.',
  },
  WILL_FIRED: {
    cause: 'A device was lost, and its will is published.',
    remedy: 'See `SESSION_LOST`.',
  },
  DEVICE_APPROVED: {
    cause: 'The operator has let in a device that no rule matches.',
    remedy: 'Nothing.',
  },
  DEVICE_APPROVAL_WITHDRAWN: {
    cause: 'The operator has forgotten a device, and with it that it was let in.',
    remedy: 'Nothing.',
  },
  DEVICES_NOT_TOLD: {
    cause:
      'With `gateway.shutdown: disconnect` some devices got no DISCONNECT at the end: there was no air for it, or no time.',
    remedy: 'Nothing; they notice when nobody answers.',
  },
} satisfies Readonly<Record<DeviceCode, Row>>;
