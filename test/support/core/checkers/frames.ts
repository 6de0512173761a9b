/** Frames: valid, of the kinds a gateway sends, small enough, without reserved codes. */
import type { Message, MessageType } from '../../../../src/codec/index.js';
import type { Effect } from '../../../../src/core/types.js';
import type { Observer } from '../driver.js';
import type { Facts } from '../facts.js';

const FROM_GATEWAY: readonly MessageType[] = [
  'ADVERTISE',
  'GWINFO',
  'CONNACK',
  'WILLTOPICREQ',
  'WILLMSGREQ',
  'REGISTER',
  'REGACK',
  'PUBLISH',
  'PUBACK',
  'PUBCOMP',
  'PUBREC',
  'PUBREL',
  'SUBACK',
  'UNSUBACK',
  'PINGRESP',
  'DISCONNECT',
  'WILLTOPICRESP',
  'WILLMSGRESP',
];

export class FrameChecker implements Observer {
  constructor(private readonly facts: Facts) {}

  onEffect(effect: Effect): void {
    const { sent } = this.facts;
    if (effect.kind !== 'send' || sent === undefined) return;
    const { message } = sent;
    if (message.type === 'MALFORMED' || message.type === 'ENCAPSULATED') {
      throw new Error(
        `sent a frame that does not decode: ${Buffer.from(sent.data).toString('hex')}`,
      );
    }
    const objection = objectionTo(message);
    if (objection !== undefined) throw new Error(`sent ${message.type} ${objection}`);
    if (!this.facts.fits(sent.to, message))
      throw new Error(`sent ${message.type} that is too long`);
  }
}

function objectionTo(message: Message): string | undefined {
  if (!FROM_GATEWAY.includes(message.type)) return 'which gateways do not send';
  if ('returnCode' in message && message.returnCode > 3) return `with code ${message.returnCode}`;
  if (message.type === 'DISCONNECT' && message.duration !== undefined) return 'with a duration';
  if (
    message.type === 'REGISTER' &&
    (message.topicId === 0 || message.topicId === 0xffff || message.topicName === '')
  ) {
    return 'with a reserved id or without a name';
  }
  if (message.type !== 'PUBLISH') return undefined;
  if (message.qos === -1) return 'at QoS -1';
  if ((message.msgId === 0) !== (message.qos === 0))
    return `at QoS ${message.qos} with id ${message.msgId}`;
  return message.qos === 0 && message.dup ? 'at QoS 0 with DUP' : undefined;
}
