import { type SnMessage, type TopicKind, type TopicReference, TYPES } from './messages.js';

/** 5.3.4 */
const FLAG = { dup: 0x80, retain: 0x10, will: 0x08, cleanSession: 0x04 } as const;
const QOS_BITS = { 0: 0x00, 1: 0x20, 2: 0x40, [-1]: 0x60 } as const;
const TOPIC_KIND_BITS: Readonly<Record<TopicKind, number>> = {
  normal: 0,
  predefined: 1,
  short: 2,
};

/** The longest message with a length of one octet (5.2.1). */
const SHORT_FORM_MAX = 255;

export function encode(message: SnMessage): Uint8Array {
  const body = bodyOf(message);
  const length = body.length + 2;
  const head = length <= SHORT_FORM_MAX ? [length] : [0x01, (length + 2) >> 8, (length + 2) & 0xff];
  return Uint8Array.of(...head, TYPES[message.type], ...body);
}

/** The topic id that a short topic name is. */
export function shortTopicId(name: string): number {
  const [first = 0, second = 0] = text(name);
  return first * 256 + second;
}

function bodyOf(message: SnMessage): number[] {
  switch (message.type) {
    case 'ADVERTISE':
      return [message.gatewayId, ...uint16(message.durationSec)];
    case 'SEARCHGW':
      return [message.radius];
    case 'GWINFO':
      return [message.gatewayId, ...message.gatewayAddress];
    case 'CONNECT': {
      const flags = bit(message.will, FLAG.will) | bit(message.cleanSession, FLAG.cleanSession);
      const { protocolId, durationSec, clientId } = message;
      return [flags, protocolId, ...uint16(durationSec), ...text(clientId)];
    }
    case 'CONNACK':
    case 'WILLTOPICRESP':
    case 'WILLMSGRESP':
      return [message.code];
    case 'WILLTOPICREQ':
    case 'WILLMSGREQ':
    case 'PINGRESP':
      return [];
    case 'WILLTOPIC':
    case 'WILLTOPICUPD': {
      if (message.will === undefined) return [];
      const { qos, retain, topic } = message.will;
      return [QOS_BITS[qos] | bit(retain, FLAG.retain), ...text(topic)];
    }
    case 'WILLMSG':
    case 'WILLMSGUPD':
      return [...message.payload];
    case 'REGISTER':
      return [...uint16(message.topicId), ...uint16(message.messageId), ...text(message.name)];
    case 'REGACK':
    case 'PUBACK':
      return [...uint16(message.topicId), ...uint16(message.messageId), message.code];
    case 'PUBLISH': {
      const flags =
        bit(message.dup, FLAG.dup) |
        QOS_BITS[message.qos] |
        bit(message.retain, FLAG.retain) |
        TOPIC_KIND_BITS[message.topicKind];
      const { topicId, messageId, payload } = message;
      return [flags, ...uint16(topicId), ...uint16(messageId), ...payload];
    }
    case 'PUBREC':
    case 'PUBREL':
    case 'PUBCOMP':
    case 'UNSUBACK':
      return uint16(message.messageId);
    case 'SUBSCRIBE': {
      const { dup, qos, topic, messageId } = message;
      const flags = bit(dup, FLAG.dup) | QOS_BITS[qos] | TOPIC_KIND_BITS[topic.kind];
      return [flags, ...uint16(messageId), ...reference(topic)];
    }
    case 'SUBACK': {
      const { qos, topicId, messageId, code } = message;
      return [QOS_BITS[qos], ...uint16(topicId), ...uint16(messageId), code];
    }
    case 'UNSUBSCRIBE': {
      const { topic, messageId } = message;
      return [TOPIC_KIND_BITS[topic.kind], ...uint16(messageId), ...reference(topic)];
    }
    case 'PINGREQ':
      return text(message.clientId);
    case 'DISCONNECT':
      return message.durationSec === undefined ? [] : uint16(message.durationSec);
    default:
      return message satisfies never;
  }
}

const uint16 = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff];

const text = (value: string): number[] => [...new TextEncoder().encode(value)];

const bit = (isSet: boolean, mask: number): number => (isSet ? mask : 0);

const reference = (topic: TopicReference): number[] =>
  topic.kind === 'predefined' ? uint16(topic.id) : text(topic.name);
