/**
 * Just enough of MQTT-SN 1.2 to find the numbers in a frame. Apart from src/codec on purpose: a
 * mistake there must not hide itself here.
 */
export const TYPE = {
    ADVERTISE: 0x00,
    GWINFO: 0x02,
    CONNECT: 0x04,
    CONNACK: 0x05,
    REGISTER: 0x0a,
    REGACK: 0x0b,
    PUBLISH: 0x0c,
    PUBACK: 0x0d,
    PUBCOMP: 0x0e,
    PUBREC: 0x0f,
    PUBREL: 0x10,
    SUBACK: 0x13,
    PINGREQ: 0x16,
    PINGRESP: 0x17,
    DISCONNECT: 0x18,
    WILLTOPICRESP: 0x1b,
    WILLMSGRESP: 0x1d,
};
const ENCAPSULATED = 0xfe;
/** Where the numbers of a message stand, counted from the octet behind its type. */
const FIELDS = {
    [TYPE.CONNACK]: { returnCode: 0 },
    [TYPE.REGISTER]: { topicId: 0, msgId: 2 },
    [TYPE.REGACK]: { topicId: 0, msgId: 2, returnCode: 4 },
    [TYPE.PUBLISH]: { topicId: 1, msgId: 3 },
    [TYPE.PUBACK]: { topicId: 0, msgId: 2, returnCode: 4 },
    [TYPE.PUBCOMP]: { msgId: 0 },
    [TYPE.PUBREC]: { msgId: 0 },
    [TYPE.PUBREL]: { msgId: 0 },
    [TYPE.SUBACK]: { topicId: 1, msgId: 3, returnCode: 5 },
    [TYPE.WILLTOPICRESP]: { returnCode: 0 },
    [TYPE.WILLMSGRESP]: { returnCode: 0 },
};
/** Undefined when the octets are no complete frame: scenarios send such things too. */
export function parseFrame(bytes) {
    const header = bytes[1] === ENCAPSULATED ? (bytes[0] ?? 0) : 0;
    const long = bytes[header] === 1;
    const typeAt = header + (long ? 3 : 1);
    const length = long ? word(bytes, header + 1) : (bytes[header] ?? 0);
    const type = bytes[typeAt];
    if (type === undefined || header + length !== bytes.length)
        return undefined;
    const body = typeAt + 1;
    const fields = FIELDS[type] ?? {};
    const at = (offset) => (offset === undefined ? undefined : body + offset);
    return {
        bytes,
        node: header > 0 ? Buffer.from(bytes.subarray(3, header)).toString('hex') : undefined,
        type,
        long,
        length,
        body,
        topicId: hasNormalId(type, bytes[body] ?? 0) ? at(fields.topicId) : undefined,
        msgId: at(fields.msgId),
        returnCode: at(fields.returnCode),
    };
}
/** The client id that a CONNECT or a PINGREQ tells. */
export function clientIdOf(frame) {
    const at = frame.type === TYPE.CONNECT ? 4 : frame.type === TYPE.PINGREQ ? 0 : undefined;
    if (at === undefined)
        return undefined;
    return Buffer.from(frame.bytes.subarray(frame.body + at)).toString() || undefined;
}
export const word = (bytes, at) => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
/** Octets in hex with blanks anywhere; `78*300` stands for 300 times 0x78. */
export function octets(text) {
    const hex = text
        .replace(/([0-9a-f]{2})\*(\d+)/g, (_, octet, times) => octet.repeat(+times))
        .replaceAll(' ', '');
    if (!/^([0-9a-f]{2})*$/.test(hex))
        throw new Error(`not hex: ${text}`);
    return Uint8Array.from(Buffer.from(hex, 'hex'));
}
/** In PUBLISH the flags tell (type 00); PUBACK does not say, and SUBACK's flags hold only the QoS. */
function hasNormalId(type, flags) {
    return type !== TYPE.PUBLISH || (flags & 0x03) === 0;
}
