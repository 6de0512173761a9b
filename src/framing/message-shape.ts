/**
 * As much of MQTT-SN 1.2 as it takes to find messages on a line: lengths and types. What a message
 * says is the codec's business; a test holds this table to it.
 */

/** MsgType of the forwarder's header that stands in front of a whole message (SN 1.2, 5.5). */
export const FORWARDER_TYPE = 0xfe;
/** Length, type and control octet; the node id follows. */
export const FORWARDER_HEADER_BYTES = 3;
/** A first octet of 01 announces a length of two octets behind it (SN 1.2, 5.2.1). */
export const LONG_LENGTH = 0x01;
export const SHORT_HEADER_BYTES = 2;
export const LONG_HEADER_BYTES = 4;

const PUBLISH_TYPE = 0x0c;

/** Behind the type, as long as the length can say. */
const ANY = 0xffff;

/** MsgType to the fewest and the most octets behind it. */
const BODY_BYTES: readonly (readonly [min: number, max: number] | undefined)[] = [
  [3, 3], // 00 ADVERTISE
  [1, 1], // SEARCHGW
  [1, ANY], // GWINFO
  undefined,
  [4, ANY], // 04 CONNECT
  [1, 1], // CONNACK
  [0, 0], // WILLTOPICREQ
  [0, ANY], // WILLTOPIC
  [0, 0], // 08 WILLMSGREQ
  [0, ANY], // WILLMSG
  [4, ANY], // REGISTER
  [5, 5], // REGACK
  [5, ANY], // 0C PUBLISH
  [5, 5], // PUBACK
  [2, 2], // PUBCOMP
  [2, 2], // PUBREC
  [2, 2], // 10 PUBREL
  undefined,
  [3, ANY], // SUBSCRIBE
  [6, 6], // SUBACK
  [3, ANY], // 14 UNSUBSCRIBE
  [2, 2], // UNSUBACK
  [0, ANY], // PINGREQ
  [0, 0], // PINGRESP
  [0, 2], // 18 DISCONNECT
  undefined,
  [0, ANY], // WILLTOPICUPD
  [1, 1], // WILLTOPICRESP
  [0, ANY], // 1C WILLMSGUPD
  [1, 1], // WILLMSGRESP
];

/** What is wrong with a message of this type with so many octets behind it, as far as lengths tell. */
export function shapeFault(type: number, bodyBytes: number): 'noise' | 'bad-length' | undefined {
  const range = BODY_BYTES[type];
  if (range === undefined) return 'noise';
  return bodyBytes < range[0] || bodyBytes > range[1] ? 'bad-length' : undefined;
}

/** Whether the octets from `at` are one message by its own length. */
export function isMessage(data: Uint8Array, at: number): boolean {
  const bytes = data.length - at;
  if (data[at] !== LONG_LENGTH) return bytes >= SHORT_HEADER_BYTES && data[at] === bytes;
  const declared = ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0);
  return bytes >= LONG_HEADER_BYTES && declared === bytes;
}

/** Octets of the forwarder's header in front of a message; 0: there is none, undefined: it makes no sense. */
export function forwarderHeaderBytes(data: Uint8Array): number | undefined {
  const bytes = data[0] ?? 0;
  if (bytes === LONG_LENGTH || data[1] !== FORWARDER_TYPE) return 0;
  return bytes < FORWARDER_HEADER_BYTES || bytes >= data.length ? undefined : bytes;
}

/** Whether the octets are one message by its own length, with or without a forwarder's header. */
export function isMessageOrForwarded(data: Uint8Array): boolean {
  const header = forwarderHeaderBytes(data);
  return header !== undefined && isMessage(data, header);
}

/** Whether it is PUBLISH, with or without a forwarder's header. */
export function isPublish(data: Uint8Array): boolean {
  const header = forwarderHeaderBytes(data) ?? 0;
  return data[header + (data[header] === LONG_LENGTH ? 3 : 1)] === PUBLISH_TYPE;
}
