/** How urgent a message to a device is on a link that cannot send everything at once. */
import type { Message } from '../codec/index.js';
import type { Urgency } from './types.js';

/** Everything not named here ends a retransmission of the device. */
const ANSWER: Urgency = 1;

const URGENCIES: { readonly [T in Message['type']]?: Urgency } = {
  PINGRESP: 2,
  REGISTER: 3,
  PUBREL: 3,
  ADVERTISE: 5,
  GWINFO: 5,
};

/** Sleepers stay awake for what they get, so nothing for them waits behind the rest. */
const AWAKE: Urgency = 2;

export function urgencyOf(message: Message, isAwake: boolean): Urgency {
  const urgency = message.type === 'PUBLISH' ? urgencyAt(message.qos) : URGENCIES[message.type];
  return isAwake && urgency !== undefined && urgency > AWAKE ? AWAKE : (urgency ?? ANSWER);
}

const urgencyAt = (qos: number): Urgency => (qos > 0 ? 3 : 4);
