/** Bodies that several messages have in common. */
import type { MessageCodec } from './codec.js';
import { uint16 } from './wire.js';

/** No body at all: WILLTOPICREQ, WILLMSGREQ, PINGRESP. */
export function bare<T extends string>(type: T, code: number): MessageCodec<{ type: T }> {
  return {
    type,
    code,
    decode: (_bytes, start, end) => (start === end ? { type } : 'bad-body-length'),
    encode: () => {},
  };
}

/** A return code alone: CONNACK, WILLTOPICRESP, WILLMSGRESP. */
export function answer<T extends string>(
  type: T,
  code: number,
): MessageCodec<{ type: T; returnCode: number }> {
  return {
    type,
    code,
    decode: (bytes, start, end) =>
      end - start === 1 ? { type, returnCode: bytes[start] ?? 0 } : 'bad-body-length',
    encode: (message, out) => {
      out.uint8(message.returnCode);
    },
  };
}

/** A message id alone: PUBREC, PUBREL, PUBCOMP, UNSUBACK. */
export function receipt<T extends string>(
  type: T,
  code: number,
): MessageCodec<{ type: T; msgId: number }> {
  return {
    type,
    code,
    decode: (bytes, start, end) =>
      end - start === 2 ? { type, msgId: uint16(bytes, start) } : 'bad-body-length',
    encode: (message, out) => {
      out.uint16(message.msgId);
    },
  };
}

/** Topic id, message id, return code, in this order: REGACK, PUBACK. */
export function topicReceipt<T extends string>(
  type: T,
  code: number,
): MessageCodec<{ type: T; topicId: number; msgId: number; returnCode: number }> {
  return {
    type,
    code,
    decode: (bytes, start, end) =>
      end - start === 5
        ? {
            type,
            topicId: uint16(bytes, start),
            msgId: uint16(bytes, start + 2),
            returnCode: bytes[start + 4] ?? 0,
          }
        : 'bad-body-length',
    encode: (message, out) => {
      out.uint16(message.topicId).uint16(message.msgId).uint8(message.returnCode);
    },
  };
}

/** Opaque octets alone: WILLMSG, WILLMSGUPD. No octets are a will with an empty payload, not a deletion. */
export function willPayload<T extends string>(
  type: T,
  code: number,
): MessageCodec<{ type: T; willMsg: Uint8Array }> {
  return {
    type,
    code,
    decode: (bytes, start, end) => ({ type, willMsg: bytes.subarray(start, end) }),
    encode: (message, out) => {
      out.bytes(message.willMsg);
    },
  };
}
