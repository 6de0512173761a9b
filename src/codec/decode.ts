/**
 * Octets to message. Outside data never throws and nothing is allocated by a declared length.
 * A peer's fault is a value: `Malformed` says what is wrong and, where the peer can use it, what to answer.
 * The order of the checks is part of the contract: the first failure names the error.
 */
import type { DecodeError } from './codec.js';
import { ENCAPSULATION, type Encapsulated, FORWARDER_HEADER_BYTES } from './encapsulated.js';
import { qosOf } from './flags.js';
import { RETURN_CODE } from './return-codes.js';
import { codecByCode, type Message, type MessageType } from './table.js';
import { uint16 } from './wire.js';

export interface Malformed {
  type: 'MALFORMED';
  error: DecodeError;
  /** The kind of message it would have been, when the frame got that far. */
  messageType?: MessageType;
  /** The refusal that fits, when the error lies in one field and the rest can be trusted. */
  reply?: Message;
  /** Set when the frame came through a forwarder: the answer goes the same way. */
  wirelessNodeId?: Uint8Array;
}

export interface DecodeOptions {
  /** Accept octets after the declared length: some radio links pad their frames. */
  allowPadding?: boolean;
}

export type Decoded = Message | Encapsulated | Malformed;

const malformed = (error: DecodeError): Malformed => ({ type: 'MALFORMED', error });

export function decode(bytes: Uint8Array, options?: DecodeOptions): Decoded {
  if (bytes[1] === ENCAPSULATION && bytes[0] !== 0x01) return decodeEncapsulated(bytes, options);
  return decodeMessage(bytes, 0, options?.allowPadding ?? false);
}

function decodeMessage(
  bytes: Uint8Array,
  start: number,
  allowPadding: boolean,
): Message | Malformed {
  const received = bytes.length - start;
  if (received === 0) return malformed(start === 0 ? 'empty-datagram' : 'truncated');
  let header = 2;
  let length = bytes[start] ?? 0;
  if (length === 0x01) {
    if (received < 3) return malformed('truncated');
    header = 4;
    length = uint16(bytes, start + 1);
  }
  if (length < header) return malformed('length-too-small');
  if (received < length) return malformed('truncated');
  const code = bytes[start + header - 1] ?? 0;
  if (code === ENCAPSULATION) {
    return malformed(start === 0 ? 'bad-encapsulation' : 'nested-encapsulation');
  }
  if (received > length && !allowPadding) return malformed('trailing-bytes');
  const codec = codecByCode[code];
  if (codec === undefined) return malformed('reserved-type');
  const bodyStart = start + header;
  const message = codec.decode(bytes, bodyStart, start + length);
  if (typeof message !== 'string') return message;
  return {
    ...malformed(message),
    messageType: codec.type,
    ...refusal(message, codec.type, bytes, bodyStart),
  };
}

function decodeEncapsulated(bytes: Uint8Array, options?: DecodeOptions): Encapsulated | Malformed {
  const header = bytes[0] ?? 0;
  if (header < 2) return malformed('length-too-small');
  if (header > bytes.length) return malformed('truncated');
  if (header < FORWARDER_HEADER_BYTES) return malformed('bad-body-length');
  const ctrl = bytes[2] ?? 0;
  const wirelessNodeId = bytes.subarray(FORWARDER_HEADER_BYTES, header);
  const message = decodeMessage(bytes, header, options?.allowPadding ?? false);
  if (message.type === 'MALFORMED') return { ...message, wirelessNodeId };
  return { type: 'ENCAPSULATED', ctrl, radius: ctrl & 3, wirelessNodeId, message };
}

/** The answer that a field error deserves; frame errors deserve silence, else garbage makes loops. */
function refusal(
  error: DecodeError,
  type: MessageType,
  bytes: Uint8Array,
  body: number,
): { reply?: Message } {
  if (error !== 'reserved-topic-id-type' && error !== 'invalid-utf8') return {};
  const returnCode = RETURN_CODE.notSupported;
  switch (type) {
    case 'CONNECT':
    case 'WILLTOPIC':
      return { reply: { type: 'CONNACK', returnCode } };
    case 'WILLTOPICUPD':
      return { reply: { type: 'WILLTOPICRESP', returnCode } };
    case 'REGISTER':
      return { reply: { type: 'REGACK', topicId: 0, msgId: uint16(bytes, body + 2), returnCode } };
    case 'PUBLISH':
      // Nobody answers QoS -1, ever (SN 6.8).
      if (qosOf(bytes[body] ?? 0) === -1) return {};
      return {
        reply: {
          type: 'PUBACK',
          topicId: uint16(bytes, body + 1),
          msgId: uint16(bytes, body + 3),
          returnCode,
        },
      };
    case 'SUBSCRIBE':
      return {
        reply: { type: 'SUBACK', qos: 0, topicId: 0, msgId: uint16(bytes, body + 1), returnCode },
      };
    default:
      return {};
  }
}
