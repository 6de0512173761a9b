import type { SnMessage, TopicReference } from '../../sn/messages.js';
import type { Words } from './words.js';

/** Any message of any type, also those that only a gateway sends. */
export const anyMessage = (words: Words): SnMessage =>
  messageOf(words.random.pick(TYPES_TO_SAY), words);

/** A well formed message of this type; what it says is another matter. */
export const messageOf = (type: SnMessage['type'], words: Words): SnMessage => MAKERS[type](words);

const receipt =
  (type: 'PUBREC' | 'PUBREL' | 'PUBCOMP' | 'UNSUBACK') =>
  (words: Words): SnMessage => ({ type, messageId: words.messageId() });

const answer =
  (type: 'CONNACK' | 'WILLTOPICRESP' | 'WILLMSGRESP') =>
  (words: Words): SnMessage => ({ type, code: words.code() });

const topicAnswer =
  (type: 'REGACK' | 'PUBACK') =>
  (words: Words): SnMessage => ({
    type,
    topicId: words.topicId(),
    messageId: words.messageId(),
    code: words.code(),
  });

const willTopic =
  (type: 'WILLTOPIC' | 'WILLTOPICUPD') =>
  (words: Words): SnMessage => {
    if (words.random.chance(0.2)) return { type };
    return { type, will: { qos: words.qos(), retain: words.flag(), topic: words.topic() } };
  };

function reference(words: Words): TopicReference {
  switch (words.random.integer(0, 3)) {
    case 0:
      return { kind: 'predefined', id: words.topicId() };
    case 1:
      return { kind: 'short', name: words.shortTopic() };
    default:
      return { kind: 'normal', name: words.topic() };
  }
}

const MAKERS: Readonly<Record<SnMessage['type'], (words: Words) => SnMessage>> = {
  ADVERTISE: (words) => ({
    type: 'ADVERTISE',
    gatewayId: words.octet(),
    durationSec: words.durationSec(),
  }),
  SEARCHGW: (words) => ({ type: 'SEARCHGW', radius: words.octet() }),
  GWINFO: (words) => ({
    type: 'GWINFO',
    gatewayId: words.octet(),
    gatewayAddress: words.random.octets(words.random.integer(0, 6)),
  }),
  CONNECT: (words) => ({
    type: 'CONNECT',
    will: words.random.chance(0.3),
    cleanSession: words.flag(),
    protocolId: words.random.chance(0.9) ? 1 : words.octet(),
    durationSec: words.durationSec(),
    clientId: words.clientId(),
  }),
  CONNACK: answer('CONNACK'),
  WILLTOPICREQ: () => ({ type: 'WILLTOPICREQ' }),
  WILLTOPIC: willTopic('WILLTOPIC'),
  WILLMSGREQ: () => ({ type: 'WILLMSGREQ' }),
  WILLMSG: (words) => ({ type: 'WILLMSG', payload: words.payload() }),
  REGISTER: (words) => ({
    type: 'REGISTER',
    topicId: words.topicId(),
    messageId: words.messageId(),
    name: words.topic(),
  }),
  REGACK: topicAnswer('REGACK'),
  PUBLISH: (words) => ({
    type: 'PUBLISH',
    dup: words.flag(),
    qos: words.qos(),
    retain: words.random.chance(0.1),
    topicKind: words.random.pick(['normal', 'predefined', 'short']),
    topicId: words.topicId(),
    messageId: words.messageId(),
    payload: words.payload(),
  }),
  PUBACK: topicAnswer('PUBACK'),
  PUBCOMP: receipt('PUBCOMP'),
  PUBREC: receipt('PUBREC'),
  PUBREL: receipt('PUBREL'),
  SUBSCRIBE: (words) => ({
    type: 'SUBSCRIBE',
    dup: words.flag(),
    qos: words.qos(),
    messageId: words.messageId(),
    topic: reference(words),
  }),
  SUBACK: (words) => ({
    type: 'SUBACK',
    qos: words.qos(),
    topicId: words.topicId(),
    messageId: words.messageId(),
    code: words.code(),
  }),
  UNSUBSCRIBE: (words) => ({
    type: 'UNSUBSCRIBE',
    messageId: words.messageId(),
    topic: reference(words),
  }),
  UNSUBACK: receipt('UNSUBACK'),
  PINGREQ: (words) => ({ type: 'PINGREQ', clientId: words.flag() ? words.clientId() : '' }),
  PINGRESP: () => ({ type: 'PINGRESP' }),
  DISCONNECT: (words) =>
    words.flag()
      ? { type: 'DISCONNECT' }
      : { type: 'DISCONNECT', durationSec: words.durationSec() },
  WILLTOPICUPD: willTopic('WILLTOPICUPD'),
  WILLTOPICRESP: answer('WILLTOPICRESP'),
  WILLMSGUPD: (words) => ({ type: 'WILLMSGUPD', payload: words.payload() }),
  WILLMSGRESP: answer('WILLMSGRESP'),
};

const TYPES_TO_SAY = Object.keys(MAKERS) as readonly SnMessage['type'][];
