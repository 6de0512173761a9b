/** Where a message's header and body are, also when the frame is cut off or lies about its length. */
import { codecs, type MessageType } from '../../codec/index.js';
import { uint16 } from './octets.js';

/** MsgType of the forwarder's header (SN 1.2, 5.5). */
export const ENCAPSULATION = 0xfe;

/** Messages by their MsgType octet. */
const TYPES = new Map<number, MessageType>(
  Object.values(codecs).map(({ code, type }) => [code, type]),
);

export interface Parts {
  /** What the length field says; undefined when it is cut off. */
  length: number | undefined;
  lengthOctets: 1 | 3;
  typeAt: number;
  type: MessageType | undefined;
  bodyAt: number;
  bodyEnd: number;
}

export function messageParts(frame: Uint8Array, start: number): Parts {
  const lengthOctets = frame[start] === 0x01 ? 3 : 1;
  const isThere = frame.length >= start + lengthOctets;
  const length = lengthOctets === 3 ? uint16(frame, start + 1) : frame[start];
  const typeAt = start + lengthOctets;
  const bodyAt = typeAt + 1;
  return {
    length: isThere ? length : undefined,
    lengthOctets,
    typeAt,
    type: TYPES.get(frame[typeAt] ?? -1),
    bodyAt,
    bodyEnd: Math.max(bodyAt, Math.min(frame.length, start + (isThere ? (length ?? 0) : 0))),
  };
}
