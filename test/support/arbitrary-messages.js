/** Every message of MQTT-SN 1.2 as a fast-check arbitrary, in the form that decoding gives it. */
import fc from 'fast-check';
const octet = fc.integer({ min: 0, max: 0xff });
const word = fc.integer({ min: 0, max: 0xffff });
const qos = fc.constantFrom(-1, 0, 1, 2);
const text = fc.string({ unit: 'binary' });
const payload = fc.oneof(fc.uint8Array(), fc.uint8Array({ minLength: 240, maxLength: 300 }));
/** Two octets of UTF-8: what a short topic is made of. */
const shortName = fc.oneof(fc.string({ unit: 'binary-ascii', minLength: 2, maxLength: 2 }), fc.integer({ min: 0x80, max: 0x7ff }).map((point) => String.fromCodePoint(point)));
const constant = (type) => fc.record({ type: fc.constant(type) });
const answer = (type) => fc.record({ type: fc.constant(type), returnCode: octet });
const receipt = (type) => fc.record({ type: fc.constant(type), msgId: word });
const topicReceipt = (type) => fc.record({ type: fc.constant(type), topicId: word, msgId: word, returnCode: octet });
const willPayload = (type) => fc.record({ type: fc.constant(type), willMsg: payload });
const willTopic = (type) => fc.oneof(fc.record({ type: fc.constant(type), empty: fc.constant(true) }), fc.record({ type: fc.constant(type), qos, retain: fc.boolean(), willTopic: text }));
const topicReference = fc.oneof(fc.record({ topicIdType: fc.constant(0), topicName: text }), fc.record({ topicIdType: fc.constant(1), topicId: word }), fc.record({ topicIdType: fc.constant(2), topicName: shortName }));
const publishTopic = fc.oneof(fc.record({ topicIdType: fc.constantFrom(0, 1), topicId: word }), shortName.map((topicName) => ({
    topicIdType: 2,
    topicId: Buffer.from(topicName).readUInt16BE(),
    topicName,
})));
const messages = {
    ADVERTISE: fc.record({ type: fc.constant('ADVERTISE'), gwId: octet, duration: word }),
    SEARCHGW: fc.record({ type: fc.constant('SEARCHGW'), radius: octet }),
    // An address of no octets looks like none.
    GWINFO: fc.record({
        type: fc.constant('GWINFO'),
        gwId: octet,
        gwAdd: fc.uint8Array({ minLength: 1, maxLength: 252 }),
    }, { requiredKeys: ['type', 'gwId'] }),
    CONNECT: fc.record({
        type: fc.constant('CONNECT'),
        will: fc.boolean(),
        cleanSession: fc.boolean(),
        protocolId: octet,
        duration: word,
        clientId: text,
    }),
    CONNACK: answer('CONNACK'),
    WILLTOPICREQ: constant('WILLTOPICREQ'),
    WILLTOPIC: willTopic('WILLTOPIC'),
    WILLMSGREQ: constant('WILLMSGREQ'),
    WILLMSG: willPayload('WILLMSG'),
    REGISTER: fc.record({
        type: fc.constant('REGISTER'),
        topicId: word,
        msgId: word,
        topicName: text,
    }),
    REGACK: topicReceipt('REGACK'),
    PUBLISH: fc
        .tuple(fc.record({
        type: fc.constant('PUBLISH'),
        dup: fc.boolean(),
        qos,
        retain: fc.boolean(),
        msgId: word,
        data: payload,
    }), publishTopic)
        .map(([message, topic]) => ({ ...message, ...topic })),
    PUBACK: topicReceipt('PUBACK'),
    PUBCOMP: receipt('PUBCOMP'),
    PUBREC: receipt('PUBREC'),
    PUBREL: receipt('PUBREL'),
    SUBSCRIBE: fc
        .tuple(fc.record({ type: fc.constant('SUBSCRIBE'), dup: fc.boolean(), qos, msgId: word }), topicReference)
        .map(([message, topic]) => ({ ...message, ...topic })),
    SUBACK: fc.record({
        type: fc.constant('SUBACK'),
        qos,
        topicId: word,
        msgId: word,
        returnCode: octet,
    }),
    UNSUBSCRIBE: fc
        .tuple(fc.record({ type: fc.constant('UNSUBSCRIBE'), msgId: word }), topicReference)
        .map(([message, topic]) => ({ ...message, ...topic })),
    UNSUBACK: receipt('UNSUBACK'),
    // A client id of no octets looks like none.
    PINGREQ: fc.record({ type: fc.constant('PINGREQ'), clientId: fc.string({ unit: 'binary', minLength: 1 }) }, { requiredKeys: ['type'] }),
    PINGRESP: constant('PINGRESP'),
    DISCONNECT: fc.record({ type: fc.constant('DISCONNECT'), duration: word }, { requiredKeys: ['type'] }),
    WILLTOPICUPD: willTopic('WILLTOPICUPD'),
    WILLTOPICRESP: answer('WILLTOPICRESP'),
    WILLMSGUPD: willPayload('WILLMSGUPD'),
    WILLMSGRESP: answer('WILLMSGRESP'),
};
export const arbitraryMessages = Object.entries(messages);
export const arbitraryMessage = fc.oneof(...Object.values(messages));
export const arbitraryEncapsulated = fc
    .record({
    ctrl: octet,
    wirelessNodeId: fc.uint8Array({ maxLength: 252 }),
    message: arbitraryMessage,
})
    .map((parts) => ({ type: 'ENCAPSULATED', radius: parts.ctrl & 3, ...parts }));
